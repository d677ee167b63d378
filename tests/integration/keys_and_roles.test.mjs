// keys may do exactly what their scope, permissions and roles say
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import test, {after} from 'node:test';

import {expect, kNowhere, problem} from '../support/hub.mjs';
import {startTwoTeams} from './two_teams.mjs';

const {hub, payments, shipping, ledger, parcels, people, kScopes} = await startTwoTeams({after});

test('a refusal says whether permission or scope is the reason, and explain says the same', async () => {
    const detail = async (key, path) => {
        const {detail} = problem(await key.get(path), 403, 'insufficient_scope');
        const said = await hub.admin.make(`/v1/api-keys/${key.issued.id}/explain`, {method: 'GET', path}, 200);
        assert.equal(said.status, 403);
        return {detail, failed: said.checks.filter(({ok}) => !ok)};
    };
    const narrow = await hub.key({...kScopes.project, type: 'read_only'});
    const list = await detail(narrow, '/v1/endpoints');
    assert.match(list.detail, /^The list holds things of whole teams, which the scope of this key, project, does not cover/);
    assert.doesNotMatch(list.detail, /endpoints:read/);
    assert.deepEqual(list.failed.map(({check}) => check), ['scope']);
    assert.equal(list.failed[0].detail, list.detail);
    const lacking = await detail(await hub.key({...kScopes.team, permissions: ['scans:read']}), '/v1/endpoints');
    assert.match(lacking.detail, /^The type and permissions of this key leave out endpoints:read\./);
    assert.equal(lacking.failed[0].check, 'permission');
    const beyond = await detail(await hub.key({...kScopes.team, type: 'read_only'}), '/v1/admin/audit');
    assert.match(beyond.detail, /outside this key's scope, team/);
    // The same for what is there and what is not.
    const there = await narrow.get(`/v1/projects/${parcels.id}/scans`);
    const nowhere = await narrow.get(`/v1/projects/${kNowhere}/scans`);
    assert.equal(problem(there, 403, 'insufficient_scope').detail, problem(nowhere, 403, 'insufficient_scope').detail);
    assert.match(there.body.detail, /outside this key's scope, project/);
});

test("the product document's CI call answers 200 with the new scan, and the key can follow it", async () => {
    const key = await hub.key(kScopes.project);
    const out = execFileSync(
        'curl',
        [
            '-sS',
            '-X',
            'POST',
            '-w',
            '\n%{http_code}',
            '-H',
            `Authorization: Bearer ${key.token}`,
            '-H',
            'Content-Type: application/json',
            '-d',
            '{"kind":"source"}',
            `${hub.base}/v1/projects/${ledger.id}/scans`,
        ],
        {encoding: 'utf8'},
    );
    const [text, status] = out.split('\n');
    assert.equal(status, '200');
    const scan = JSON.parse(text);
    assert.equal(scan.project_id, ledger.id);
    assert.equal(scan.status, 'queued');
    for (const member of [
        'id',
        'kind',
        'ref',
        'commit',
        'progress_percent',
        'error',
        'created_at',
        'started_at',
        'finished_at',
    ])
        assert.ok(member in scan, member);
    assert.equal((await key.read(`/v1/scans/${scan.id}`)).id, scan.id);
    const other = expect(await key.post(`/v1/projects/${ledger.id}/scans`, {kind: 'container'}), 422);
    assert.equal(other.errors[0].pointer, '/kind');
});

test('a key gets 401 on GET /v1/projects, whatever it may', async () => {
    for (const wanted of [kScopes.project, kScopes.team, {...kScopes.org, type: 'admin'}])
        problem(await (await hub.key(wanted)).get('/v1/projects'), 401, 'person_required');
});

test('what is outside a key is the same 403 insufficient_scope, existing or not', async () => {
    const parcel = expect(await hub.admin.post(`/v1/projects/${parcels.id}/scans`, {kind: 'source'}), 200);
    for (const wanted of [kScopes.project, kScopes.team]) {
        const key = await hub.key(wanted);
        const answers = [
            await key.post(`/v1/projects/${parcels.id}/scans`, {kind: 'source'}),
            await key.post(`/v1/projects/${kNowhere}/scans`, {kind: 'source'}),
            await key.get(`/v1/scans/${parcel.id}`),
            await key.get(`/v1/scans/${kNowhere}`),
        ];
        const bodies = answers.map((answer) => problem(answer, 403, 'insufficient_scope'));
        assert.equal(bodies[0].detail, bodies[1].detail);
        assert.equal(bodies[2].detail, bodies[3].detail);
    }
});

test('for a key of the organization what is not there is 404, as for people, and explain says so', async () => {
    const key = await hub.key({...kScopes.org, type: 'admin'});
    for (const [method, path] of [
        ['GET', `/v1/scans/${kNowhere}`],
        ['GET', `/v1/api-keys/${kNowhere}`],
        ['PATCH', `/v1/api-keys/${kNowhere}`],
        ['DELETE', `/v1/api-keys/${kNowhere}`],
        ['POST', `/v1/api-keys/${kNowhere}/rotate`],
        ['GET', `/v1/endpoints/${kNowhere}`],
        ['POST', `/v1/projects/${kNowhere}/scans`],
        ['GET', `/v1/receipts/${kNowhere}`],
        ['GET', `/v1/alerts/${kNowhere}`],
    ]) {
        const json = method === 'PATCH' ? {name: 'x'} : path.endsWith('scans') ? {kind: 'source'} : undefined;
        problem(await key.call(method, path, {json}), 404, 'not_found');
        const said = await hub.admin.make(`/v1/api-keys/${key.issued.id}/explain`, {method, path}, 200);
        assert.equal(said.status, 404, `${method} ${path}`);
    }
    // What its owner does not see is no other matter for it than what is not there.
    const owner = await hub.person('former', [{role: 'super_admin'}]);
    const less = await hub.key({...kScopes.org, type: 'admin'}, owner);
    expect(await hub.admin.patch(`/v1/users/${owner.user.id}`, {roles: [{role: 'team_admin', team_id: payments.id}]}), 200);
    const parcel = expect(await hub.admin.post(`/v1/projects/${parcels.id}/scans`, {kind: 'source', ref: 'x'}), 200);
    const there = problem(await less.get(`/v1/scans/${parcel.id}`), 404, 'not_found');
    assert.equal(there.detail, problem(await less.get(`/v1/scans/${kNowhere}`), 404, 'not_found').detail);
    const said = await hub.admin.make(`/v1/api-keys/${less.issued.id}/explain`, {method: 'GET', path: `/v1/scans/${parcel.id}`}, 200);
    assert.equal(said.status, 404);
});

test("who may not change another's key is told whose it is to change", async () => {
    const theirs = await hub.key(kScopes.project);
    const path = `/v1/api-keys/${theirs.issued.id}`;
    const calls = [
        ['PATCH', path, {name: 'mine'}],
        ['DELETE', path],
        ['POST', `${path}/rotate`, {}],
        ['PUT', `${path}/rotation-schedule`, {every_days: 90}],
    ];
    for (const [method, at, json] of calls) {
        const {detail} = problem(await people.developer.call(method, at, {json}), 403, 'forbidden');
        assert.match(detail, /who issued them.*team_admin of their team.*super_admin/);
        assert.doesNotMatch(detail, /do not include/);
    }
    problem(await people.auditor.patch(path, {name: 'mine'}), 403, 'forbidden');
    const key = await hub.key({...kScopes.project, type: 'admin'}, people.developer);
    const about = async (method, at, json) => {
        const {detail} = problem(await key.call(method, at, {json}), 403, 'insufficient_scope');
        const said = await hub.admin.make(`/v1/api-keys/${key.issued.id}/explain`, {method, path: at, body: json}, 200);
        assert.deepEqual(said.checks.filter(({ok}) => !ok), [{check: 'thing', ok: false, detail}]);
        return detail;
    };
    for (const [method, at, json] of calls) assert.match(await about(method, at, json), /team_admin.*super_admin/);
    const lead = await hub.key({...kScopes.team, type: 'admin'}, people.team_admin);
    const {detail} = problem(await lead.post(`${path}/rotate`, {}), 403, 'insufficient_scope');
    assert.match(detail, /^A key rotates itself and what it has issued/);
});

test('a key that touches a super_admin or a password is told that a person must do it', async () => {
    const key = await hub.key({...kScopes.org, type: 'admin'});
    const boss = await hub.person('chief', [{role: 'super_admin'}]);
    const robot = await hub.admin.make('/v1/service-accounts', {name: 'all', roles: [{role: 'super_admin'}]});
    const someone = await hub.person('someone', []);
    const refused = async (method, path, json, words = /super_admin who signs in/) => {
        const {detail} = problem(await key.call(method, path, {json}), 403, 'insufficient_scope');
        assert.match(detail, words);
        assert.doesNotMatch(detail, /outside this key's scope|GET \/v1\/me/);
    };
    await refused('PATCH', `/v1/users/${boss.user.id}`, {status: 'disabled'});
    await refused('PATCH', `/v1/users/${someone.user.id}`, {roles: [{role: 'super_admin'}]});
    await refused('PATCH', `/v1/service-accounts/${robot.id}`, {name: 'x'});
    await refused('DELETE', `/v1/service-accounts/${robot.id}`);
    await refused('POST', '/v1/invitations', {email: 'i@example.com', roles: [{role: 'super_admin'}]});
    const user = {email: 'p@example.com', name: 'P', password: 'a staple that no horse has seen'};
    await refused('POST', '/v1/users', user, /password/);
    assert.equal((await hub.admin.read(`/v1/users/${boss.user.id}`)).status, 'active');
});

test('GET /v1/me of a key lists no permission that no call with the key asks for', async () => {
    const mine = async (wanted, by) => (await (await hub.key(wanted, by)).read('/v1/me')).permissions;
    const {paths} = expect(await hub.nobody.get('/openapi.json'), 200);
    const asked = new Set(['metrics:read']); // of GET /metrics, which answers this machine without a key
    for (const item of Object.values(paths))
        for (const operation of Object.values(item))
            if (!/^For people( with .*)?; every API key gets 401/m.test(operation.description ?? ''))
                asked.add(operation['x-trusthub-permission']);
    for (const type of ['read_only', 'read_write']) {
        const listed = await mine({...kScopes.org, type});
        assert.deepEqual(listed.filter((name) => !asked.has(name)), []);
        assert.ok(!listed.includes('projects:read') && listed.includes('scans:read') && listed.includes('metrics:read'));
    }
    // Whoever issues keys for a project must be able to read that project.
    assert.ok((await mine({...kScopes.org, type: 'admin'})).includes('projects:read'));
    const reader = {...kScopes.org, type: 'admin', permissions: ['projects:read', 'keys:read']};
    assert.deepEqual(await mine(reader), ['keys:read']);
    assert.ok((await people.developer.read('/v1/me')).permissions.includes('projects:read'));
});

test('a key lacks what its permissions leave out, and an account that loses its right takes it from its keys', async () => {
    const reader = await hub.key({...kScopes.project, permissions: ['scans:read']});
    problem(
        await reader.post(`/v1/projects/${ledger.id}/scans`, {kind: 'source'}),
        403,
        'insufficient_scope',
    );
    expect(await reader.get(`/v1/projects/${ledger.id}/scans`), 200);
    const gina = await hub.person('gina', [{role: 'developer', team_id: payments.id}]);
    const key = await hub.key(kScopes.project, gina);
    expect(await key.get(`/v1/projects/${ledger.id}/scans`), 200);
    expect(
        await hub.admin.patch(`/v1/users/${gina.user.id}`, {
            roles: [{role: 'developer', team_id: shipping.id}],
        }),
        200,
    );
    problem(await key.get(`/v1/projects/${ledger.id}/scans`), 403, 'insufficient_scope');
    expect(await hub.admin.patch(`/v1/users/${gina.user.id}`, {status: 'disabled'}), 200);
    problem(await key.get('/v1/me'), 401, 'unauthenticated');
    problem(await gina.get('/v1/me'), 401, 'unauthenticated');
});

test('a key issues nothing wider than itself and touches no super_admin', async () => {
    const key = await hub.key({
        ...kScopes.team,
        type: 'admin',
        permissions: ['keys:write', 'keys:read', 'scans:read', 'users:write'],
    });
    problem(await key.post('/v1/api-keys', {name: 'x', scope: 'org'}), 403, 'insufficient_scope');
    expect(await key.post('/v1/api-keys', {name: 'x', ...kScopes.team, permissions: ['scans:trigger']}), 403);
    await hub.key({...kScopes.team, permissions: ['scans:read']}, key);
    const wide = await hub.key({...kScopes.org, type: 'admin'});
    problem(
        await wide.post('/v1/users', {email: 'eve@example.com', name: 'Eve', roles: [{role: 'super_admin'}]}),
        403,
        'insufficient_scope',
    );
});

test('a revoked key is refused at once; revoking belongs to issuer, team_admin and super_admin', async () => {
    const key = await hub.key(kScopes.project, people.developer);
    expect(await key.get('/v1/me'), 200);
    const path = `/v1/api-keys/${key.issued.id}`;
    expect(await people.account_manager.delete(path), 404);
    expect(await people.auditor.delete(path), 403);
    expect(await people.developer.delete(path), 204);
    problem(await key.get('/v1/me'), 401, 'unauthenticated');
    const other = await hub.key(kScopes.project);
    expect(await people.developer.delete(`/v1/api-keys/${other.issued.id}`), 403);
    expect(await people.team_admin.delete(`/v1/api-keys/${other.issued.id}`), 204);
    problem(await other.get('/v1/me'), 401, 'unauthenticated');
});

test('401 is the same for no credential, a malformed one, an unknown key and a wrong scheme', async () => {
    const key = await hub.key(kScopes.project);
    const last = key.token.at(-1) === '0' ? '1' : '0';
    const bodies = [];
    for (const header of [
        undefined,
        'Bearer',
        'Bearer ',
        'Basic YTpi',
        `Bearer ${key.token.slice(0, -1)}${last}`,
        'Bearer tos_00000000_00000000000000000000000000000000',
        `Bearer ${key.token} x`,
        'Bearer a.b.c',
    ]) {
        const answer = await hub.nobody.get('/v1/me', header === undefined ? {} : {Authorization: header});
        const {request_id: id, ...body} = problem(answer, 401, 'unauthenticated');
        bodies.push(body);
    }
    for (const body of bodies) assert.deepEqual(body, bodies[0]);
});
