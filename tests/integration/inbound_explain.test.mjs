// a refused webhook is kept for a while, and its sender's mistake is named; an accepted one is replayed
import assert from 'node:assert/strict';
import {createHmac, randomUUID} from 'node:crypto';
import test, {after} from 'node:test';

import {expect, startHub, until} from '../support/hub.mjs';
import {startReceiver} from '../support/receiver.mjs';
import {githubPush, sendGithub, sendGitlab, sha256Signature, standardSignature} from '../support/senders.mjs';

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const red = await hub.team('Red');
const blue = await hub.team('Blue');
const kUrl = 'https://github.com/red/app.git';
const app = await hub.project(red.id, kUrl);
const other = await hub.project(red.id, 'https://github.com/red/other.git');
const foreign = await hub.project(blue.id, 'https://github.com/blue/app.git');
const lead = await hub.person('lead', [{role: 'team_admin', team_id: red.id}]);
const dev = await hub.person('dev', [{role: 'developer', team_id: red.id}]);
const stranger = await hub.person('stranger', [{role: 'team_admin', team_id: blue.id}]);

const kLab = 'https://gitlab.example.com/red/lab.git';
const kSign = 'https://gitlab.example.com/red/signing.git';
const lab = await hub.project(red.id, kLab, {provider: 'gitlab'});
const signing = await hub.project(red.id, kSign, {provider: 'gitlab', kind: 'signing'});
const mixed = await hub.project(red.id, 'https://gitlab.example.com/red/mixed.git', {provider: 'gitlab'});
await hub.webhookSecret(mixed.id, {kind: 'signing'});

const push = (more = {}) => githubPush({url: kUrl, after: 'a'.repeat(40), note: randomUUID(), ...more});
const hmac = (secret, bytes, digest = 'hex', algorithm = 'sha256') =>
    createHmac(algorithm, secret).update(bytes).digest(digest);

/// Sends what must be refused; answers its entry in the ring, as `who` finds it.
async function refused(send, who = lead) {
    expect(await send, 401);
    const {items} = await who.read('/v1/receipts?outcome=refused&limit=1');
    assert.equal(items[0].outcome, 'refused');
    return items[0];
}

async function explained(send, body) {
    const entry = await refused(send);
    const answer = await lead.post(`/v1/receipts/${entry.id}/explain`, body);
    const found = expect(answer, 200);
    assert.equal(found.verified, false);
    for (const secret of hub.secrets) assert.ok(!answer.text.includes(secret), 'a secret is told');
    return found;
}

const text = JSON.stringify(push({emoji: 'é€😀 </a>', list: [], nothing: {}, half: 0.5}));
const github = (headers, body = text) =>
    sendGithub(hub, {secret: app.secret, payload: body, headers});
const signedOver = (bytes, body = text) =>
    github({'X-Hub-Signature-256': sha256Signature(app.secret, bytes)}, body);
const value = JSON.parse(text);

for (const [mistake, name, send] of [
    ['reserialised_json', 'with two blanks', () => signedOver(JSON.stringify(value, null, 2))],
    ['reserialised_json', 'compact', () => signedOver(text, JSON.stringify(value, null, 4))],
    [
        'reserialised_json',
        "as Python's json.dumps",
        () =>
            signedOver(
                text
                    .replace(/[\u0080-\uffff]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'))
                    .replace(/("(?:\\.|[^"\\])*"|[\d.]+|true|false|null|[[\]{}])([,:])/g, '$1$2 '),
            ),
    ],
    ['trailing_newline', 'added', () => signedOver(text + '\n')],
    ['trailing_newline', 'removed', () => signedOver(text, text + '\n')],
    ['line_ends', 'CRLF', () => signedOver(JSON.stringify(value, null, 1).replaceAll('\n', '\r\n'), JSON.stringify(value, null, 1))],
    ['empty_body_signed', 'nothing', () => signedOver('')],
    ['other_project', 'of the same team', () => github({'X-Hub-Signature-256': sha256Signature(other.secret, text)})],
    [
        'sha1_header',
        'alone',
        () => {
            const headers = {'X-Hub-Signature': `sha1=${hmac(app.secret, text, 'hex', 'sha1')}`};
            return hub.nobody.call('POST', '/v1/webhooks/github', {
                body: text,
                headers: {'Content-Type': 'application/json', 'X-GitHub-Event': 'push', ...headers},
            });
        },
    ],
    ['sha1_header', 'in the other header', () => github({'X-Hub-Signature-256': `sha1=${hmac(app.secret, text, 'hex', 'sha1')}`})],
    ['form_body', 'JSON signed', () => github({'Content-Type': 'application/x-www-form-urlencoded', 'X-Hub-Signature-256': sha256Signature(app.secret, text)}, 'payload=' + encodeURIComponent(text))],
    ['form_body', 'form signed', () => signedOver(new URLSearchParams({payload: text}).toString())],
    ['signature_without_prefix', 'bare hex', () => github({'X-Hub-Signature-256': hmac(app.secret, text)})],
    ['signature_in_base64', 'base64', () => github({'X-Hub-Signature-256': 'sha256=' + hmac(app.secret, text, 'base64')})],
    ['signature_in_wrong_header', 'a name of its own', () => hub.nobody.call('POST', '/v1/webhooks/github', {body: text, headers: {'Content-Type': 'application/json', 'X-GitHub-Event': 'push', 'X-Signature': sha256Signature(app.secret, text)}})],
    ['secret_with_whitespace', 'line end', () => github({'X-Hub-Signature-256': sha256Signature(app.secret + '\n', text)})],
    ['secret_instead_of_signature', 'in the clear', () => github({'X-Hub-Signature-256': `sha256=${app.secret}`})],
    ['missing_header', 'no proof', () => hub.nobody.call('POST', '/v1/webhooks/github', {body: text, headers: {'Content-Type': 'application/json', 'X-GitHub-Event': 'push'}})],
    ['unknown', 'quite another secret', () => github({'X-Hub-Signature-256': sha256Signature('nobody knows it', text)})],
])
    test(`a delivery from GitHub: ${mistake} (${name})`, async () => {
        const found = await explained(send());
        assert.equal(found.mistake, mistake, JSON.stringify(found));
        assert.ok(found.tried.includes(mistake) || mistake === 'unknown');
        assert.ok(found.explanation && found.what_to_do);
    });

test("another team's secret is not tried", async () => {
    const found = await explained(github({'X-Hub-Signature-256': sha256Signature(foreign.secret, text)}));
    assert.equal(found.mistake, 'unknown');
    const entry = (await hub.admin.read('/v1/receipts?outcome=refused&limit=1')).items[0];
    const all = await hub.admin.make(`/v1/receipts/${entry.id}/explain`, {}, 200);
    assert.equal(all.mistake, 'other_project');
    assert.equal(all.other_project_id, foreign.id);
});

const labPush = (url) => ({
    object_kind: 'push',
    ref: 'refs/heads/main',
    before: '0'.repeat(40),
    after: 'c'.repeat(40),
    checkout_sha: 'c'.repeat(40),
    total_commits_count: 1,
    project: {git_http_url: url, git_ssh_url: url, web_url: url.replace('.git', '')},
    note: randomUUID(),
});
const now = () => Math.floor(Date.now() / 1000);
const standard = (signature, id, seconds = now()) => ({
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': signature,
});

for (const [mistake, send] of [
    ['timestamp_out_of_tolerance', () => sendGitlab(hub, {signing: signing.secret, seconds: now() - 3600, payload: labPush(kSign)})],
    [
        'undecoded_whsec',
        () => {
            const body = JSON.stringify(labPush(kSign));
            const id = randomUUID();
            const mac = hmac(signing.secret, `${id}.${now()}.${body}`, 'base64');
            return sendGitlab(hub, {payload: body, id, headers: standard(`v1,${mac}`, id)});
        },
    ],
    ['unsigned_after_signing', () => sendGitlab(hub, {token: mixed.secret, payload: labPush('https://gitlab.example.com/red/mixed.git')})],
    [
        'token_right_signature_wrong',
        () => {
            const id = randomUUID();
            const body = JSON.stringify(labPush(kLab));
            const wrong = standardSignature('whsec_' + Buffer.from('x'.repeat(32)).toString('base64'), id, now(), body);
            return sendGitlab(hub, {token: lab.secret, payload: body, id, headers: standard(wrong, id)});
        },
    ],
    ['token_in_wrong_header', () => sendGitlab(hub, {payload: labPush(kLab), headers: {'X-Gitlab-Secret': lab.secret}})],
    ['wrong_secret_kind', () => sendGitlab(hub, {token: signing.secret, payload: labPush(kSign)})],
    ['other_project', () => sendGitlab(hub, {token: mixed.secret, payload: labPush(kLab)})],
    ['reserialised_json', () => {
        const id = randomUUID();
        const body = JSON.stringify(labPush(kSign));
        const seconds = now();
        const over = JSON.stringify(JSON.parse(body), null, 2);
        return sendGitlab(hub, {payload: body, id, headers: standard(standardSignature(signing.secret, id, seconds, over), id, seconds)});
    }],
])
    test(`a delivery from GitLab: ${mistake}`, async () => {
        const found = await explained(send());
        assert.equal(found.mistake, mistake, JSON.stringify(found));
    });

test('a refused delivery is seen by those who manage the project, a stranger one by super_admins', async () => {
    const entry = await refused(github({'X-Hub-Signature-256': 'sha256=' + '0'.repeat(64)}));
    assert.equal(entry.project_id, app.id);
    assert.equal(entry.reason, 'not_verified');
    assert.equal((await lead.read(`/v1/receipts/${entry.id}`)).id, entry.id);
    expect(await stranger.get(`/v1/receipts/${entry.id}`), 404);
    expect(await stranger.post(`/v1/receipts/${entry.id}/explain`, {}), 404);
    assert.deepEqual((await stranger.read('/v1/receipts?outcome=refused')).items, []);
    assert.deepEqual((await dev.read('/v1/receipts?outcome=refused')).items, []);
    expect(await dev.post(`/v1/receipts/${entry.id}/explain`, {}), 404);
    const key = await hub.key({scope: 'team', team_id: red.id, type: 'read_write', permissions: ['receipts:read']});
    expect(await key.post(`/v1/receipts/${entry.id}/explain`, {}), 403);

    const nowhere = {...push(), repository: {clone_url: 'https://github.com/no/where.git'}};
    expect(await sendGithub(hub, {secret: 'x', payload: nowhere}), 401);
    const [newest] = (await hub.admin.read('/v1/receipts?outcome=refused')).items;
    assert.equal(newest.project_id, null);
    const found = await hub.admin.make(`/v1/receipts/${newest.id}/explain`, {}, 200);
    assert.equal(found.mistake, 'unknown_repository');
    assert.notEqual((await lead.read('/v1/receipts?outcome=refused&limit=1')).items[0].id, newest.id);
});

test('what cannot be read as the provider sends it is kept too', async () => {
    const answer = await hub.nobody.call('POST', '/v1/webhooks/github', {body: '{}', headers: {'Content-Type': 'application/json'}});
    expect(answer, 422);
    const [newest] = (await hub.admin.read('/v1/receipts?outcome=refused')).items;
    assert.equal(newest.reason, 'unreadable');
    assert.equal((await hub.admin.make(`/v1/receipts/${newest.id}/explain`, {}, 200)).mistake, 'unreadable');
    const line = hub.lines().find((one) => one.refusal_id === newest.id) ?? (await until(() => hub.lines().find((one) => one.refusal_id === newest.id), 'the line'));
    assert.equal(line.reason, 'unreadable');
    assert.equal(line.provider, 'github');
    assert.ok(line.request_id);
});

test('a body that was too long to keep may be given, if it is the same', async () => {
    const long = JSON.stringify(push({filler: 'x'.repeat(70_000)}));
    const entry = await refused(signedOver(long + '\n', long));
    const path = `/v1/receipts/${entry.id}/explain`;
    const without = await lead.make(path, {}, 200);
    assert.equal(without.body_kept, false);
    assert.equal(without.mistake, 'unknown');
    const given = await lead.make(path, {body: Buffer.from(long).toString('base64')}, 200);
    assert.equal(given.mistake, 'trailing_newline');
    expect(await lead.post(path, {body: Buffer.from('another').toString('base64')}), 422);
    expect(await lead.post(path, {body: '***'}), 422);
    const headers = {'X-Hub-Signature-256': hmac(app.secret, long)};
    const changed = await lead.make(path, {body: Buffer.from(long).toString('base64'), headers}, 200);
    assert.equal(changed.mistake, 'signature_without_prefix');
});

test('a delivery that verifies by now says so, and so does one that was accepted', async () => {
    const entry = await refused(sendGithub(hub, {secret: 'imported afterwards', payload: push()}));
    await hub.webhookSecret(app.id, {secret: 'imported afterwards', overlap_hours: 24});
    const found = await lead.make(`/v1/receipts/${entry.id}/explain`, {}, 200);
    assert.equal(found.verified, true);
    assert.equal(found.mistake, null);
    const accepted = expect(await sendGithub(hub, {secret: app.secret, payload: push()}), 200);
    const told = await lead.make(`/v1/receipts/${accepted.receipt_id}/explain`, {}, 200);
    assert.equal(told.verified, true);
    assert.match(told.explanation, /signature/);
});

test('an earlier secret that was ended at once is gone, and explain says that it was not tried', async () => {
    const url = 'https://github.com/red/ended.git';
    const ended = await hub.project(red.id, url);
    await hub.webhookSecret(ended.id, {overlap_hours: 0});
    const payload = githubPush({url, after: 'e'.repeat(40)});
    const found = await explained(sendGithub(hub, {secret: ended.secret, payload}));
    assert.equal(found.mistake, 'unknown');
    assert.match(found.explanation, /[Ee]arlier secrets .* not kept and were not tried/);
    assert.match(found.what_to_do, /earlier/);
    assert.ok(!found.tried.includes('previous_secret'));
});

test('an API key that cannot prove a delivery is named to those who manage it, and to nobody else', async () => {
    const connection = await hub.admin.make('/v1/connections', {connector: 'github', name: 'door', team_id: red.id});
    const send = (authorization, more = {}) =>
        hub.nobody.call('POST', `/v1/webhooks/${connection.id}`, {
            body: text,
            headers: {'Content-Type': 'application/json', 'X-GitHub-Event': 'push', Authorization: authorization, ...more},
        });
    const wanted = {scope: 'team', team_id: red.id};
    const wrong = await hub.key({...wanted, type: 'read_write'}, lead);
    const basic = `Basic ${Buffer.from(`x:${wrong.token}`).toString('base64')}`;
    for (const authorization of [`Bearer ${wrong.token}`, basic]) {
        const found = await explained(send(authorization));
        assert.equal(found.mistake, 'key_of_wrong_type');
        assert.ok(found.explanation.includes('read_write') && found.explanation.includes(wrong.issued.key_prefix));
        assert.match(found.what_to_do, /type webhook/);
    }
    const right = await hub.key({...wanted, type: 'webhook'}, lead);
    expect(await lead.delete(`/v1/api-keys/${right.issued.id}`), 204);
    const ended = await explained(send(`Bearer ${right.token}`));
    assert.equal(ended.mistake, 'key_not_in_force');
    assert.match(ended.explanation, /revoked/);
    // What is signed stands or falls by its signature.
    const signed = await explained(send(`Bearer ${wrong.token}`, {'X-Hub-Signature-256': sha256Signature(app.secret, text + '\n')}));
    assert.equal(signed.mistake, 'trailing_newline');
    for (const token of [(await hub.key({scope: 'org'})).token, (await hub.key({scope: 'team', team_id: blue.id})).token]) {
        const found = await explained(send(`Bearer ${token}`));
        assert.equal(found.mistake, 'missing_header');
        assert.ok(!found.tried.some((name) => name.startsWith('key_')));
    }
});

test('a webhook key in force that is not for the delivery is named with what it does not cover', async () => {
    const connection = await hub.admin.make('/v1/connections', {connector: 'github', name: 'key door', team_id: red.id});
    const explain = async (key, who = lead) => {
        const sent = hub.nobody.call('POST', `/v1/webhooks/${connection.id}`, {
            body: text,
            headers: {'Content-Type': 'application/json', 'X-GitHub-Event': 'push', Authorization: `Bearer ${key.token}`},
        });
        return who.make(`/v1/receipts/${(await refused(sent)).id}/explain`, {}, 200);
    };
    const key = (wanted, by = lead) => hub.key({type: 'webhook', ...wanted}, by);
    const named = async (one, words, not, who) => {
        const found = await explain(one, who);
        assert.equal(found.mistake, 'key_not_for_this');
        assert.ok(found.tried.includes('key_not_for_this') && found.explanation.includes(one.issued.key_prefix));
        assert.match(found.explanation, words);
        assert.doesNotMatch(found.explanation, not);
        assert.match(found.what_to_do, /scope covers the project/);
    };
    const elsewhere = await key({scope: 'project', project_id: other.id});
    await named(elsewhere, /scope, project, does not cover/, /allowed_ips/);
    const faraway = await key({scope: 'project', project_id: app.id, allowed_ips: ['192.0.2.0/24']});
    await named(faraway, /allowed_ips/, /scope|192\.0\.2/);
    await named(await key({scope: 'project', project_id: other.id, allowed_ips: ['192.0.2.0/24']}), /allowed_ips.* scope, project/, /issuer/);
    const foreigners = await key({scope: 'team', team_id: blue.id}, stranger);
    await named(foreigners, /scope, team, does not cover/, /allowed_ips/, hub.admin);
    // To all others nothing of the key is told.
    const untold = await explain(foreigners);
    assert.equal(untold.mistake, 'missing_header');
    assert.ok(!JSON.stringify(untold).includes(foreigners.issued.key_prefix));
});

test('receipts are filtered, and unknown values are named', async () => {
    expect(await sendGithub(hub, {secret: app.secret, payload: {zen: 'x', repository: {clone_url: kUrl}}, event: 'ping'}), 200);
    const ignored = (await lead.read('/v1/receipts?outcome=ignored')).items;
    assert.ok(ignored.length > 0 && ignored.every((one) => one.outcome === 'ignored'));
    assert.ok((await lead.read('/v1/receipts?event=ping')).items.every((one) => one.event === 'ping'));
    assert.deepEqual((await lead.read('/v1/receipts?provider=gitlab')).items, []);
    expect(await sendGitlab(hub, {token: lab.secret, payload: labPush(kLab)}), 200);
    const [byToken] = (await lead.read('/v1/receipts?provider=gitlab')).items;
    assert.equal(byToken.verified_by, 'token');
    assert.equal((await lead.read(`/v1/receipts?project_id=${app.id}`)).items[0].verified_by, 'signature');
    expect(await lead.get('/v1/receipts?outcome=duplicate'), 422);
    expect(await lead.get('/v1/receipts?provider=svn'), 422);
    const page = await lead.read('/v1/receipts?outcome=refused&limit=2');
    assert.equal(page.items.length, 2);
    const next = await lead.read(`/v1/receipts?outcome=refused&limit=2&cursor=${page.next_cursor}`);
    assert.ok(next.items[0].id < page.items[1].id);
});

test('a replay triggers again, is audited, told as replayed, and happens once per Idempotency-Key', async (t) => {
    const receiver = await startReceiver(t);
    await hub.endpoint(receiver.url, ['repository.push'], {team_id: red.id});
    const ref = 'refs/heads/replayed';
    const first = expect(await sendGithub(hub, {secret: app.secret, payload: push({ref})}), 200);
    const path = `/v1/receipts/${first.receipt_id}/replay`;
    const key = {'Idempotency-Key': randomUUID()};
    const again = expect(await dev.post(path, {}, key), 200);
    assert.deepEqual(again, {receipt_id: first.receipt_id, scan_id: first.scan_id, status: 'coalesced'});
    const repeated = await dev.post(path, {}, key);
    assert.equal(repeated.headers['idempotency-replayed'], 'true');
    expect(await hub.admin.post(`/v1/scans/${first.scan_id}/cancel`, {}), 200);
    const fresh = expect(await lead.post(path, {}), 200);
    assert.equal(fresh.status, 'enqueued');
    assert.notEqual(fresh.scan_id, first.scan_id);
    await until(() => receiver.requests.length === 3, 'three events');
    const told = receiver.requests.map((one) => JSON.parse(one.body).data).filter((one) => one.replayed);
    assert.equal(told.length, 2);
    assert.equal(told[0].ref, ref);
    const rows = (await hub.admin.read('/v1/admin/audit?action=replay')).items;
    assert.equal(rows.length, 2);
    assert.equal(rows[0].target_table, 'webhook_deliveries');
    assert.equal(rows[0].target_id, first.receipt_id);
    assert.equal((await lead.read(`/v1/receipts?project_id=${app.id}&event=push`)).items.filter((one) => one.delivery_id === first.delivery_id).length, 1);
});

test('a replay takes the right there, and a receipt that is there', async () => {
    const accepted = expect(await sendGithub(hub, {secret: app.secret, payload: push()}), 200);
    const path = `/v1/receipts/${accepted.receipt_id}/replay`;
    expect(await stranger.post(path, {}), 404);
    expect(await hub.nobody.post(path, {}), 401);
    const reader = await hub.key({scope: 'project', project_id: app.id, type: 'read_only', permissions: ['receipts:read']});
    expect(await reader.post(path, {}), 403);
    const writer = await hub.key({scope: 'project', project_id: app.id, type: 'read_write', permissions: ['receipts:replay']});
    expect(await writer.post(path, {}), 200);
    const ping = expect(await sendGithub(hub, {secret: app.secret, payload: {zen: 'y', repository: {clone_url: kUrl}}, event: 'ping'}), 200);
    assert.deepEqual(expect(await lead.post(`/v1/receipts/${ping.receipt_id}/replay`, {}), 200), {receipt_id: ping.receipt_id, scan_id: null, status: 'ignored'});
    const large = expect(await sendGithub(hub, {secret: app.secret, payload: push({ref: 'refs/heads/large', filler: 'x'.repeat(200_000)})}), 200);
    assert.equal(expect(await lead.post(`/v1/receipts/${large.receipt_id}/replay`, {}), 200).status, 'coalesced');
    const gone = await hub.project(red.id, 'https://github.com/red/gone.git');
    const last = expect(await sendGithub(hub, {secret: gone.secret, payload: githubPush({url: 'https://github.com/red/gone.git', after: 'd'.repeat(40)})}), 200);
    expect(await hub.admin.delete(`/v1/projects/${gone.id}`), 204);
    expect(await lead.post(`/v1/receipts/${last.receipt_id}/replay`, {}), 404);
});

test('a refused delivery cannot be replayed, and whoever may see it is told why and what to do', async () => {
    const kept = await refused(sendGithub(hub, {secret: 'not the secret of it', payload: push()}));
    const path = `/v1/receipts/${kept.id}/replay`;
    const answer = expect(await lead.post(path, {}), 409);
    assert.equal(answer.code, 'receipt_refused');
    assert.match(answer.detail, /not_verified|signature/);
    assert.ok(answer.detail.includes(`POST /v1/receipts/${kept.id}/explain`), answer.detail);
    assert.match(answer.detail, /Redeliver.*Resend/);
    assert.equal(expect(await stranger.post(path, {}), 404).code, 'not_found');
    const scope = {scope: 'project', project_id: app.id, type: 'read_write'};
    const key = await hub.key({...scope, permissions: ['receipts:replay', 'receipts:read']});
    assert.equal(expect(await key.post(path, {}), 403).code, 'insufficient_scope');
    const said = await hub.admin.post(`/v1/api-keys/${key.issued.id}/explain`, {method: 'POST', path});
    assert.equal(expect(said, 200).status, 403);
});

test('an audit row of refusals names the projects and counts', async () => {
    await refused(sendGithub(hub, {secret: 'still not', payload: push()}));
    const rows = (await hub.admin.read('/v1/admin/audit?target_table=webhook_deliveries&action=refuse&limit=200')).items;
    assert.ok(rows.every((row) => row.details.count >= 1), JSON.stringify(rows));
    assert.ok(rows.some((row) => row.details.project_ids?.includes(app.id)), JSON.stringify(rows));
});
