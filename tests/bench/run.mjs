// ./hub bench [NAME…]: runs the benchmarks whose name contains NAME and prints one line a figure:
//   bench NAME VALUE UNIT ratio=R bar=B ok|short
// R is against the limit or the peer measured in the same run, more is better; bar=0 only informs.
// What a figure is made of goes to standard error. Exit status 1: a figure is short.
import {rmSync} from 'node:fs';

import {deliveries} from './deliveries.mjs';
import {durablePush} from './durable_push.mjs';
import {healthz} from './healthz.mjs';
import {keyed} from './keyed.mjs';
import {scratchFolder} from './measure.mjs';
import {firstStart, idle, start} from './standing.mjs';
import {verifyKeys} from './verify_keys.mjs';

const benchmarks = [
    {figures: ['start'], run: start},
    {figures: ['first_start'], run: firstStart},
    {figures: ['idle_memory', 'idle_connections'], run: idle},
    {figures: ['healthz_32'], run: () => healthz(32)},
    {figures: ['healthz_512'], run: () => healthz(512)},
    {figures: ['me', 'scan_get'], run: keyed},
    {figures: ['durable_push', 'durable_push_flat'], run: durablePush},
    {figures: ['verify_keys', 'verify_keys_flat'], run: verifyKeys},
    {figures: ['deliveries', 'delivery_statements'], run: deliveries},
];

const wanted = process.argv.slice(2);
const chosen = (figure) => wanted.length === 0 || wanted.some((name) => figure.includes(name));
const toRun = benchmarks.filter((benchmark) => benchmark.figures.some(chosen));
if (toRun.length === 0) {
    const all = benchmarks.flatMap((benchmark) => benchmark.figures).join(' ');
    console.error(`no benchmark's name contains ${wanted.join(' or ')}; there are: ${all}`);
    process.exit(2);
}

const folder = scratchFolder();
process.on('exit', () => rmSync(folder, {recursive: true, force: true}));
for (const benchmark of toRun) {
    for (const {name, value, unit, ratio, bar, note} of await benchmark.run()) {
        if (note) console.error(`# ${name}: ${note}`);
        if (!chosen(name)) continue;
        // What is printed decides, so that no line reads `ratio=0.70 bar=0.7 short`.
        const shown = ratio.toFixed(2);
        const ok = Number(shown) >= bar;
        if (!ok) process.exitCode = 1;
        console.log(`bench ${name} ${value} ${unit} ratio=${shown} bar=${bar} ${ok ? 'ok' : 'short'}`);
    }
}
