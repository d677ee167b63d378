// What a hub costs before it does anything: start, first_start, idle_memory, idle_connections.
import {readdirSync, readFileSync, realpathSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {binary, expect, Hub} from '../support/hub.mjs';
import {RawConnection} from '../support/raw_http.mjs';
import {busyBefore, median, metric, round, spread} from './measure.mjs';

const kStartLimit = 300;  // ms
const kMemoryLimit = 40;  // MB of 10^6 bytes, as the next one
const kConnectionsLimit = 50;
const kRounds = 7;
const kConnections = 5_000;

const pluginsFolder = join(dirname(realpathSync(binary)), 'plugins');

/// Milliseconds from the program's start to its first 200; by then every plugin must be mapped.
async function startTime(hub) {
    const began = performance.now();
    await hub.start();
    expect(await hub.nobody.get('/healthz'), 200);
    const took = performance.now() - began;
    const maps = readFileSync(`/proc/${hub.child.pid}/maps`, 'utf8');
    const missing = readdirSync(pluginsFolder).filter((name) => name.endsWith('.so') && !maps.includes(`/${name}`));
    if (missing.length > 0) throw new Error(`not loaded at the first answer: ${missing.join(' ')}`);
    return took;
}

function startFigure(name, took, busy) {
    return [{name, value: round(median(took)), unit: 'ms', ratio: kStartLimit / median(took), bar: 1,
             note: `${spread(took)} ms from the program's start to the first 200, plugins loaded; ${busy}`}];
}

/// With a data folder that was served before.
export async function start() {
    const busy = await busyBefore();
    const hub = await new Hub().start();
    await hub.setUp();
    const took = [];
    for (let i = 0; i < kRounds; ++i) {
        await hub.stop();
        took.push(await startTime(hub));
    }
    await hub.close();
    return startFigure('start', took, busy);
}

/// With an empty data folder: makes the database and all keys.
export async function firstStart() {
    const busy = await busyBefore();
    const took = [];
    for (let i = 0; i < kRounds; ++i) {
        const hub = new Hub();
        took.push(await startTime(hub));
        await hub.close();
    }
    return startFigure('first_start', took, busy);
}

/// Resident memory in MB.
function memoryOf(hub) {
    const status = readFileSync(`/proc/${hub.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) * 1024 / 1e6;
}

/// Keep-alive connections that have had one answer each.
async function openIdle(hub) {
    const opened = [];
    while (opened.length < kConnections) {
        const some = Array.from({length: 100}, () => new RawConnection(hub));
        await Promise.all(some.map(async (connection) => {
            await connection.open;
            await connection.write('GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n');
        }));
        opened.push(...some);
    }
    await sleep(1_000);
    const answered = opened.filter(({received, socket}) => received.includes(' 200 ') && !socket.destroyed).length;
    const counted = await metric(hub, 'trusthub_http_connections');
    if (answered < kConnections || counted < kConnections)
        throw new Error(`${answered} idle connections were served and are open, the hub counts ${counted}`);
    return opened;
}

export async function idle() {
    const hub = await new Hub().start();
    await hub.setUp();
    // The second start hashes no password, whose freed memory would hide what connections take.
    await hub.restart();
    await sleep(1_000);
    const alone = memoryOf(hub);
    const connections = await openIdle(hub);
    const added = memoryOf(hub) - alone;
    for (const connection of connections) connection.end();
    await hub.close();
    return [
        {name: 'idle_memory', value: round(alone), unit: 'MB', ratio: kMemoryLimit / alone, bar: 1},
        {name: 'idle_connections', value: round(added), unit: 'MB', ratio: kConnectionsLimit / Math.max(added, 0.1),
         bar: 1, note: `${kConnections} plain keep-alive connections, each after one request`},
    ];
}
