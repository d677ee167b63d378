// rights are judged again at the commit, end with their origin, and stay with their team
import assert from 'node:assert/strict';
import {statSync} from 'node:fs';
import {join} from 'node:path';
import test, {after} from 'node:test';

import {expect, startHub} from '../support/hub.mjs';
import {startReceiver} from '../support/receiver.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const red = await hub.team('Red');
const blue = await hub.team('Blue');
const app = await hub.project(red.id, 'https://github.com/red/app.git');

test('a key that a key issued dies with it', async () => {
    const parent = await hub.key({scope: 'org', type: 'admin'});
    const child = await hub.key({scope: 'project', project_id: app.id}, parent);
    await child.read('/v1/me');
    expect(await hub.admin.delete(`/v1/api-keys/${parent.issued.id}`), 204);
    expect(await child.get('/v1/me'), 401);
});

test('a super_admin who is disabled while adding a user adds none', async () => {
    // Hashing the password takes a while: the account is disabled in that time.
    for (let i = 0; i < 4; ++i) {
        const rogue = await hub.person(`rogue${i}`, [{role: 'super_admin'}]);
        const [added, disabled] = await Promise.all([
            rogue.post('/v1/users', {email: `door${i}@example.com`, name: 'Door',
                                     password: hub.secret(`a long password ${i}`), roles: [{role: 'super_admin'}]}),
            hub.admin.patch(`/v1/users/${rogue.user.id}`, {status: 'disabled'}),
        ]);
        expect(disabled, 200);
        const rows = (await hub.admin.read('/v1/admin/audit?target_table=users')).items;
        const off = rows.find((row) => row.action === 'update' && row.target_id === rogue.user.id);
        const made = rows.find((row) => row.action === 'create' && row.actor.id === rogue.user.id);
        assert.equal(added.status === 201, made !== undefined, added.text);
        if (made) assert.ok(made.seq < off.seq, 'whoever is disabled changes nothing afterwards');
    }
});

test('deliveries to an endpoint of the organization are hidden from teams', async (t) => {
    const receiver = await startReceiver(t);
    const endpoint = await hub.endpoint(receiver.url, ['account.created']);
    const key = await hub.key({scope: 'team', team_id: red.id, type: 'read_write'});
    const event = {type: 'account.created', data: {account_id: 'acc_1', name: 'Acme', status: 'active'}};
    const made = await key.make('/v1/events', event);
    assert.deepEqual(made.deliveries, []);
    const seen = (await hub.admin.read(`/v1/endpoints/${endpoint.id}/deliveries`)).items;
    assert.equal(seen.length, 1);
    expect(await key.get(`/v1/deliveries/${seen[0].id}`), 403);
    expect(await key.post(`/v1/deliveries/${seen[0].id}/retry`, {}), 403);
});

test("a project's key reads no receipts once its issuer has left the team", async () => {
    const dev = await hub.person('dev', [{role: 'developer', team_id: red.id}]);
    const key = await hub.key({scope: 'project', project_id: app.id, type: 'read_only'}, dev);
    const payload = githubPush({url: 'https://github.com/red/app.git', after: 'a'.repeat(40)});
    expect(await sendGithub(hub, {secret: app.secret, payload}), 200);
    assert.equal((await key.read(`/v1/receipts?project_id=${app.id}`)).items.length, 1);
    expect(await hub.admin.patch(`/v1/users/${dev.user.id}`, {roles: [{role: 'developer', team_id: blue.id}]}), 200);
    expect(await key.get(`/v1/receipts?project_id=${app.id}`), 403);
});

test('the last super_admin who can sign in for good stays', async () => {
    const {user} = await hub.admin.read('/v1/me');
    const soon = new Date(Date.now() + 60_000).toISOString();
    for (const change of [{status: 'disabled'}, {roles: []}, {roles: [{role: 'super_admin', expires_at: soon}]}]) {
        const answer = await hub.admin.patch(`/v1/users/${user.id}`, change);
        // Others of this file are super_admins too, but disabled.
        assert.equal(expect(answer, 409).code, 'last_super_admin');
    }
    const past = await hub.admin.patch(`/v1/users/${user.id}`,
                                       {roles: [{role: 'super_admin', expires_at: '2020-01-01T00:00:00Z'}]});
    assert.equal(expect(past, 422).errors[0].pointer, '/roles/0/expires_at');
});

test('an idempotency_key of an event stands for that event only', async () => {
    const event = {type: 'account.created', idempotency_key: 'k-1',
                   data: {account_id: 'acc_7', name: 'Acme', status: 'active'}};
    const first = await hub.admin.make('/v1/events', event);
    assert.equal((await hub.admin.make('/v1/events', event)).id, first.id);
    const other = await hub.admin.post('/v1/events', {...event, data: {...event.data, name: 'Other'}});
    assert.equal(expect(other, 422).code, 'idempotency_mismatch');
    expect(await hub.admin.post('/v1/events', {...event, team_id: '01900000-0000-7000-8000-000000000000'}), 422);
});

test('a repository URL with a password is refused in any spelling', async () => {
    for (const url of ['HTTPS://user:pw@host.example/a/b', 'https://token@host.example/a/b', 'ssh://git:pw@host.example/a/b']) {
        const answer = await hub.admin.post('/v1/projects',
                                            {name: 'x', team_id: red.id, repository: {provider: 'github', url}});
        assert.equal(expect(answer, 422).errors[0].pointer, '/repository/url');
    }
});

test('a team with endpoints or keys in force is not removed', async () => {
    const team = await hub.team('Green');
    const key = await hub.key({scope: 'team', team_id: team.id});
    assert.equal(expect(await hub.admin.delete(`/v1/teams/${team.id}`), 409).code, 'team_in_use');
    expect(await hub.admin.delete(`/v1/api-keys/${key.issued.id}`), 204);
    expect(await hub.admin.delete(`/v1/teams/${team.id}`), 204);
});

test("metrics and reasons of unreadiness are the host's, not those of callers through a proxy", async () => {
    expect(await hub.nobody.get('/metrics'), 200);
    expect(await hub.nobody.get('/metrics', {'X-Forwarded-For': '203.0.113.9'}), 401);
});

test("the database is its user's alone", () => {
    for (const name of ['trusthub.db', 'trusthub.db-wal', 'master.key'])
        assert.equal(statSync(join(hub.data, name)).mode & 0o077, 0, name);
});

test('a ref that git would not take is no scan', async () => {
    const payload = githubPush({url: 'https://github.com/red/app.git', ref: 'refs/heads/*', after: 'b'.repeat(40)});
    const answer = expect(await sendGithub(hub, {secret: app.secret, payload}), 200);
    assert.equal(answer.status, 'ignored');
    assert.equal(answer.scan_id, null);
});
