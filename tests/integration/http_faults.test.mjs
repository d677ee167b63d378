// hostile, slow and oversized HTTP is refused or outlived without delaying others
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test, {after} from 'node:test';

import {expect, startHub, until} from '../support/hub.mjs';
import {exchange, RawConnection, responsesIn} from '../support/raw_http.mjs';
import {githubPush, sendGithub, sha256Signature} from '../support/senders.mjs';

const kMiB = 1 << 20;
const kLimit = 25 * kMiB;
const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const payments = await hub.team('Payments');
const shipping = await hub.team('Shipping');

/// A push whose body has exactly that many bytes.
function pushOf(url, bytes, after = 'a'.repeat(40)) {
    const body = JSON.stringify({...githubPush({url, after}), padding: ''});
    return body.replace('"padding":""', `"padding":"${'x'.repeat(bytes - body.length)}"`);
}

const githubHeaders = (secret, body, more) => ({
    'Content-Type': 'application/json',
    'X-GitHub-Event': 'push',
    'X-GitHub-Delivery': 'raw',
    'X-Hub-Signature-256': sha256Signature(secret, body),
    ...more,
});

const headOf = (headers) =>
    'POST /v1/webhooks/github HTTP/1.1\r\nHost: hub\r\n' +
    Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('') +
    '\r\n';

/// How many files a process may have open.
function openFilesOf(process) {
    const soft = /^Max open files +(\S+)/m.exec(readFileSync(`/proc/${process}/limits`, 'utf8'))[1];
    return soft === 'unlimited' ? Infinity : Number(soft);
}

test('a body of 25 MiB is taken, one byte more is 413', async () => {
    const url = 'https://github.com/shop/large';
    const {secret} = await hub.project(payments.id, url);
    assert.equal(
        expect(await sendGithub(hub, {secret, payload: pushOf(url, kLimit)}), 200).status,
        'enqueued',
    );
    const early = await exchange(
        hub,
        headOf({'Content-Type': 'application/json', 'Content-Length': kLimit + 1}),
    );
    assert.equal(responsesIn(early).status, 413);
    assert.match(early, /"code":"too_large"/);
    assert.match(early, new RegExp(`larger than ${kLimit} bytes`));
    const small = expect(await hub.admin.post('/v1/teams', {name: 'x'.repeat(kMiB + 1)}), 413);
    assert.match(small.detail, new RegExp(`larger than ${kMiB} bytes`));
});

test('a client that goes on sending far too much learns of the 413 instead of a reset', async () => {
    for (const size of [26, 60])
        assert.equal(
            expect(await sendGithub(hub, {secret: 'x', payload: Buffer.alloc(size * kMiB, 'x')}), 413).code,
            'too_large',
        );
});

test('bodies under way share one budget: who comes too late gets 503 with Retry-After, small requests go on', async (t) => {
    const url = 'https://github.com/shop/budget';
    const {secret} = await hub.project(payments.id, url);
    const open = Array.from({length: 13}, () => new RawConnection(hub));
    t.after(() => open.forEach((connection) => connection.end()));
    for (const connection of open) {
        await connection.open;
        await connection.write(headOf({'Content-Type': 'application/json', 'Content-Length': kLimit}));
        await connection.write('x'.repeat(kLimit - 10));
    }
    const refused = await until(
        () =>
            open.filter((connection) => connection.received).length >= 3 &&
            open.filter((connection) => connection.received),
        'refusals',
    );
    for (const {received} of refused) {
        assert.equal(responsesIn(received).status, 503);
        assert.match(received, /^Retry-After: \d+\r$/m);
    }
    assert.ok(refused.length < open.length, 'the first ones are still welcome');
    expect(await sendGithub(hub, {secret, payload: pushOf(url, 2000)}), 200);
    expect(await hub.admin.post('/v1/teams', {name: 'Sales'}), 201);
});

test('a chunked push is verified over its decoded bytes; endless chunks end with 413', async () => {
    const url = 'https://github.com/shop/chunks';
    const {secret} = await hub.project(payments.id, url);
    const body = pushOf(url, 3000);
    const parts = body
        .match(/.{1,700}/gs)
        .map((part) => `${part.length.toString(16)};name=value\r\n${part}\r\n`);
    const head = headOf(githubHeaders(secret, body, {'Transfer-Encoding': 'chunked', 'Connection': 'close'}));
    const answer = await exchange(hub, head + parts.join('') + '0\r\nX-Trailer: dropped\r\n\r\n');
    assert.equal(responsesIn(answer).status, 200, answer);

    const endless = new RawConnection(hub);
    await endless.open;
    await endless.write(headOf({'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked'}));
    const chunk = `100000\r\n${'x'.repeat(kMiB)}\r\n`;
    for (let sent = 0; sent < 40 && !endless.received; ++sent) await endless.write(chunk);
    await until(() => endless.received.includes('413'), 'the refusal');
    endless.end();
});

test('a request that two readers could frame differently is refused and nothing behind it is served', async () => {
    const smuggled = 'GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n';
    const probes = {
        'length and chunks':
            'POST /v1/session HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'two lengths':
            'POST /v1/session HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\n',
        'the same length twice':
            'POST /v1/session HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n',
        'a list of lengths': 'POST /v1/session HTTP/1.1\r\nHost: hub\r\nContent-Length: 0, 0\r\n\r\n',
        'a signed length': 'POST /v1/session HTTP/1.1\r\nHost: hub\r\nContent-Length: +0\r\n\r\n',
        'a hexadecimal length': 'POST /v1/session HTTP/1.1\r\nHost: hub\r\nContent-Length: 0x0\r\n\r\n',
        'xchunked': 'POST /v1/session HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
        'gzip, chunked':
            'POST /v1/session HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
        'chunked twice':
            'POST /v1/session HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'chunks on HTTP/1.0':
            'POST /v1/session HTTP/1.0\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'a space before the colon':
            'POST /v1/session HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
        'a folded line': 'POST /v1/session HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\nX: a\r\n b\r\n\r\n',
        'a bare line feed': 'POST /v1/session HTTP/1.1\nHost: hub\nContent-Length: 0\n\n',
        'a bare carriage return': 'POST /v1/session HTTP/1.1\r\nHost: hub\r\nX: a\rContent-Length: 5\r\n\r\n',
        'a NUL': 'GET /healthz HTTP/1.1\r\nHost: hub\r\nX: a\0b\r\n\r\n',
        'no Host': 'GET /healthz HTTP/1.1\r\n\r\n',
        'two Hosts': 'GET /healthz HTTP/1.1\r\nHost: hub\r\nHost: other\r\n\r\n',
        'no length': 'POST /v1/session HTTP/1.1\r\nHost: hub\r\n\r\n',
        'an absolute target': 'GET http://hub/healthz HTTP/1.1\r\nHost: hub\r\n\r\n',
        'a target beyond ASCII': 'GET /healthz\xe9 HTTP/1.1\r\nHost: hub\r\n\r\n',
        'a negative chunk':
            'POST /v1/session HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n',
        'a chunk that is longer than it says':
            'POST /v1/session HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n',
        'too many fields': `GET /healthz HTTP/1.1\r\nHost: hub\r\n${'X: y\r\n'.repeat(101)}\r\n`,
        'HTTP/2.0': 'GET /healthz HTTP/2.0\r\nHost: hub\r\n\r\n',
    };
    for (const [what, bytes] of Object.entries(probes)) {
        const answer = await exchange(hub, bytes + smuggled);
        const {count, status} = responsesIn(answer);
        assert.equal(count, 1, `${what}: ${answer}`);
        assert.ok(status >= 400 && status < 600 && status !== 500, `${what}: ${status}`);
        assert.ok(!answer.includes('"status":"ok"'), what);
    }
});

test('requests behind each other on one connection are answered in order', async () => {
    const one = 'GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n';
    const last = 'GET /v1/nothing HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n';
    const answer = await exchange(hub, one.repeat(20) + last);
    const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => match[1]);
    assert.deepEqual(statuses, [...Array(20).fill('200'), '404']);
});

test('a client that closes its side after the request, or expects 100-continue, is served', async () => {
    const half = new RawConnection(hub);
    await half.open;
    half.socket.end('GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n');
    await half.closed;
    assert.equal(responsesIn(half.received).status, 200);

    const polite = new RawConnection(hub);
    await polite.open;
    await polite.write(
        'POST /v1/session HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n' +
            'Content-Length: 2\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n',
    );
    await until(() => polite.received === 'HTTP/1.1 100 Continue\r\n\r\n', '100 Continue');
    await polite.write('{}');
    await polite.closed;
    assert.match(polite.received, /HTTP\/1\.1 422 /);
});

test('odd targets are answered, not guessed at', async () => {
    const odd = {
        '/v1/projects/%2e%2e/teams': 404,
        '/v1//projects': 404,
        '/v1/projects/%00': 404,
        '/%': 404,
        '/v1/teams/%F0%9F%92%A9': 404,
        '/v1/teams/%ff': 404,
        [`/v1/teams/${'x'.repeat(5000)}`]: 404,
        '/v1/projects?limit=%zz': 400,
        '/v1/projects?limit=1&limit=2': 400,
        [`/v1/projects?${'a=1&'.repeat(3000)}`]: 414,
    };
    for (const [target, status] of Object.entries(odd)) expect(await hub.admin.get(target), status);
});

test('clients that send slowly or only half do not delay others', async (t) => {
    const url = 'https://github.com/shop/slow';
    const {secret} = await hub.project(payments.id, url);
    const body = pushOf(url, 2000);
    const bytes = headOf(githubHeaders(secret, body, {'Content-Length': body.length})) + body;
    const slow = Array.from({length: 200}, () => new RawConnection(hub));
    t.after(() => slow.forEach((connection) => connection.end()));
    await Promise.all(slow.map((connection) => connection.open));
    // Half a request line, half a head, half a body.
    const cuts = [5, 60, bytes.length - 500];
    await Promise.all(slow.map((connection, i) => connection.write(bytes.slice(0, cuts[i % 3]))));
    for (let i = 0; i < 50; ++i) {
        expect(await hub.nobody.get('/healthz'), 200);
        expect(await hub.admin.get('/v1/projects'), 200);
    }
    assert.ok(
        slow.every((connection) => connection.received === ''),
        'nobody was answered before all was there',
    );
    // One that is slow but goes on is served in the end.
    const patient = slow[2];
    for (const byte of bytes.slice(cuts[2])) await patient.write(byte);
    await until(() => patient.received.includes('\r\n\r\n'), 'the answer');
    assert.equal(responsesIn(patient.received).status, 200);
});

test('5,000 idle clients do not delay others and are still there afterwards', async (t) => {
    const count = 5000;
    const limit = Math.min(openFilesOf('self'), openFilesOf(hub.child.pid));
    if (limit < count + 500) return t.skip(`open files are limited to ${limit}; raise ulimit -n`);
    const idle = [];
    t.after(() => idle.forEach((connection) => connection.end()));
    while (idle.length < count) {
        const some = Array.from({length: 100}, () => new RawConnection(hub));
        idle.push(...some);
        await Promise.all(some.map((connection) => connection.open));
    }
    for (let i = 0; i < 50; ++i) expect(await hub.admin.get('/v1/projects'), 200);
    for (const connection of [idle[0], idle[count >> 1], idle.at(-1)]) {
        await connection.write('GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n');
        await until(() => responsesIn(connection.received).status === 200, 'an idle client is served');
    }
    assert.ok(idle.every((connection) => !connection.socket.destroyed));
});

test('of several projects of one repository exactly those are served whose own secret verifies', async () => {
    const url = 'https://github.com/shop/shared.git';
    const oldest = await hub.project(payments.id, url, {name: 'oldest'});
    const same = await hub.project(shipping.id, url, {name: 'same', secret: oldest.secret});
    const other = await hub.project(shipping.id, url, {name: 'other'});
    const push = (secret, after) =>
        sendGithub(hub, {secret, payload: githubPush({url, after: after.repeat(40)})});
    const both = expect(await push(oldest.secret, '1'), 200);
    assert.deepEqual(
        both.scans.map((scan) => scan.project_id),
        [oldest.id, same.id],
    );
    assert.equal(new Set(both.scans.map((scan) => scan.scan_id)).size, 2);
    assert.equal(both.scan_id, both.scans[0].scan_id);
    assert.notEqual(both.scans[0].receipt_id, both.scans[1].receipt_id);
    const one = expect(await push(other.secret, '2'), 200);
    assert.deepEqual(
        one.scans.map((scan) => scan.project_id),
        [other.id],
    );
});

test('during an overlap old and new secret both verify, afterwards only the new one', async () => {
    const url = 'https://github.com/shop/overlap';
    const project = await hub.project(payments.id, url);
    const fresh = await hub.webhookSecret(project.id, {overlap_hours: 1});
    let n = 0;
    const push = (secret) =>
        sendGithub(hub, {secret, payload: githubPush({url, after: String(++n).padStart(40, '0')})});
    expect(await push(project.secret), 200);
    expect(await push(fresh), 200);
    const status = await hub.admin.read(`/v1/projects/${project.id}/webhook-secret`);
    assert.deepEqual(
        status.secrets.map((secret) => secret.valid_until === null),
        [true, false],
    );
    expect(await hub.admin.delete(`/v1/projects/${project.id}/webhook-secret/previous`), 204);
    expect(await push(project.secret), 401);
    expect(await push(fresh), 200);
    await hub.webhookSecret(project.id, {overlap_hours: 0});
    expect(await push(fresh), 401);
});

test('a project that is removed takes its secret and receipts along', async () => {
    const url = 'https://github.com/shop/removed';
    const project = await hub.project(payments.id, url);
    const send = () =>
        sendGithub(hub, {secret: project.secret, payload: githubPush({url, after: 'e'.repeat(40)})});
    const {receipt_id: receipt, scan_id: scan} = expect(await send(), 200);
    expect(await hub.admin.delete(`/v1/projects/${project.id}`), 204);
    expect(await send(), 401);
    expect(await hub.admin.get(`/v1/receipts/${receipt}`), 404);
    expect(await hub.admin.get(`/v1/scans/${scan}`), 404);
});
