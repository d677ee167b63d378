// 20,000 generated requests find no 5xx, no undocumented answer and no ignored credential
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';

import fc from 'fast-check';

import {expect, kDeadline} from '../support/hub.mjs';
import {check, counts, succeeded} from './fuzz_checks.mjs';
import {hub, pool, refill, restock} from './fuzz_hub.mjs';
import {request, slow, sound, wire} from './fuzz_requests.mjs';

// Another seed finds other things: FUZZ_SEED=7 FUZZ_REQUESTS=100000.
const kSeed = Number(process.env.FUZZ_SEED ?? 20_250_115);
const kRequests = Number(process.env.FUZZ_REQUESTS ?? 20_000);
const kAtOnce = 16;

function send({method, target, headers: fields, bytes}, retries = 3) {
    const {hostname, port} = new URL(hub.base);
    return new Promise((resolve, reject) => {
        const outgoing = http.request(
            {method, path: target, hostname, port, agent: hub.agent, headers: fields},
            (response) => {
                const parts = [];
                response.on('data', (part) => parts.push(part));
                response.on('error', reject);
                response.on('end', () =>
                    resolve({
                        status: response.statusCode,
                        headers: response.headers,
                        text: Buffer.concat(parts).toString(),
                    }),
                );
            },
        );
        outgoing.setTimeout(kDeadline, () => outgoing.destroy(new Error('no answer')));
        // The hub may end an idle connection at the moment when it is used again.
        outgoing.on('error', (error) =>
            retries > 0 && ['ECONNRESET', 'EPIPE'].includes(error.code)
                ? resolve(send({method, target, headers: fields, bytes}, retries - 1))
                : reject(error),
        );
        outgoing.end(bytes);
    });
}

async function run(one) {
    const sent = wire(one);
    const answer = await send(sent).catch((error) => {
        throw new Error(`${sent.method} ${sent.target}: ${error.message}`, {cause: error});
    });
    try {
        check(one, sent, answer);
    } catch (error) {
        const body = sent.bytes?.toString().slice(0, 1000);
        error.message +=
            `\n${one.credential.name}: ${sent.method} ${sent.target.slice(0, 500)} ` +
            `${JSON.stringify(sent.headers)} ${body}\n→ ${answer.status} ${answer.text.slice(0, 1000)}`;
        throw error;
    }
}

test(`${kRequests} requests with seed ${kSeed} are answered as documented`, async () => {
    let batches = 0;
    const details = await fc.check(
        fc.asyncProperty(
            fc.array(request, {minLength: kAtOnce, maxLength: kAtOnce}),
            async (batch) => {
                if (++batches % 150 === 0) await refill();
                else if (batches % 10 === 0) await restock();
                const results = await Promise.allSettled(batch.map(run));
                const failed = results.find(({status}) => status === 'rejected');
                if (failed) throw failed.reason;
            },
        ),
        {seed: kSeed, numRuns: Math.ceil(kRequests / kAtOnce), endOnFailure: true},
    );
    console.log(JSON.stringify(counts));
    if (details.failed) throw details.errorInstance;
    // It would prove little if most were refused for the same reason.
    const good = (counts[200] ?? 0) + (counts[201] ?? 0) + (counts[204] ?? 0);
    assert.ok(good > kRequests / 5, JSON.stringify(counts));
    const never = Object.keys(sound).filter((id) => !slow.has(id) && !succeeded.has(id));
    assert.deepEqual(never, [], 'operations that never succeeded');
    for (const status of [304, 400, 401, 403, 404, 405, 409, 412, 415, 422])
        assert.ok(counts[status] > 10, `${status}: ${counts[status]}`);
});

test('the hub still serves afterwards, and nothing was thrown', async () => {
    await refill();
    expect(await pool.clients.admin.get('/v1/me'), 200);
    const thrown = hub.lines().filter(({level}) => level === 'error');
    assert.deepEqual(thrown.slice(0, 3), []);
    assert.ok((await hub.admin.read('/v1/audit/verify')).intact);
});
