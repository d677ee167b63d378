// connections are kept by team, and a webhook key delivers to one for senders that cannot sign
import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import test, {after} from 'node:test';

import {expect, startHub, until} from '../support/hub.mjs';
import {githubPush, sha256Signature} from '../support/senders.mjs';

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const red = await hub.team('Red');
const blue = await hub.team('Blue');
const kUrl = 'https://git.example.com/red/app.git';
const app = await hub.project(red.id, kUrl);
const twin = await hub.project(blue.id, kUrl);
const lead = await hub.person('lead', [{role: 'team_admin', team_id: red.id}]);
const manager = await hub.person('manager', [{role: 'account_manager', team_id: red.id}]);
const stranger = await hub.person('stranger', [{role: 'team_admin', team_id: blue.id}]);
const connection = await lead.make('/v1/connections', {connector: 'github', name: 'Appliance', team_id: red.id});
const path = `/v1/webhooks/${connection.id}`;

const push = (more = {}) => githubPush({url: kUrl, after: 'a'.repeat(40), nonce: randomUUID(), ...more});
const deliver = (headers, {to = path, payload = push()} = {}) =>
    hub.nobody.call('POST', to, {
        body: typeof payload === 'string' ? payload : JSON.stringify(payload),
        headers: {'Content-Type': 'application/json', 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': randomUUID(), ...headers},
    });
const webhookKey = (wanted, by = lead) => hub.key({type: 'webhook', permissions: [], ...wanted}, by);
const bearer = (key) => ({Authorization: `Bearer ${key.token}`});
const basic = (key) => ({Authorization: `Basic ${Buffer.from(`any:${key.token}`).toString('base64')}`});

test('a connection is made, read, changed and removed, with audit rows and events', async () => {
    assert.equal(connection.status, 'active');
    assert.deepEqual(connection.settings, {api_url: 'https://api.github.com'});
    assert.deepEqual(connection.secrets_set, []);
    const made = await lead.make('/v1/connections', {connector: 'inventory', name: 'Listing', settings: {omit_dev: true}});
    assert.equal(made.team_id, red.id);
    assert.deepEqual(made.settings, {omit_dev: true, exclude_folders: ['node_modules']});
    const changed = expect(await lead.patch(`/v1/connections/${made.id}`, {name: 'Inventory', settings: {}, status: 'paused'}), 200);
    assert.equal(changed.name, 'Inventory');
    assert.equal(changed.settings.omit_dev, false);
    assert.equal(changed.status, 'paused');
    assert.deepEqual(await lead.read(`/v1/connections/${made.id}`), changed);
    expect(await lead.delete(`/v1/connections/${made.id}`), 204);
    expect(await lead.get(`/v1/connections/${made.id}`), 404);
    const rows = (await hub.admin.read('/v1/admin/audit?target_table=connections')).items.filter((row) => row.target_id === made.id);
    assert.deepEqual(rows.map((row) => row.action), ['delete', 'update', 'create']);
    for (const type of ['created', 'updated', 'deleted']) {
        const {items} = await hub.admin.read(`/v1/events?type=connection.${type}`);
        assert.ok(items.some((event) => event.data.id === made.id), type);
    }
});

test('settings that do not fit are named', async () => {
    const wrong = {connector: 'inventory', name: 'X', team_id: red.id, settings: {omit_dev: 'maybe', colour: 1, exclude_folders: [{}]}};
    const {errors} = expect(await lead.post('/v1/connections', wrong), 422);
    assert.deepEqual(errors.map((error) => error.pointer).sort(), ['/settings/colour', '/settings/exclude_folders', '/settings/omit_dev']);
    expect(await lead.post('/v1/connections', {connector: 'nothing', name: 'X', team_id: red.id}), 422);
    expect(await lead.post('/v1/connections', {connector: 'github', name: 'Appliance', team_id: red.id}), 409);
    expect(await lead.patch(`/v1/connections/${connection.id}`, {status: 'asleep'}), 422);
});

test('managers read and do not change; other teams find nothing', async () => {
    assert.equal((await manager.read('/v1/connections')).items[0].id, connection.id);
    expect(await manager.patch(`/v1/connections/${connection.id}`, {name: 'Mine'}), 403);
    expect(await manager.post('/v1/connections', {connector: 'github', name: 'Y', team_id: red.id}), 403);
    assert.deepEqual((await stranger.read('/v1/connections')).items, []);
    expect(await stranger.get(`/v1/connections/${connection.id}`), 404);
    expect(await stranger.delete(`/v1/connections/${connection.id}`), 404);
    const key = await hub.key({scope: 'team', team_id: blue.id, type: 'read_write', permissions: ['connections:read', 'connections:write']});
    expect(await key.get(`/v1/connections/${connection.id}`), 403);
    const team = await hub.team('Leaving');
    await hub.admin.make('/v1/connections', {connector: 'github', name: 'Z', team_id: team.id});
    assert.equal(expect(await hub.admin.delete(`/v1/teams/${team.id}`), 409).code, 'team_in_use');
});

test('a webhook key delivers as Bearer and as the password of Basic, as that key', async () => {
    const key = await webhookKey({scope: 'team', team_id: red.id});
    const first = expect(await deliver(bearer(key)), 200);
    assert.equal(first.status, 'enqueued');
    assert.deepEqual(first.scans.map((one) => one.project_id), [app.id]);
    assert.equal(expect(await deliver(basic(key)), 200).status, 'coalesced');
    const receipt = await lead.read(`/v1/receipts/${first.receipt_id}`);
    assert.equal(receipt.verified_by, 'webhook_key');
    assert.equal(receipt.connection_id, connection.id);
    const row = (await hub.admin.read('/v1/admin/audit?target_table=webhook_deliveries&action=create')).items.find((one) => one.target_id === first.receipt_id);
    assert.deepEqual(row.actor, {kind: 'api_key', id: key.issued.id, label: key.issued.key_prefix});
    await until(async () => (await lead.read(`/v1/api-keys/${key.issued.id}`)).last_used_at, 'the last use');
});

test('a webhook key does nothing else, and nothing else is a webhook key', async () => {
    const key = await webhookKey({scope: 'team', team_id: red.id});
    expect(await key.get('/v1/me'), 401);
    expect(await deliver(bearer(key), {to: '/v1/webhooks/github'}), 401);
    const writer = await hub.key({scope: 'team', team_id: red.id, type: 'read_write', permissions: ['scans:trigger']});
    expect(await deliver(bearer(writer)), 401);
    expect(await deliver({Authorization: 'Basic ***'}), 401);
    expect(await deliver({}), 401);
});

test('the scope of the key and the team of the connection bound what it reaches', async () => {
    const other = await hub.project(red.id, 'https://git.example.com/red/other.git');
    const narrow = await webhookKey({scope: 'project', project_id: other.id});
    expect(await deliver(bearer(narrow)), 401);
    expect(await deliver(bearer(narrow), {payload: push({repository: {clone_url: 'https://git.example.com/red/other.git'}})}), 200);
    const foreign = await webhookKey({scope: 'team', team_id: blue.id}, stranger);
    expect(await deliver(bearer(foreign)), 401);
    const whole = await webhookKey({scope: 'org'}, hub.admin);
    assert.deepEqual(expect(await deliver(bearer(whole)), 200).scans.map((one) => one.project_id), [app.id]);
    const wide = await hub.admin.make('/v1/connections', {connector: 'github', name: 'Everywhere', team_id: null});
    const both = expect(await deliver(bearer(whole), {to: `/v1/webhooks/${wide.id}`}), 200);
    assert.deepEqual(both.scans.map((one) => one.project_id).sort(), [app.id, twin.id].sort());
});

test('a key ends at once when it is revoked or its issuer loses the team', async () => {
    const key = await webhookKey({scope: 'team', team_id: red.id});
    expect(await deliver(bearer(key)), 200);
    expect(await lead.delete(`/v1/api-keys/${key.issued.id}`), 204);
    expect(await deliver(bearer(key)), 401);
    const leaver = await hub.person('leaver', [{role: 'team_admin', team_id: red.id}]);
    const theirs = await webhookKey({scope: 'team', team_id: red.id}, leaver);
    expect(await deliver(bearer(theirs)), 200);
    expect(await hub.admin.patch(`/v1/users/${leaver.user.id}`, {roles: []}), 200);
    expect(await deliver(bearer(theirs)), 401);
});

test('a signature counts on the path of a connection too, and a wrong one is not saved by a key', async () => {
    const key = await webhookKey({scope: 'team', team_id: red.id});
    const payload = JSON.stringify(push());
    const signature = (secret) => ({'X-Hub-Signature-256': sha256Signature(secret, payload)});
    expect(await deliver({...bearer(key), ...signature('wrong')}, {payload}), 401);
    const signedBy = expect(await deliver(signature(app.secret), {payload}), 200);
    assert.equal((await lead.read(`/v1/receipts/${signedBy.receipt_id}`)).verified_by, 'signature');
    const other = JSON.stringify(push());
    expect(await deliver({'X-Hub-Signature-256': sha256Signature(twin.secret, other)}, {payload: other}), 401);
});

test('once a project has a signing token, an unsigned delivery is refused with a key too', async () => {
    const url = 'https://gitlab.example.com/red/lab.git';
    const lab = await hub.project(red.id, url, {provider: 'gitlab'});
    const gate = await lead.make('/v1/connections', {connector: 'gitlab', name: 'Lab', team_id: red.id});
    const key = await webhookKey({scope: 'team', team_id: red.id});
    const send = () =>
        hub.nobody.call('POST', `/v1/webhooks/${gate.id}`, {
            body: JSON.stringify({object_kind: 'push', ref: 'refs/heads/main', before: '0'.repeat(40), after: 'b'.repeat(40), checkout_sha: 'b'.repeat(40), total_commits_count: 1, project: {git_http_url: url}, nonce: randomUUID()}),
            headers: {'Content-Type': 'application/json', 'X-Gitlab-Event': 'Push Hook', ...bearer(key)},
        });
    expect(await send(), 200);
    await hub.webhookSecret(lab.id, {kind: 'signing'});
    expect(await send(), 401);
});

test('a key in the URL is refused and told as leaked', async () => {
    const key = await webhookKey({scope: 'team', team_id: red.id});
    expect(await deliver(bearer(key), {to: `${path}?key=${key.token}`}), 401);
    await until(
        async () => (await hub.admin.read('/v1/admin/audit?action=leak')).items.find((row) => row.target_id === key.issued.id),
        'the leak',
    );
    const [refusal] = (await hub.admin.read('/v1/receipts?outcome=refused')).items;
    assert.equal(refusal.reason, 'key_in_url');
});

test('a connection that is paused or not there refuses like any other', async () => {
    const key = await webhookKey({scope: 'team', team_id: red.id});
    expect(await deliver(bearer(key), {to: `/v1/webhooks/${randomUUID()}`}), 401);
    expect(await lead.patch(`/v1/connections/${connection.id}`, {status: 'paused'}), 200);
    const answer = expect(await deliver(bearer(key)), 401);
    assert.equal(answer.code, 'webhook_not_verified');
    expect(await lead.patch(`/v1/connections/${connection.id}`, {status: 'active'}), 200);
    expect(await deliver(bearer(key)), 200);
});
