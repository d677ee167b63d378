// durable_push: signed GitHub pushes of 10 KB over 64 connections, each durable before its answer,
// against a bare SQLite group-commit loop that writes the same bytes for 64 producers: the rows of a
// push into the hub's own tables (`durable_push`), or as large ones into one table (`…_flat`).
import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {Hub} from '../support/hub.mjs';
import {busyBefore, figuresOf, interleaved, median, medianRatio, metric, round, spread} from './measure.mjs';
import {kRepository, pushTemplate} from './push_template.mjs';

const kBar = 0.5;
const kRounds = 5;
const kConnections = 64;
const kPushes = 10_000;  // a sample; it spans some checkpoints of the write-ahead log
const kWarmUp = 2_000;
const kBodyBytes = 10_000;
const kTables = ['webhook_deliveries', 'scans', 'events', 'audit_log', 'deliveries'];

/// Rows of each table and the bytes of their values (a number counts 8).
function stored(hub) {
    const answer = (sql) =>
        execFileSync('sqlite3', ['-readonly', join(hub.data, 'trusthub.db'), sql], {encoding: 'utf8'}).trim();
    const size = (column) => `CASE typeof("${column}") WHEN 'null' THEN 0 WHEN 'integer' THEN 8` +
        ` ELSE length(CAST("${column}" AS BLOB)) END`;
    return kTables.map((table) => {
        const columns = answer(`SELECT name FROM pragma_table_info('${table}')`).split('\n');
        const sums = answer(`SELECT count(*), total(${columns.map(size).join('+')}) FROM ${table}`);
        const [rows, bytes] = sums.split('|').map(Number);
        return {rows, bytes};
    });
}

/// What one push costs the hub, from the pushes of `send`.
async function costOf(hub, pushes, send) {
    const counted = async () => ({tables: stored(hub), statements: await metric(hub, 'trusthub_store_statements'),
                                  commits: await metric(hub, 'trusthub_store_commits')});
    const before = await counted();
    await send(pushes);
    const after = await counted();
    const each = (name) => (after[name] - before[name]) / pushes;
    const rows = kTables.map((table, i) => ({
        table, rows: (after.tables[i].rows - before.tables[i].rows) / pushes,
        bytes: Math.round((after.tables[i].bytes - before.tables[i].bytes) / pushes),
    })).filter((row) => row.rows > 0);
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
    const shown = rows.map((row) => `${row.table} ${round(row.rows)} of ${row.bytes}`).join(', ');
    return `${bytes} bytes (${shown}), ${each('statements').toFixed(1)} statements and ` +
        `${each('commits').toFixed(3)} commits`;
}

export async function durablePush() {
    const busy = await busyBefore();
    const hub = await new Hub({config: 'scans: {paused: true}', logFile: true}).start();
    await hub.setUp();
    const {secret} = await hub.project((await hub.team('Bench')).id, kRepository);
    const template = join(hub.folder, 'push.json');
    writeFileSync(template, pushTemplate(kBodyBytes));

    let next = 1;
    const push = (count) => {
        const first = next;
        next += count;
        return figuresOf('bench_push_load', [new URL(hub.base).port, template, secret, kConnections, first, count]);
    };
    const cost = await costOf(hub, kWarmUp, push);
    const loop = (mode) => {
        const file = join(hub.folder, `${mode}.db`);
        execFileSync('sqlite3', [join(hub.data, 'trusthub.db'), `.backup '${file}'`]);
        let row = 1;
        return (count) => {
            const first = row;
            row += count;
            return figuresOf('bench_sqlite_loop', [file, kConnections, first, count, mode]);
        };
    };
    const tables = loop('tables');
    const flat = loop('flat');
    await tables(kWarmUp);
    await flat(kWarmUp);
    const samples = await interleaved(kRounds, [() => push(kPushes), () => tables(kPushes), () => flat(kPushes)]);
    await hub.close();

    const [ours, theirs, flats] = samples.map((some) => some.map((sample) => sample.pushes / sample.seconds));
    const late = samples.map((some) => round(median(some.map((sample) => sample.p99_ms))));
    const figure = {value: round(median(ours)), unit: 'pushes/s'};
    return [{...figure, name: 'durable_push', ratio: medianRatio(ours, theirs), bar: kBar,
             note: `hub ${spread(ours)} pushes/s, p99 ${late[0]} ms; loop ${spread(theirs)} pushes/s, ` +
                   `p99 ${late[1]} ms; a push costs the hub ${cost}; ${busy}`},
            {...figure, name: 'durable_push_flat', ratio: medianRatio(ours, flats), bar: 0,
             note: `loop ${spread(flats)} pushes/s, p99 ${late[2]} ms`}];
}
