// a key that turns up where none belongs is told once, blanked in the log, and revoked where wanted
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {createHash, generateKeyPairSync, randomUUID, sign} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {after} from 'node:test';

import {binary, expect, startHub, until} from '../support/hub.mjs';
import {startReceiver} from '../support/receiver.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

const kVector = new URL('../fixtures/secret_scanning/github.json', import.meta.url);
const vector = JSON.parse(readFileSync(kVector, 'utf8'));
const signer = generateKeyPairSync('ec', {namedCurve: 'prime256v1'});
const kKeys = {
    public_keys: [
        ...vector.public_keys,
        {key_identifier: 'ours', key: signer.publicKey.export({type: 'spki', format: 'pem'}), is_current: true},
    ],
};

async function hubWith(t, more) {
    const {Hub} = await import('../support/hub.mjs');
    const hub = new Hub();
    t.after(() => hub.close());
    writeFileSync(join(hub.folder, 'keys.json'), JSON.stringify(kKeys));
    hub.configure(`scans: {paused: true}\ntrusted_proxies: [127.0.0.1]\nleaks: {github_keys: keys.json${more}}`);
    await hub.start();
    return hub.setUp();
}

const hub = await hubWith({after}, '');
const team = await hub.team('Payments');
const kUrl = 'https://github.com/shop/app.git';
const app = await hub.project(team.id, kUrl);
const leaked = async (at = hub) => (await at.admin.read('/v1/admin/audit?action=leak')).items;
const push = (more) => githubPush({url: kUrl, after: 'a'.repeat(40), nonce: randomUUID(), ...more});

function report(body, {identifier = 'ours', signature, at = hub} = {}) {
    return at.nobody.call('POST', '/v1/leaks', {
        body,
        headers: {
            'Content-Type': 'application/json',
            'Github-Public-Key-Identifier': identifier,
            'Github-Public-Key-Signature': signature ?? sign('sha256', Buffer.from(body), signer.privateKey).toString('base64'),
        },
    });
}

test('a key in the body of a webhook is told once, with an event and an audit row', async (t) => {
    const receiver = await startReceiver(t);
    await hub.endpoint(receiver.url, ['api_key.leaked'], {team_id: team.id});
    const key = await hub.key({scope: 'project', project_id: app.id});
    for (let i = 0; i < 3; ++i)
        expect(await sendGithub(hub, {secret: app.secret, payload: push({message: `oops ${key.token}.`})}), 200);
    await until(() => receiver.requests.length > 0, 'the event');
    const {event, data} = JSON.parse(receiver.requests[0].body);
    assert.equal(event, 'api_key.leaked');
    assert.equal(data.key_prefix, key.issued.key_prefix);
    assert.equal(data.where, 'inbound_body');
    assert.equal(data.revoked, false);
    assert.ok(!receiver.requests[0].body.includes(key.token));
    const rows = (await leaked()).filter((row) => row.target_id === key.issued.id);
    assert.equal(rows.length, 1);
    assert.equal(rows[0].target_table, 'api_keys');
    assert.equal(rows[0].team_id, team.id);
    const [alert] = (await hub.admin.all('/v1/alerts?kind=api_key_leaked')).filter((one) => one.target.id === key.issued.id);
    const [, project, receipt] = alert.action.match(/\(project (\S+), receipt (\S+), request \S+, sent from 127\.0\.0\.1\)/);
    assert.equal(project, app.id);
    const seen = await hub.admin.all(`/v1/receipts?project_id=${app.id}`);
    assert.ok(seen.some(({id}) => id === receipt), alert.action);
    // Who looks after a key of another team learns where in this one it lies no more than that it does.
    const other = await hub.key({scope: 'team', team_id: (await hub.team('Elsewhere')).id});
    expect(await sendGithub(hub, {secret: app.secret, payload: push({message: other.token})}), 200);
    const told = await until(async () =>
        (await hub.admin.all('/v1/alerts?kind=api_key_leaked')).find((one) => one.target.id === other.issued.id), 'the alert');
    assert.ok(!told.action.includes(app.id) && told.action.includes('(request '), told.action);
    await key.read('/v1/me');
});

test('a text that only looks like a key is not told', async () => {
    const before = (await leaked()).length;
    const key = await hub.key({scope: 'project', project_id: app.id});
    const wrong = key.token.slice(0, -1) + (key.token.endsWith('0') ? '1' : '0');
    expect(await sendGithub(hub, {secret: app.secret, payload: push({message: wrong})}), 200);
    expect(await hub.admin.delete(`/v1/api-keys/${key.issued.id}`), 204);
    expect(await sendGithub(hub, {secret: app.secret, payload: push({message: key.token})}), 200);
    const marker = await hub.key({scope: 'project', project_id: app.id});
    expect(await hub.nobody.get(`/healthz?x=${marker.token}`), 200);
    await until(async () => (await leaked()).length > before, 'the row of the marker');
    const rows = await leaked();
    assert.equal(rows.length, before + 1);
    assert.equal(rows[0].target_id, marker.issued.id);
    assert.equal(rows[0].details.where, 'request_url');
});

test('a key in the path or query of any request is told', async () => {
    const key = await hub.key({scope: 'project', project_id: app.id});
    expect(await hub.nobody.get(`/nothing/${key.token}/here`), 404);
    await until(async () => (await leaked()).find((row) => row.target_id === key.issued.id), 'the row');
});

test('a key in a URL is told with the address of the client, not of the proxy', async () => {
    const key = await hub.key({scope: 'project', project_id: app.id});
    const from = {headers: {'X-Forwarded-For': '203.0.113.7, 198.51.100.9'}};
    expect(await hub.nobody.call('GET', `/healthz?x=${key.token}`, from), 200);
    const row = await until(async () => (await leaked()).find((one) => one.target_id === key.issued.id), 'the row');
    assert.equal(row.ip, '198.51.100.9');
});

test('keys that were made elsewhere are told, whatever their length and however much noise stands before', async () => {
    const older = ['tos_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d', `tos_00c0ffee_${'Ab-_9'.repeat(40)}`, 'tos_0badcafe_0123456789abcdefghij'];
    const line = {name: 'old', scope: 'team', team_id: team.id, permissions: ['scans:read']};
    const file = join(hub.folder, 'older.jsonl');
    writeFileSync(file, older.map((key) => JSON.stringify({...line, key})).join('\n'));
    const taken = hub.command('api-keys', 'import', file, '--owner', 'ada@example.com');
    assert.equal(taken.status, 0, taken.stderr);
    const noise = Array.from({length: 50}, (_, i) => `tos_${String(10_000_000 + i)}_${'x'.repeat(32)}`).join(' ');
    for (const key of older)
        expect(await sendGithub(hub, {secret: app.secret, payload: push({message: `${noise} ${key}`})}), 200);
    for (const key of older)
        await until(async () => (await leaked()).find((row) => row.details.key_prefix === key.slice(0, 12)), key);
});

test('a key in an outgoing payload is told', async (t) => {
    const receiver = await startReceiver(t);
    await hub.endpoint(receiver.url, ['account.created'], {team_id: team.id});
    const key = await hub.key({scope: 'project', project_id: app.id});
    const data = {account_id: 'acc_1', name: key.token, status: 'active'};
    const writer = await hub.key({scope: 'team', team_id: team.id, type: 'read_write', permissions: ['events:write']});
    await writer.make('/v1/events', {type: 'account.created', data});
    const row = await until(
        async () => (await leaked()).find((one) => one.target_id === key.issued.id),
        'the row',
    );
    assert.equal(row.details.where, 'outbound_payload');
});

test("GitHub's published sample verifies, and unknown tokens are false positives", async () => {
    const [{key_identifier: identifier}] = vector.public_keys;
    const answer = await report(vector.body, {identifier, signature: vector.signature});
    assert.deepEqual(expect(answer, 200), [
        {
            token_hash: createHash('sha256').update('some_token').digest('hex'),
            token_type: 'some_type',
            label: 'false_positive',
        },
    ]);
});

test('a report by GitHub names a real key by its hash and tells of the place', async () => {
    const key = await hub.key({scope: 'project', project_id: app.id});
    const found = {token: key.token, type: 'trusthub_api_key', url: 'https://github.com/shop/app/blob/main/.env', source: 'content'};
    const answer = await report(JSON.stringify([found, found]));
    const verdicts = expect(answer, 200);
    assert.deepEqual(verdicts.map((one) => one.label), ['true_positive', 'true_positive']);
    assert.equal(verdicts[0].token_hash, createHash('sha256').update(key.token).digest('hex'));
    assert.ok(!answer.text.includes(key.token));
    const rows = (await leaked()).filter((row) => row.target_id === key.issued.id);
    assert.equal(rows.length, 1);
    assert.equal(rows[0].details.url, found.url);
    expect(await hub.admin.delete(`/v1/api-keys/${key.issued.id}`), 204);
    assert.equal(expect(await report(JSON.stringify([found])), 200)[0].label, 'true_positive');
});

test('a report that is not signed, or by another, is 401; a wrong or long one is refused', async () => {
    const body = '[]';
    expect(await hub.nobody.post('/v1/leaks', []), 401);
    expect(await report(body, {identifier: 'theirs'}), 401);
    expect(await report(body, {signature: vector.signature}), 401);
    expect(await report(body, {signature: 'AAAA'}), 401);
    assert.deepEqual(expect(await report(body), 200), []);
    expect(await report('{}'), 422);
    expect(await report(JSON.stringify(Array(101).fill({token: 'x', type: 'y'}))), 422);
    expect(await report(JSON.stringify([{type: 'y'}])), 422);
    expect(await report('['.repeat(10)), 400);
    const long = Buffer.alloc((1 << 20) + 1, 32).toString();
    expect(await report(long), 413);
});

test('with auto_revoke a leaked key is revoked at once', async (t) => {
    const strict = await hubWith(t, ', auto_revoke: true');
    const key = await strict.key({scope: 'org', type: 'read_only'});
    await key.read('/v1/me');
    expect(await report(JSON.stringify([{token: key.token, type: 'x'}]), {at: strict}), 200);
    expect(await key.get('/v1/me'), 401);
    const [row] = await leaked(strict);
    assert.equal(row.details.revoked, true);
    const [revoked] = (await strict.admin.read('/v1/admin/audit?action=revoke&target_table=api_keys')).items;
    assert.equal(revoked.target_id, key.issued.id);
    assert.equal(revoked.details.leaked, true);
    const [alert] = (await strict.admin.read('/v1/alerts?state=open')).items;
    assert.match(alert.summary, /turned up in .* and was revoked\.$/);
});

test('a decoy is not revoked by its leak: it goes on watching', async (t) => {
    const strict = await hubWith(t, ', auto_revoke: true');
    const decoy = await strict.key({scope: 'org', canary: true});
    expect(await report(JSON.stringify([{token: decoy.token, type: 'x'}]), {at: strict}), 200);
    assert.equal((await leaked(strict))[0].details.revoked, false);
    const [alert] = (await strict.admin.read('/v1/alerts?state=open')).items;
    assert.match(alert.action, /^It is a decoy/);
    expect(await decoy.get('/v1/me'), 401);
    await until(async () => (await strict.admin.read('/v1/alerts?state=open')).items
        .some((one) => one.kind === 'api_key_canary_used'), 'the alert of its use');
});

test('a broken file of public keys stops the start and says which', async (t) => {
    const {Hub} = await import('../support/hub.mjs');
    const broken = new Hub({config: 'leaks: {github_keys: keys.json}'});
    t.after(() => broken.close());
    writeFileSync(join(broken.folder, 'keys.json'), '{"public_keys":[{"key_identifier":"x","key":"y"}]}');
    await assert.rejects(broken.start(), /leaks\.github_keys .*keys\.json: a key is no public key/);
    const checked = spawnSync(binary, ['check', '--config', broken.config], {encoding: 'utf8'});
    assert.equal(checked.status, 2, 'check says so before the start');
    assert.match(checked.stderr, /leaks\.github_keys .*keys\.json: a key is no public key/);
});
