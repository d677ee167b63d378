// outbound webhooks are retried, disabled, signed and guarded as promised
import assert from 'node:assert/strict';
import test from 'node:test';

import {Webhook} from 'standardwebhooks';

import {expect, startHub, until} from '../support/hub.mjs';
import {startReceiver} from '../support/receiver.mjs';
import {sha256Signature} from '../support/senders.mjs';

const kAtOnce = (tries) => ({schedule_s: Array(tries).fill(0), jitter: 0});
const kData = {account_id: 'acc_123', name: 'Acme Corporation', status: 'active'};

const emit = (hub, data = kData) => hub.admin.make('/v1/events', {type: 'account.created', data});

async function ended(hub, id) {
    return until(async () => {
        const delivery = await hub.admin.read(`/v1/deliveries/${id}`);
        return delivery.status !== 'pending' && delivery;
    }, `the end of delivery ${id}`);
}

test('a delivery is tried again after 500 under the same webhook-id until it is taken', async (t) => {
    const hub = await startHub(t);
    const receiver = await startReceiver(t, () => ({
        status: receiver.requests.length < 2 ? 500 : 200,
        body: 'hm',
    }));
    await hub.endpoint(receiver.url, ['account.*'], {retry: kAtOnce(4)});
    const event = await emit(hub);
    const delivery = await ended(hub, event.deliveries[0].id);
    assert.equal(delivery.status, 'delivered');
    assert.deepEqual(
        delivery.attempt_log.map((attempt) => attempt.status_code),
        [500, 500, 200],
    );
    assert.deepEqual(
        delivery.attempt_log.map((attempt) => attempt.response),
        ['hm', 'hm', 'hm'],
    );
    assert.deepEqual(receiver.ids(), [event.id, event.id, event.id]);
    assert.equal(new Set(receiver.requests.map((request) => request.body)).size, 1);
    assert.deepEqual(JSON.parse(receiver.requests[0].body).data, kData);
});

test('after the last try it has failed, and a manual retry delivers it under the same id', async (t) => {
    const hub = await startHub(t);
    let status = 503;
    const receiver = await startReceiver(t, () => ({status}));
    const endpoint = await hub.endpoint(receiver.url, ['account.*'], {retry: kAtOnce(2)});
    const event = await emit(hub);
    const id = event.deliveries[0].id;
    assert.equal((await ended(hub, id)).status, 'failed');
    assert.equal(receiver.requests.length, 2);
    const failed = await hub.admin.all(`/v1/endpoints/${endpoint.id}/deliveries?status=failed`);
    assert.deepEqual(
        failed.map((delivery) => delivery.id),
        [id],
    );
    status = 204;
    expect(await hub.admin.post(`/v1/deliveries/${id}/retry`), 200);
    const delivery = await ended(hub, id);
    assert.equal(delivery.status, 'delivered');
    assert.deepEqual(
        delivery.attempt_log.map((attempt) => attempt.trigger),
        ['schedule', 'schedule', 'manual'],
    );
    assert.deepEqual(new Set(receiver.ids()), new Set([event.id]));
});

test('410 disables the endpoint, and resuming it brings what waited', async (t) => {
    const hub = await startHub(t);
    let status = 410;
    const receiver = await startReceiver(t, () => ({status}));
    const endpoint = await hub.endpoint(receiver.url, ['account.*'], {retry: kAtOnce(5)});
    const gone = await emit(hub);
    assert.equal((await ended(hub, gone.deliveries[0].id)).status, 'failed');
    const disabled = await hub.admin.read(`/v1/endpoints/${endpoint.id}`);
    assert.equal(disabled.status, 'disabled');
    assert.match(disabled.status_reason, /410/);
    assert.equal(receiver.requests.length, 1);
    status = 200;
    expect(await hub.admin.post(`/v1/endpoints/${endpoint.id}/resume`), 200);
    const next = await emit(hub);
    assert.equal((await ended(hub, next.deliveries[0].id)).status, 'delivered');
});

test('a paused endpoint holds its deliveries and sends them when it is resumed', async (t) => {
    const hub = await startHub(t);
    const receiver = await startReceiver(t);
    const endpoint = await hub.endpoint(receiver.url, ['account.*']);
    expect(await hub.admin.post(`/v1/endpoints/${endpoint.id}/pause`), 200);
    const held = [await emit(hub), await emit(hub)];
    await hub.endpoint(receiver.url + '?other', ['account.*']);
    const other = await emit(hub);
    await receiver.wait((request) => request.path.endsWith('?other'), 'the other endpoint');
    assert.ok(receiver.requests.every((request) => request.path.endsWith('?other')));
    expect(await hub.admin.post(`/v1/endpoints/${endpoint.id}/resume`), 200);
    for (const event of [...held, other]) for (const {id} of event.deliveries) await ended(hub, id);
    const own = receiver.requests
        .filter((request) => request.path === '/hook')
        .map((request) => request.headers['webhook-id']);
    assert.deepEqual(own.sort(), [...held, other].map((event) => event.id).sort());
});

test('a receiver that hangs delays nobody else', async (t) => {
    const hub = await startHub(t);
    const hanging = await startReceiver(t, () => null);
    const prompt = await startReceiver(t);
    const slow = await hub.endpoint(hanging.url, ['account.*'], {timeout_ms: 30_000});
    await hub.endpoint(prompt.url, ['account.*']);
    for (let i = 0; i < 60; ++i) await emit(hub, {...kData, account_id: `acc_${i}`});
    await prompt.waitForCount(60);
    assert.ok(hanging.requests.length > 0);
    const waiting = await hub.admin.read(`/v1/endpoints/${slow.id}/deliveries?status=pending&limit=200`);
    assert.equal(waiting.items.length, 60, 'none of the hanging ones has ended meanwhile');
});

test('a redirect is not followed', async (t) => {
    const hub = await startHub(t);
    const target = await startReceiver(t);
    const receiver = await startReceiver(t, () => ({status: 307, headers: {Location: target.url}}));
    await hub.endpoint(receiver.url, ['account.*'], {retry: kAtOnce(1)});
    const delivery = await ended(hub, (await emit(hub)).deliveries[0].id);
    assert.equal(delivery.status, 'failed');
    assert.equal(delivery.attempt_log[0].failure, 'redirect');
    assert.equal(target.requests.length, 0);
});

test('without egress.allow nothing on this machine or its network can be reached, in any notation', async (t) => {
    const hub = await startHub(t, {egress: false});
    const receiver = await startReceiver(t);
    const hosts = [
        '127.0.0.1',
        '127.1',
        '2130706433',
        '0x7f000001',
        '0177.0.0.1',
        '[::1]',
        '[::ffff:127.0.0.1]',
        '[::ffff:7f00:1]',
        '[64:ff9b::7f00:1]',
        '[2002:7f00:1::]',
        '0.0.0.0',
        '10.0.0.1',
        '169.254.169.254',
        '192.168.1.1',
        '172.16.0.1',
        '100.64.0.1',
        '[fe80::1]',
        '[fd00::1]',
    ];
    for (const host of hosts) {
        const answer = await hub.admin.post('/v1/endpoints', {
            url: `http://${host}:${receiver.port}/`,
            event_types: ['*'],
        });
        assert.equal(expect(answer, 422).errors[0].pointer, '/url', host);
    }
    // A name can be anything by the time it is used, so it is refused then.
    await hub.endpoint(`http://localhost:${receiver.port}/hook`, ['account.*'], {retry: kAtOnce(1)});
    const delivery = await ended(hub, (await emit(hub)).deliveries[0].id);
    assert.equal(delivery.status, 'failed');
    assert.equal(delivery.attempt_log[0].failure, 'egress_denied');
    assert.equal(receiver.requests.length, 0);
});

test('during a rotation both secrets sign, and the single-valued forms keep the old one', async (t) => {
    const hub = await startHub(t);
    const receiver = await startReceiver(t);
    const endpoint = await hub.endpoint(receiver.url, ['account.*']);
    const rotated = await hub.admin.make(`/v1/endpoints/${endpoint.id}/rotate-secret`, {overlap_hours: 1});
    hub.secret(rotated.secret);
    assert.notEqual(rotated.secret, endpoint.secret);
    await emit(hub);
    await receiver.waitForCount(1);
    const [{headers, body}] = receiver.requests;
    assert.equal(headers['webhook-signature'].split(' ').length, 2);
    for (const secret of [endpoint.secret, rotated.secret]) new Webhook(secret).verify(body, headers);
    assert.equal(headers['x-trusthub-signature-256'], sha256Signature(endpoint.secret, body));
    // Without an overlap the old one ends at once.
    const last = await hub.admin.make(`/v1/endpoints/${endpoint.id}/rotate-secret`, {overlap_hours: 0});
    hub.secret(last.secret);
    await emit(hub);
    await receiver.waitForCount(2);
    const after = receiver.requests[1];
    assert.equal(after.headers['webhook-signature'].split(' ').length, 1);
    new Webhook(last.secret).verify(after.body, after.headers);
    assert.equal(after.headers['x-trusthub-signature-256'], sha256Signature(last.secret, after.body));
});

test('an imported secret, own headers and the Standard Webhooks form are used as asked', async (t) => {
    const hub = await startHub(t);
    const receiver = await startReceiver(t);
    const secret = hub.secret('a secret that somebody else chose');
    const header = hub.secret('Basic dXNlcjpwYXNzd29yZA==');
    const endpoint = await hub.endpoint(receiver.url, ['account.*'], {
        secret,
        payload: 'standard_webhooks',
        headers: {'Authorization': header, 'X-Team': 'payments'},
    });
    assert.deepEqual(endpoint.headers, {'Authorization': '[redacted]', 'X-Team': '[redacted]'});
    await emit(hub);
    await receiver.waitForCount(1);
    const [{headers, body}] = receiver.requests;
    assert.deepEqual(Object.keys(JSON.parse(body)), ['event', 'timestamp', 'data']);
    assert.equal(headers.authorization, header);
    assert.equal(headers['x-team'], 'payments');
    new Webhook(secret, {format: 'raw'}).verify(body, headers);
    assert.ok(!(await hub.admin.get(`/v1/endpoints/${endpoint.id}`)).text.includes(secret));
    for (const name of ['webhook-id', 'X-TrustHub-Signature-256', 'Content-Length', 'Host'])
        expect(await hub.admin.patch(`/v1/endpoints/${endpoint.id}`, {headers: {[name]: 'x'}}), 422);
});

test('the data of an event is delivered as the text that came in', async (t) => {
    const hub = await startHub(t);
    const receiver = await startReceiver(t);
    await hub.endpoint(receiver.url, ['account.*']);
    const data =
        '{"account_id":"a", "name":"Ac\\u006de é","status":"active","n":1.10,"big":12345678901234567890123,"s":[ 1 ,2]}';
    const body = `{"type":"account.created","data":${data}}`;
    expect(
        await hub.admin.call('POST', '/v1/events', {body, headers: {'Content-Type': 'application/json'}}),
        201,
    );
    await receiver.waitForCount(1);
    assert.ok(receiver.requests[0].body.includes(`"data":${data},"signature"`), receiver.requests[0].body);
});

test('an endpoint of a team hears of its team only, one of the organization of all', async (t) => {
    const hub = await startHub(t);
    const [payments, shipping] = [await hub.team('Payments'), await hub.team('Shipping')];
    const [own, all] = [await startReceiver(t), await startReceiver(t)];
    await hub.endpoint(own.url, ['api_key.*'], {team_id: payments.id});
    await hub.endpoint(all.url, ['api_key.*']);
    const ours = await hub.key({scope: 'team', team_id: payments.id});
    const theirs = await hub.key({scope: 'team', team_id: shipping.id});
    const org = await hub.key({scope: 'org'});
    const idsAt = (receiver) => receiver.requests.map((request) => JSON.parse(request.body).data.id).sort();
    await all.waitForCount(3);
    assert.deepEqual(idsAt(all), [ours, theirs, org].map((key) => key.issued.id).sort());
    await own.waitForCount(1);
    assert.deepEqual(idsAt(own), [ours.issued.id]);
});

test('a test send reaches that endpoint only, marked as one', async (t) => {
    const hub = await startHub(t);
    const receiver = await startReceiver(t);
    const other = await startReceiver(t);
    const endpoint = await hub.endpoint(receiver.url, ['account.*']);
    await hub.endpoint(other.url, ['*']);
    const sent = await hub.admin.make(`/v1/endpoints/${endpoint.id}/test`, {type: 'account.created'});
    assert.equal((await ended(hub, sent.delivery_id)).status, 'delivered');
    assert.equal(receiver.requests[0].headers['x-trusthub-test'], 'true');
    assert.deepEqual(receiver.ids(), [sent.event_id]);
    assert.ok(other.of('account.created').length === 0);
});

test('what was under way when the hub was killed is sent again after its start, under the same id', async (t) => {
    const hub = await startHub(t);
    let hang = true;
    const receiver = await startReceiver(t, () => (hang ? null : {status: 200}));
    await hub.endpoint(receiver.url, ['account.*'], {timeout_ms: 30_000});
    const event = await emit(hub);
    await receiver.waitForCount(1);
    await hub.kill9();
    hang = false;
    await hub.start();
    assert.equal((await ended(hub, event.deliveries[0].id)).status, 'delivered');
    assert.deepEqual(receiver.ids(), [event.id, event.id]);
    assert.equal(receiver.requests[0].body, receiver.requests[1].body);
});

test('what is due later survives a restart', async (t) => {
    const hub = await startHub(t);
    let status = 500;
    const receiver = await startReceiver(t, () => ({status}));
    await hub.endpoint(receiver.url, ['account.*'], {retry: {schedule_s: [0, 2], jitter: 0}});
    const event = await emit(hub);
    await until(
        async () => (await hub.admin.read(`/v1/deliveries/${event.deliveries[0].id}`)).attempts === 1,
        'the first try',
    );
    status = 200;
    await hub.restart();
    assert.equal((await ended(hub, event.deliveries[0].id)).status, 'delivered');
    assert.deepEqual(receiver.ids(), [event.id, event.id]);
});
