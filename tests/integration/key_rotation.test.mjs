// keys are rotated by hand and on a schedule, with an overlap and without handing the secret to the wrong one
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import test, {after} from 'node:test';

import sodium from 'libsodium-wrappers';

import {Client, expect, startHub, until} from '../support/hub.mjs';
import {startReceiver} from '../support/receiver.mjs';

await sodium.ready;
const hub = await startHub({after}, {config: 'scans: {paused: true}\noutbound: {schedule_s: [0, 1, 1]}'});
const payments = await hub.team('Payments');
const kTeamKey = {scope: 'team', team_id: payments.id, type: 'admin'};

async function rotate(key, body, by = hub.admin) {
    const rotated = expect(await by.post(`/v1/api-keys/${key.issued.id}/rotate`, body), 201);
    return Object.assign(new Client(hub, hub.secret(rotated.raw_key)), {issued: rotated});
}

function refused(answer, status, code) {
    assert.equal(expect(answer, status).code, code);
    return answer.body;
}

/// The clock of a running hub cannot be turned: times are moved instead.
const makeDue = (id) => whileStopped(`UPDATE api_key_rotation_schedules SET due_at = 1 WHERE key_id = '${id}'`);
async function whileStopped(sql) {
    await hub.stop();
    const done = spawnSync('sqlite3', [join(hub.data, 'trusthub.db'), sql], {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stderr);
    await hub.start();
}

test('both keys work after a rotation until the overlap is ended', async () => {
    const old = await hub.key({...kTeamKey, expires_in_days: 90});
    const next = await rotate(old, {overlap_hours: 2});
    assert.equal(next.issued.supersedes, old.issued.id);
    assert.equal(next.issued.expires_at, old.issued.expires_at);
    assert.notEqual(next.issued.key_prefix, old.issued.key_prefix);
    const until = Date.parse(next.issued.previous_valid_until) - Date.now();
    assert.ok(Math.abs(until - 2 * 3_600_000) < 60_000, next.issued.previous_valid_until);
    expect(await old.get('/v1/me'), 200);
    expect(await next.get('/v1/me'), 200);
    const report = await hub.admin.read(`/v1/api-keys/${next.issued.id}/rotation`);
    assert.equal(report.old_key_id, old.issued.id);
    assert.deepEqual(
        report.family.map((key) => key.id),
        [next.issued.id, old.issued.id],
    );
    assert.equal(report.schedule, null);

    expect(await hub.admin.delete(`/v1/api-keys/${next.issued.id}/overlap`), 204);
    expect(await old.get('/v1/me'), 401);
    expect(await next.get('/v1/me'), 200);
    expect(await hub.admin.delete(`/v1/api-keys/${old.issued.id}/overlap`), 204);
});

test('the report names the address from which the old key is still used', async () => {
    const old = await hub.key(kTeamKey);
    const next = await rotate(old);
    expect(await old.get('/v1/me'), 200);
    const uses = async () => (await hub.admin.read(`/v1/api-keys/${next.issued.id}/rotation`)).old_key_uses;
    const [use] = await uses();
    assert.deepEqual([use?.ip, use?.requests], ['127.0.0.1', 1], 'the call of just now');
    expect(await old.get('/v1/me'), 200);
    assert.equal((await uses())[0].requests, 2);
});

test('a rotation is refused where it would not fit, each with a code of its own', async () => {
    const old = await hub.key(kTeamKey);
    const path = `/v1/api-keys/${old.issued.id}`;
    refused(await hub.admin.delete(`${path}/overlap`), 404, 'not_rotated');
    refused(await hub.admin.post(`${path}/rotate`, {overlap_hours: 721}), 422, 'invalid_input');
    refused(await hub.admin.post(`${path}/rotate`, {overlap: 1}), 422, 'invalid_input');
    const next = await rotate(old);
    const again = refused(await hub.admin.post(`${path}/rotate`), 409, 'already_rotated');
    assert.ok(again.detail.includes(next.issued.id));
    const nextPath = `/v1/api-keys/${next.issued.id}`;
    refused(await hub.admin.post(`${nextPath}/rotate`), 409, 'rotation_in_progress');
    expect(await hub.admin.delete(nextPath), 204);
    refused(await hub.admin.post(`${nextPath}/rotate`), 409, 'key_ended');
});

test('another team finds no key to rotate, and a developer may not rotate what others issued', async () => {
    const shipping = await hub.team('Shipping');
    const stranger = await hub.person('tom', [{role: 'team_admin', team_id: shipping.id}]);
    const developer = await hub.person('dev', [{role: 'developer', team_id: payments.id}]);
    const key = await hub.key(kTeamKey);
    const path = `/v1/api-keys/${key.issued.id}`;
    expect(await stranger.post(`${path}/rotate`), 404);
    expect(await stranger.get(`${path}/rotation`), 404);
    expect(await developer.post(`${path}/rotate`), 403);
    expect(await developer.call('PUT', `${path}/rotation-schedule`, {json: {every_days: 30}}), 403);
    expect(await developer.get(`${path}/rotation`), 200);
    expect(await key.get('/v1/me'), 200);
});

test('both keys die with their issuer, and with what is taken from him', async () => {
    const issuer = await hub.person('ida', [{role: 'team_admin', team_id: payments.id}]);
    const kWide = {...kTeamKey, permissions: ['events:write', 'scans:read']};
    const old = await hub.key(kWide, issuer);
    const next = await rotate(old, {}, issuer);
    const event = {type: 'account.created', data: {account_id: 'acc_1', name: 'A', status: 'active'}};
    const send = (key) => key.post('/v1/events', {...event, team_id: payments.id});
    const user = `/v1/users/${issuer.user.id}`;
    const demoted = {roles: [{role: 'developer', team_id: payments.id}]};
    expect(await hub.admin.patch(user, demoted), 200);
    for (const key of [old, next]) expect(await send(key), 403);
    expect(await hub.admin.patch(user, {status: 'disabled'}), 200);
    for (const key of [old, next]) expect(await key.get('/v1/me'), 401);
});

test('the replay of a rotation with an Idempotency-Key makes no second successor and shows no secret', async () => {
    const old = await hub.key(kTeamKey);
    const once = {'Idempotency-Key': 'rotate-once'};
    const first = expect(await hub.admin.post(`/v1/api-keys/${old.issued.id}/rotate`, {}, once), 201);
    hub.secret(first.raw_key);
    const second = expect(await hub.admin.post(`/v1/api-keys/${old.issued.id}/rotate`, {}, once), 201);
    assert.equal(second.id, first.id);
    assert.equal(second.raw_key, undefined);
    assert.equal(second.secret_shown, true);
});

test('a schedule is set, read and removed', async () => {
    const key = await hub.key({...kTeamKey, rotation: {every_days: 30}});
    const path = `/v1/api-keys/${key.issued.id}`;
    const {schedule} = await hub.admin.read(`${path}/rotation`);
    assert.equal(schedule.every_days, 30);
    assert.equal(schedule.overlap_hours, 24);
    assert.equal(schedule.status, 'scheduled');
    const changed = await hub.admin.call('PUT', `${path}/rotation-schedule`, {
        json: {every_days: 7, overlap_hours: 1},
    });
    assert.equal(expect(changed, 200).every_days, 7);
    expect(await hub.admin.delete(`${path}/rotation-schedule`), 204);
    assert.equal((await hub.admin.read(`${path}/rotation`)).schedule, null);
    // A successor ends when its key does: nothing that could never come due is taken.
    const late = await hub.admin.post('/v1/api-keys', {...kTeamKey, name: 'x', expires_in_days: 90, rotation: {every_days: 90}});
    assert.equal(expect(late, 422).errors[0].pointer, '/rotation/every_days');
    const bad = {...kTeamKey, name: 'x', rotation: {every_days: 400, deliver: {endpoint_id: 'e'}}};
    const body = refused(await hub.admin.post('/v1/api-keys', bad), 422, 'invalid_input');
    assert.deepEqual(body.errors.map((error) => error.pointer).sort(), [
        '/rotation/deliver/endpoint_id',
        '/rotation/deliver/public_key',
        '/rotation/every_days',
    ]);
});

test('a due rotation without a receiver waits for a person', async () => {
    const key = await hub.key({...kTeamKey, rotation: {every_days: 30}});
    await makeDue(key.issued.id);
    const waiting = await until(async () => {
        const {schedule} = await hub.admin.read(`/v1/api-keys/${key.issued.id}/rotation`);
        return schedule.status === 'waiting_for_person' && schedule;
    }, 'the call for a person');
    assert.equal(waiting.reason, 'no_receiver');
    const next = await rotate(key);
    const {schedule} = await hub.admin.read(`/v1/api-keys/${next.issued.id}/rotation`);
    assert.equal(schedule.status, 'scheduled');
});

test('a scheduled successor reaches its receiver alone, sealed, and the overlap begins when it has answered', async (t) => {
    const pair = sodium.crypto_box_keypair();
    const receiver = await startReceiver(t);
    const bystander = await startReceiver(t);
    const endpoint = await hub.endpoint(receiver.url, ['account.created'], {team_id: payments.id});
    await hub.endpoint(bystander.url, ['*'], {team_id: payments.id});
    let answers = 0;
    receiver.answer = () => ({status: ++answers === 1 ? 503 : 204});
    const key = await hub.key({
        ...kTeamKey,
        rotation: {
            every_days: 30,
            overlap_hours: 5,
            deliver: {
                endpoint_id: endpoint.id,
                public_key: Buffer.from(pair.publicKey).toString('base64'),
            },
        },
    });
    await makeDue(key.issued.id);
    const done = await until(async () => {
        const found = await hub.admin.read(`/v1/api-keys/${key.issued.id}/rotation`);
        return found.superseded_by && found;
    }, 'the end of the rotation');
    assert.equal(answers, 2);

    const {data} = JSON.parse(receiver.requests.at(-1).body);
    assert.equal(data.supersedes, key.issued.id);
    assert.equal(data.id, done.superseded_by);
    const plain = sodium.crypto_box_seal_open(
        sodium.from_base64(data.sealed_key, sodium.base64_variants.ORIGINAL),
        pair.publicKey,
        pair.privateKey,
    );
    const successor = new Client(hub, hub.secret(Buffer.from(plain).toString()));
    expect(await successor.get('/v1/me'), 200);
    expect(await key.get('/v1/me'), 200);
    const left = Date.parse(done.previous_valid_until) - Date.now();
    assert.ok(left > 4.9 * 3_600_000 && left <= 5 * 3_600_000, done.previous_valid_until);

    const told = await bystander.waitFor('api_key.rotated');
    const seen = JSON.parse(told.body).data;
    assert.equal(seen.id, data.id);
    assert.equal(seen.sealed_key, undefined);
    for (const request of bystander.requests) assert.ok(!request.body.includes(data.sealed_key));
});

test('a rotation does not end the warning of an end that stays', async () => {
    const old = await hub.key({...kTeamKey, expires_in_days: 90});
    await whileStopped(
        `UPDATE api_keys SET expires_at = CAST(strftime('%s','now') AS INTEGER) * 1000 + 561600000, created_at = 1
         WHERE id = '${old.issued.id}'`,
    );
    const alerts = async (key) => (await hub.admin.all('/v1/alerts')).filter(({target}) => target.id === key.issued.id);
    await until(async () => (await alerts(old)).length > 0, 'the alert');
    const next = await rotate(old, {});
    const read = await hub.admin.read(`/v1/api-keys/${next.issued.id}`);
    assert.ok(next.issued.expires_at);
    assert.equal(next.issued.expires_at, read.expires_at);
    // In the same commit.
    const [alert] = await alerts(next);
    assert.deepEqual([alert.kind, alert.state, alert.severity], ['api_key_expiring', 'open', 'critical']);
    assert.ok(alert.action.startsWith(`Rotation renews the secret, not the end: to go on after ${read.expires_at}`), alert.action);
    assert.match(alert.action, /POST \/v1\/api-keys/);
    assert.deepEqual((await alerts(old)).map((one) => one.resolution), ['key_rotated']);
});
