// deliveries: a backlog goes to one local endpoint, against wrk's POSTs to the same sink.
// delivery_statements: SQL statements of the writer for each delivered event.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {Hub, kDeadline} from '../support/hub.mjs';
import {busyBefore, interleaved, median, medianRatio, metric, round, spread, startNginx, wrk} from './measure.mjs';

const kRounds = 3;
const kBacklog = 5_000;
const kPosting = 32;   // requests in flight while the backlog is made
const kInFlight = 16;  // as many as the hub has for one endpoint
const kStatements = 6;

const accountOf = (number) => ({account_id: `acc_${number}`, name: 'Acme Corporation', status: 'active'});

/// A client of the sink that stores nothing and signs nothing.
function sinkPeer(hub, url) {
    const script = join(hub.folder, 'post.lua');
    const body = {event: 'account.created', timestamp: '2025-01-15T10:00:00Z', data: accountOf(1),
                  signature: `sha256=${'0'.repeat(64)}`};
    writeFileSync(script, `wrk.method = "POST"\nwrk.body = '${JSON.stringify(body)}'\n` +
                          'wrk.headers["Content-Type"] = "application/json"\n');
    return () => wrk(url, kInFlight, 2, ['-s', script]);
}

export async function deliveries() {
    const busy = await busyBefore();
    const sink = await startNginx('return 204;');
    const hub = await new Hub({logFile: true}).start();
    await hub.setUp();
    const endpoint = await hub.endpoint(`${sink.url}hook`, ['account.created']);
    const delivered = () => metric(hub, 'trusthub_webhook_attempts_total', 'result="delivered"');
    const statements = () => metric(hub, 'trusthub_store_statements');

    let number = 0;
    const makeBacklog = async () => {
        const last = number + kBacklog;
        await Promise.all(Array.from({length: kPosting}, async () => {
            while (number < last)
                await hub.admin.make('/v1/events', {type: 'account.created', data: accountOf(++number)});
        }));
    };
    const drain = async () => {
        await hub.admin.make(`/v1/endpoints/${endpoint.id}/pause`, undefined, 200);
        await makeBacklog();
        const before = {delivered: await delivered(), statements: await statements()};
        const began = performance.now();
        await hub.admin.make(`/v1/endpoints/${endpoint.id}/resume`, undefined, 200);
        for (let done = 0; done < kBacklog; done = await delivered() - before.delivered) {
            if (performance.now() - began > kDeadline) throw new Error(`only ${done} of ${kBacklog} were delivered`);
            await sleep(10);
        }
        const rate = kBacklog / (performance.now() - began) * 1_000;
        return {rate, statements: (await statements() - before.statements) / kBacklog};
    };
    const [samples, theirs] = await interleaved(kRounds, [drain, sinkPeer(hub, `${sink.url}hook`)]);
    await hub.close();
    await sink.stop();

    const ours = samples.map((sample) => sample.rate);
    const each = median(samples.map((sample) => sample.statements));
    return [
        {name: 'deliveries', value: round(median(ours)), unit: 'deliveries/s', ratio: medianRatio(ours, theirs), bar: 0,
         note: `hub ${spread(ours)}, wrk ${spread(theirs)} a second to one nginx worker; ${busy}`},
        {name: 'delivery_statements', value: round(each), unit: 'statements', ratio: kStatements / each, bar: 0},
    ];
}
