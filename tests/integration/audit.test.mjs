// every change is audited with who, from where and by which request, and nothing else is
import assert from 'node:assert/strict';
import test, {after} from 'node:test';

import {expect, startHub, until} from '../support/hub.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

const hub = await startHub({after}, {config: 'scans: {paused: true}\ntrusted_proxies: [127.0.0.1/32]'});
const me = (await hub.admin.read('/v1/me')).user;
const all = () => hub.admin.all('/v1/admin/audit');

/// The rows that came with this call, oldest first, as `table action`.
async function rowsOf(call, status) {
    const before = new Set((await all()).map((row) => row.id));
    const answer = await call();
    expect(answer, status);
    const rows = (await all()).filter((row) => !before.has(row.id)).reverse();
    for (const row of rows) assert.equal(row.request_id, answer.headers['x-request-id'], JSON.stringify(row));
    return {body: answer.body, rows, names: rows.map((row) => `${row.target_table} ${row.action}`)};
}

test('each change leaves its rows, in the same request, and no secret in them', async () => {
    const {admin} = hub;
    const changes = async (names, call, status = 201) => {
        const done = await rowsOf(call, status);
        assert.deepEqual(done.names, names);
        for (const row of done.rows) {
            assert.equal(row.actor.id, me.id);
            assert.equal(row.actor.label, 'ada@example.com');
            assert.equal(row.ip, '127.0.0.1');
        }
        return done.body;
    };
    const team = await changes(['teams create'], () => admin.post('/v1/teams', {name: 'Payments'}));
    await changes(['teams update'], () => admin.patch(`/v1/teams/${team.id}`, {name: 'Pay'}), 200);
    const url = 'https://github.com/shop/ledger';
    const project = await changes(['projects create'], () =>
        admin.post('/v1/projects', {
            name: 'Ledger',
            team_id: team.id,
            repository: {provider: 'github', url},
        }),
    );
    await changes(['projects update'], () => admin.patch(`/v1/projects/${project.id}`, {name: 'Books'}), 200);
    const {secret} = await changes(['webhook_secrets rotate'], () =>
        admin.post(`/v1/projects/${project.id}/webhook-secret`, {}),
    );
    await changes(
        ['webhook_secrets delete'],
        () => admin.delete(`/v1/projects/${project.id}/webhook-secret/previous`),
        204,
    );
    const user = await changes(['users create'], () =>
        admin.post('/v1/users', {
            email: 'dev@example.com',
            name: 'Dev',
            password: hub.secret('the password of dev'),
        }),
    );
    await changes(
        ['users update'],
        () => admin.patch(`/v1/users/${user.id}`, {roles: [{role: 'developer', team_id: team.id}]}),
        200,
    );
    const key = await changes(['api_keys create'], () =>
        admin.post('/v1/api-keys', {name: 'CI', scope: 'project', project_id: project.id}),
    );
    const scan = await changes(
        ['scans create'],
        () => admin.post(`/v1/projects/${project.id}/scans`, {kind: 'source'}),
        200,
    );
    await changes(['scans cancel'], () => admin.post(`/v1/scans/${scan.id}/cancel`), 200);
    const endpoint = await changes(['endpoints create'], () =>
        admin.post('/v1/endpoints', {url: 'http://127.0.0.1:9/', event_types: ['account.*']}),
    );
    await changes(
        ['endpoints update'],
        () => admin.patch(`/v1/endpoints/${endpoint.id}`, {description: 'x'}),
        200,
    );
    for (const secretText of [secret, key.raw_key, endpoint.secret]) hub.secret(secretText);
    await changes(['api_keys revoke'], () => admin.delete(`/v1/api-keys/${key.id}`), 204);
    await changes(['endpoints delete'], () => admin.delete(`/v1/endpoints/${endpoint.id}`), 204);
    await changes(['projects delete'], () => admin.delete(`/v1/projects/${project.id}`), 204);
    await changes(['teams delete'], () => admin.delete(`/v1/teams/${team.id}`), 409).catch(() => {});
    const text = JSON.stringify(await all());
    for (const one of hub.secrets) assert.ok(!text.includes(one), 'a secret stands in the audit log');
});

test('what is read or refused leaves none', async () => {
    for (const [call, status] of [
        [() => hub.admin.get('/v1/projects'), 200],
        [() => hub.admin.post('/v1/teams', {}), 422],
        [() => hub.nobody.post('/v1/teams', {name: 'x'}), 401],
        [() => hub.admin.delete('/v1/projects/01900000-0000-7000-8000-000000000000'), 404],
    ])
        assert.deepEqual((await rowsOf(call, status)).names, []);
});

test('a webhook is recorded with its sender, a scan with what set it off', async () => {
    const team = await hub.team('Shipping');
    const url = 'https://github.com/shop/parcels';
    const project = await hub.project(team.id, url);
    const send = () =>
        sendGithub(hub, {
            secret: project.secret,
            payload: githubPush({url, after: '1'.repeat(40)}),
            delivery: 'd-1',
        });
    const {rows, names} = await rowsOf(send, 200);
    assert.deepEqual(names, ['scans create', 'webhook_deliveries create']);
    const [scan, receipt] = rows;
    assert.equal(receipt.actor.kind, 'webhook');
    assert.equal(receipt.details.delivery_id, 'd-1');
    assert.equal(receipt.details.scan_id, scan.target_id);
    assert.equal(receipt.user_agent, 'GitHub-Hookshot/test');
    assert.equal(receipt.team_id, team.id);
    assert.deepEqual((await rowsOf(send, 200)).names, [], 'a duplicate changes nothing');
});

test('sign-ins are recorded, failed ones too, with the address that a trusted proxy tells', async () => {
    const from = {'X-Forwarded-For': '203.0.113.7, 198.51.100.9'};
    const session = (password) => () =>
        hub.nobody.post('/v1/session', {email: 'ada@example.com', password}, from);
    expect(await session('wrong')(), 401);
    const failed = await until(async () => {
        const page = await hub.admin.read('/v1/admin/audit?target_table=sessions&action=sign_in_failed');
        return page.items[0];
    }, 'a row about the failure');
    assert.equal(failed.ip, '198.51.100.9', 'only the last hop is believed');
    const {rows, names, body} = await rowsOf(session('correct horse battery staple'), 201);
    hub.secret(body.access_token);
    assert.deepEqual(names, ['sessions sign_in']);
    assert.equal(rows[0].ip, '198.51.100.9');
});

test('the filters find by actor, key, address, time and words', async () => {
    const team = await hub.team('Sales');
    const {issued, ...key} = await hub.key({scope: 'org', type: 'admin'});
    const client = Object.assign(Object.create(Object.getPrototypeOf(hub.admin)), key);
    const found = async (query) => (await hub.admin.read(`/v1/admin/audit?${query}`)).items;
    const start = new Date().toISOString();
    await client.make('/v1/teams', {name: 'Made by a key 100%'});
    const byKey = await found(`key=${issued.id}`);
    assert.deepEqual(
        byKey.map((row) => row.actor.kind),
        ['api_key'],
    );
    assert.deepEqual(
        (await found(`actor=${issued.id}`)).map((row) => row.id),
        byKey.map((row) => row.id),
    );
    assert.ok((await found(`actor=${me.id}`)).every((row) => row.actor.id === me.id));
    assert.ok((await found('ip=198.51.100.9')).length > 0);
    assert.deepEqual(
        (await found(`from=${start}&target_table=teams`)).map((row) => row.id),
        byKey.map((row) => row.id),
    );
    // As times, not as text: a time of a whole second is written without a fraction.
    assert.ok((await found(`to=${start}`)).every((row) => Date.parse(row.at) <= Date.parse(start)));
    assert.deepEqual(
        (await found('q=by%20a%20key%20100%25')).map((row) => row.id),
        byKey.map((row) => row.id),
    );
    assert.deepEqual(await found('q=by%20a%20key%20100_'), []);
    assert.ok((await found(`q=${team.id}`)).some((row) => row.target_id === team.id));
    expect(await hub.admin.get('/v1/admin/audit?from=yesterday'), 422);
});

test('the whole log is one gap-free chain', async () => {
    const rows = (await hub.admin.all('/v1/admin/audit', 7)).reverse();
    assert.deepEqual(
        rows.map((row) => row.seq),
        rows.map((_, i) => i + 1),
    );
    for (let i = 1; i < rows.length; ++i) assert.equal(rows[i].prev_hash, rows[i - 1].hash);
    const check = await hub.admin.read('/v1/audit/verify');
    assert.equal(check.intact, true);
    assert.equal(check.chains[0].head_hash, rows.at(-1).hash);
});
