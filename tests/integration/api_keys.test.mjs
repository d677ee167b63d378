// API keys: restricted, narrowed, revoked, imported and watched
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import http from 'node:http';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {after} from 'node:test';

import {binary, Client, expect, startHub, until} from '../support/hub.mjs';

const hub = await startHub({after}, {config: 'scans: {paused: true}\ntrusted_proxies: [127.0.0.1]'});
const team = await hub.team('Payments');
const project = await hub.project(team.id, 'https://github.com/shop/ledger.git');
const developer = await hub.person('dev', [{role: 'developer', team_id: team.id}]);
const kProject = {scope: 'project', project_id: project.id};
const kOlder = 'tos_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d';
const from = (address) => ({'X-Forwarded-For': address});

function refused(answer, pointer, code = 'invalid_input') {
    const body = expect(answer, 422);
    assert.equal(body.code, code, answer.text);
    assert.ok(body.errors.some((error) => error.pointer.startsWith(pointer)), answer.text);
    return body;
}
const rows = (query) => hub.admin.read(`/v1/admin/audit?target_table=api_keys&${query}`).then((page) => page.items);

/// `trusthub api-keys …` beside the running hub.
function command(words, input) {
    const result = spawnSync(binary, ['api-keys', ...words, '--config', hub.config],
                             {encoding: 'utf8', input, env: {PATH: process.env.PATH}});
    return {...result, json: () => JSON.parse(result.stdout)};
}

test('the keys of a project are revoked with it, and the list says how each key stands', async () => {
    const brief = await hub.project(team.id, 'https://github.com/shop/brief.git');
    const key = await hub.key({scope: 'project', project_id: brief.id});
    const path = `/v1/api-keys/${key.issued.id}`;
    assert.equal((await hub.admin.read(path)).effective_status, 'active');
    const child = await hub.key({scope: 'team', team_id: team.id, type: 'admin'});
    const grandchild = await child.make('/v1/api-keys', {name: 'of it', scope: 'team', team_id: team.id});
    expect(await hub.admin.delete(`/v1/api-keys/${child.issued.id}`), 204);
    const listed = (await hub.admin.all('/v1/api-keys')).find((one) => one.id === grandchild.id);
    assert.deepEqual([listed.status, listed.effective_status], ['active', 'issuing_key_ended']);
    expect(await hub.admin.delete(`/v1/projects/${brief.id}`), 204);
    expect(await key.get('/v1/me'), 401);
    assert.equal((await hub.admin.read(`${path}?include_revoked=true`)).effective_status, 'revoked');
    const row = (await rows('action=revoke')).find((one) => one.target_id === key.issued.id);
    assert.equal(row.details.reason, 'project removed');
});

test('zero requests pass after the 204 of a revocation, over many connections', async () => {
    for (let round = 0; round < 5; ++round) {
        const key = await hub.key(kProject);
        const agent = new http.Agent({keepAlive: true, maxSockets: 48});
        let revoked = false, before = 0, late = 0, passed = 0;
        const hammer = async () => {
            while (late < 400) {
                const begunAfter = revoked;
                const {status} = await key.call('GET', '/v1/me', {agent});
                if (!begunAfter) ++before;
                else if (++late && status !== 401) ++passed;
            }
        };
        const callers = Array.from({length: 48}, hammer);
        await until(() => before > 200, 'requests pass');
        expect(await hub.admin.delete(`/v1/api-keys/${key.issued.id}`), 204);
        revoked = true;
        await Promise.all(callers);
        agent.destroy();
        assert.equal(passed, 0, `${passed} of ${late} passed after the 204`);
    }
});

test('a key is used from its addresses only, and elsewhere it is as good as none', async () => {
    const key = await hub.key({...kProject, allowed_ips: ['192.0.2.0/24', '2001:DB8::/32', '::ffff:198.51.100.7']});
    assert.deepEqual(key.issued.allowed_ips, ['192.0.2.0/24', '2001:db8::/32', '198.51.100.7']);
    for (const address of ['192.0.2.1', '2001:db8::9', '::ffff:192.0.2.9', '198.51.100.7', '203.0.113.1, 192.0.2.1'])
        expect(await key.get('/v1/me', from(address)), 200);
    const none = (await hub.nobody.get('/v1/me')).body;
    for (const address of ['203.0.113.9', '192.0.2.1, 203.0.113.9', '2001:db9::1', 'rubbish']) {
        const body = expect(await key.get('/v1/me', from(address)), 401);
        assert.deepEqual({...body, request_id: 0}, {...none, request_id: 0});
    }
    const reasons = async () => (await rows('action=refuse')).filter((row) => row.target_id === key.issued.id);
    await until(async () => (await reasons()).length >= 2, 'audit rows');
    const found = await reasons();
    assert.ok(found.every((row) => row.details.reason === 'address_not_allowed'));
    assert.ok(found.some((row) => row.details.address_block === '203.0.113.0/24'), JSON.stringify(found));
});

test('what does not fit a new key is named', async () => {
    const cases = [
        [{allowed_ips: ['192.0.2.1/24']}, '/allowed_ips'],
        [{allowed_ips: Array.from({length: 51}, (_, i) => `192.0.2.${i}`)}, '/allowed_ips'],
        [{rate_limit: {requests: 0, per_seconds: 60}}, '/rate_limit/requests'],
        [{rate_limit: {requests: 10}}, '/rate_limit/per_seconds'],
        [{rate_limit: {requests: 10, per_seconds: 60, more: 1}}, '/rate_limit/more'],
        [{type: 'webhook', permissions: ['scans:read']}, '/permissions'],
        [{type: 'read_write', permissions: ['webhooks:receive']}, '/permissions'],
        [{canary: true, permissions: ['scans:read']}, '/permissions'],
        [{service_account_id: '01900000-0000-7000-8000-000000000000'}, '/service_account_id'],
        [{expires_at: '2020-01-01T00:00:00Z'}, '/expires_at'],
        [{expires_in_days: 30, expires_at: '2099-01-01T00:00:00Z'}, '/expires_at'],
    ];
    for (const [wanted, pointer] of cases)
        refused(await hub.admin.post('/v1/api-keys', {name: 'x', ...kProject, ...wanted}), pointer);
    const key = await hub.key({...kProject, rate_limit: {requests: 100, per_seconds: 60}});
    assert.deepEqual(key.issued.rate_limit, {requests: 100, per_seconds: 60, burst: 100});
    assert.equal(key.issued.status, 'active');
    assert.equal(key.issued.owner.kind, 'person');
    assert.deepEqual((await key.read('/v1/me')).owner, key.issued.owner, 'owners are told in one form');
});

test('a key of type webhook holds one permission and opens no route', async () => {
    for (const permissions of [undefined, [], ['webhooks:receive']]) {
        const key = await hub.key({...kProject, type: 'webhook', permissions});
        assert.deepEqual(key.issued.permissions, ['webhooks:receive']);
        for (const path of ['/v1/me', '/v1/receipts', `/v1/projects/${project.id}/scans`])
            expect(await key.get(path), 401);
    }
});

test('a key is renamed and narrowed, and what is wider is 422 would_widen', async () => {
    const key = await hub.key({...kProject, expires_in_days: 90, rate_limit: {requests: 100, per_seconds: 60}});
    const path = `/v1/api-keys/${key.issued.id}`;
    const later = new Date(Date.now() + 100 * 86_400_000).toISOString();
    for (const [change, pointer] of [
        [{type: 'admin'}, '/type'],
        [{permissions: ['scans:read', 'events:read']}, '/permissions'],
        [{expires_at: later}, '/expires_at'],
        [{rate_limit: {requests: 101, per_seconds: 60}}, '/rate_limit'],
    ])
        refused(await hub.admin.patch(path, {name: 'not this', ...change}), pointer, 'would_widen');
    const bounds = {permissions: null, expires_at: null, rate_limit: null};
    const lifted = expect(await hub.admin.patch(path, {name: 'not this', ...bounds}), 422);
    assert.equal(lifted.code, 'would_widen');
    assert.deepEqual(lifted.errors.map(({pointer}) => pointer).sort(), ['/expires_at', '/permissions', '/rate_limit']);
    expect(await hub.admin.patch(path, {allowed_ips: null, type: null}), 200);
    refused(await hub.admin.patch(path, {scope: 'org'}), '/scope');
    expect(await key.post(`/v1/projects/${project.id}/scans`, {kind: 'source'}), 200);
    const changed = expect(await hub.admin.patch(path, {
        name: 'narrow', permissions: ['scans:read'], allowed_ips: ['127.0.0.1'], expires_in_days: 30,
        rate_limit: {requests: 10, per_seconds: 60},
    }), 200);
    assert.equal(changed.name, 'narrow');
    assert.deepEqual(changed.permissions, ['scans:read']);
    assert.deepEqual(changed.allowed_ips, ['127.0.0.1']);
    expect(await key.post(`/v1/projects/${project.id}/scans`, {kind: 'source'}), 403);
    expect(await key.get('/v1/me'), 200);
    expect(await key.get('/v1/me', from('192.0.2.1')), 401);
    refused(await hub.admin.patch(path, {allowed_ips: []}), '/allowed_ips', 'would_widen');
    refused(await hub.admin.patch(path, {allowed_ips: null}), '/allowed_ips', 'would_widen');
    expect(await developer.patch(path, {name: 'mine'}), 403);
    const [row] = (await rows('action=update')).filter((one) => one.target_id === key.issued.id);
    assert.equal(row.details.changed, 'name permissions expires_at allowed_ips rate_limit');
    assert.equal((await hub.admin.read('/v1/events?type=api_key.updated')).items[0].data.id, key.issued.id);
});

test('a revoked key is gone, but for those who ask for it', async () => {
    const key = await hub.key(kProject);
    const path = `/v1/api-keys/${key.issued.id}`;
    expect(await hub.admin.delete(path), 204);
    expect(await hub.admin.get(path), 404);
    expect(await hub.admin.patch(path, {name: 'x'}), 404);
    expect(await hub.admin.delete(path), 204);
    assert.equal((await hub.admin.read(`${path}?include_revoked=true`)).status, 'revoked');
    expect(await key.get('/v1/me'), 401);
    await until(async () => (await rows('action=refuse')).some(
        (row) => row.target_id === key.issued.id && row.details.reason === 'revoked'), 'the audit row');
});

test('the list is filtered, and a filter that is none names the known ones', async () => {
    const ending = await hub.key({scope: 'team', team_id: team.id, type: 'read_only', expires_in_days: 30});
    const endless = await hub.key({scope: 'org', type: 'admin'});
    const ids = async (query) => (await hub.admin.all(`/v1/api-keys?${query}`)).map((key) => key.id);
    const has = async (query, yes, no) => {
        const found = await ids(query);
        assert.ok(found.includes(yes.issued.id), `${query} leaves out`);
        assert.ok(!found.includes(no.issued.id), `${query} lets in`);
    };
    await has('scope=team', ending, endless);
    await has('type=admin', endless, ending);
    await has(`team_id=${team.id}`, ending, endless);
    await has('never_expires=true', endless, ending);
    await has('never_expires=false', ending, endless);
    await has('imported=false&scope=org', endless, ending);
    assert.deepEqual(await ids('unused_days=1'), []);
    const inProject = await hub.admin.all(`/v1/api-keys?project_id=${project.id}`);
    assert.ok(inProject.length > 0 && inProject.every((key) => key.project_id === project.id));
    for (const query of ['scope=galaxy', 'type=root', 'never_expires=1', 'unused_days=0', 'imported=maybe',
                         'team_id=1', 'unknown=1'])
        expect(await hub.admin.get(`/v1/api-keys?${query}`), 422);
});

test('a decoy grants nothing, and its use is an event and an audit row', async () => {
    const decoy = await hub.key({scope: 'org', type: 'admin', canary: true});
    assert.deepEqual(decoy.issued.permissions, []);
    assert.equal(decoy.issued.canary, true);
    for (let i = 0; i < 3; ++i) expect(await decoy.get('/v1/me', from('203.0.113.9')), 401);
    const events = () => hub.admin.read('/v1/events?type=api_key.canary_used').then((page) => page.items);
    await until(async () => (await events()).length > 0, 'the event');
    const [event] = await events();
    assert.equal(event.data.id, decoy.issued.id);
    assert.equal(event.data.ip, '203.0.113.9');
    assert.ok((await rows('action=refuse')).some(
        (row) => row.target_id === decoy.issued.id && row.details.reason === 'canary'));
});

test('the command line issues, lists and revokes beside a running hub', async () => {
    const made = command(['create', '--owner', 'ada@example.com', '--name', 'from the host', '--scope', 'project',
                          '--project', project.id, '--permission', 'scans:read', '--allowed-ip', '127.0.0.0/8',
                          '--expires-in-days', '30', '--json']);
    assert.equal(made.status, 0, made.stderr);
    const key = new Client(hub, hub.secret(made.json().raw_key));
    expect(await key.get(`/v1/projects/${project.id}/scans`), 200);
    const listed = command(['list', '--json']).json().find((one) => one.id === made.json().id);
    assert.equal(listed.name, 'from the host');
    assert.equal(listed.raw_key, undefined);
    assert.match(command(['list']).stdout, /from the host/);
    const revoked = command(['revoke', listed.key_prefix]);
    assert.equal(revoked.status, 0, revoked.stderr);
    expect(await key.get('/v1/me'), 401);
    assert.equal(command(['revoke', 'tos_00000000']).status, 1);
    assert.equal(command(['create', '--owner', 'nobody@example.com', '--name', 'x', '--scope', 'org']).status, 1);
    const wrong = command(['create', '--owner', 'ada@example.com', '--name', 'x', '--scope', 'galaxy']);
    assert.match(wrong.stderr, /\/scope: one of org, team, project/);
    const [row] = await rows('action=revoke');
    assert.equal(row.actor.kind, 'host');
});

test('keys of the older shape are taken over, and garbage beside them is refused', async () => {
    const older = new Client(hub, hub.secret(kOlder));
    expect(await older.get('/v1/me'), 401);
    const line = {key: kOlder, name: 'ci of old', ...kProject, permissions: ['scans:trigger', 'scans:read']};
    const long = hub.secret(`tos_0badcafe_${'Ab-_9'.repeat(40)}`);
    const file = join(hub.folder, 'keys.jsonl');
    writeFileSync(file, `${JSON.stringify(line)}\n\n${JSON.stringify({...line, key: long, owner: 'dev@example.com'})}\n`);
    const taken = command(['import', file, '--owner', 'ada@example.com', '--json']);
    assert.deepEqual(taken.json(), {imported: 2, refused: []}, taken.stderr);
    expect(await older.post(`/v1/projects/${project.id}/scans`, {kind: 'source'}), 200);
    expect(await new Client(hub, long).get('/v1/me'), 200);
    expect(await new Client(hub, `${kOlder.slice(0, -1)}e`).get('/v1/me'), 401);
    const found = await hub.admin.all('/v1/api-keys?imported=true');
    assert.deepEqual(found.map((key) => key.key_prefix).sort(), ['tos_0badcafe', 'tos_a1b2c3d4']);

    const again = command(['import', '-', '--owner', 'ada@example.com'], JSON.stringify(line));
    assert.equal(again.status, 1);
    assert.match(again.stderr, /line 1: A key with this prefix/);
    const bad = command(['import', '-', '--owner', 'ada@example.com'],
                        `${JSON.stringify({...line, key: long.replace('0bad', '1bad')})}\n{"key":"x"}\nnonsense\n`);
    assert.equal(bad.status, 1);
    assert.match(bad.stderr, /line 2: \/name/);
    assert.match(bad.stderr, /line 3/);
    assert.ok(!bad.stderr.includes('Ab-_9'));
    const fresh = long.replace('0bad', '1bad');
    const mixed = [
        {...line, key: fresh}, {...line, key: 'tos_nothing'}, line, {...line, key: fresh},
        {...line, key: fresh, owner: 'nobody@example.com'}, {...line, key: fresh, colour: 'red'},
    ];
    const partly = command(['import', '-', '--owner', 'ada@example.com', '--json'], mixed.map((one) => JSON.stringify(one)).join('\n'));
    assert.equal(partly.status, 1);
    assert.equal(partly.json().imported, 0);
    assert.deepEqual(partly.json().refused.map((one) => one.line), [2, 3, 4, 5, 6], partly.stderr);
    assert.match(partly.stderr, /line 2: \/key must be tos_/);
    assert.match(partly.stderr, /line 3: A key with this prefix/);
    assert.match(partly.stderr, /Nothing was imported/);
    assert.equal((await new Client(hub, fresh).get('/v1/me')).status, 401);
    assert.equal((await hub.admin.all('/v1/api-keys?imported=true')).length, 2, 'nothing of a bad file is imported');
    const created = (await rows('action=create')).filter((row) => row.details.imported === true);
    assert.equal(created.length, 2);

    assert.equal(command(['revoke', 'tos_a1b2c3d4']).status, 0);
    expect(await older.get('/v1/me'), 401);
});

test("the organization's longest life of a key is named to whoever asks for more", async (t) => {
    const strict = await startHub(t, {config: 'api_keys: {max_expiry_days: 90}'});
    for (const wanted of [{}, {expires_in_days: 91}, {expires_in_days: 365}]) {
        const body = refused(await strict.admin.post('/v1/api-keys', {name: 'x', scope: 'org', ...wanted}), '/expires_at');
        assert.match(body.errors[0].detail, /90 days/);
    }
    expect(await (await strict.key({scope: 'org', expires_in_days: 90})).get('/v1/me'), 200);
    assert.match(strict.command('check', '--print').stdout, /api_keys\.max_expiry_days: 90/);
});
