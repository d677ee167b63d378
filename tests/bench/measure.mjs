// What the benchmarks share: a folder, peers, samples by turns, medians, and what others did meanwhile.
import {execFile, spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, statfsSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {dirname, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';

import {binary, until} from '../support/hub.mjs';

const execute = promisify(execFile);
const kTmpfs = 0x01021994;

/// Hubs and peers of this run keep their files there. On a disk: /tmp may be memory, where fsync is free.
export function scratchFolder() {
    const folder = mkdtempSync(join(process.env.TMPDIR ?? '/var/tmp', 'trusthub-bench-'));
    if (statfsSync(folder).type === kTmpfs)
        console.error(`# ${folder} is memory, no disk: durable_push says nothing; set TMPDIR to a disk`);
    process.env.TMPDIR = folder;
    return folder;
}

export function median(numbers) {
    const sorted = [...numbers].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/// The median of the ratios of neighbours, which drift in the machine's speed does not touch.
export const medianRatio = (ours, theirs) => median(ours.map((value, i) => value / theirs[i]));

export const round = (number) => (number >= 100 ? Math.round(number) : Number(number.toPrecision(3)));
export const spread = (numbers) =>
    `${round(median(numbers))} (${round(Math.min(...numbers))} to ${round(Math.max(...numbers))})`;

/// Samples of each in turn, so that what else the machine does meets all alike.
export async function interleaved(rounds, samplers) {
    const results = samplers.map(() => []);
    for (let i = 0; i < rounds; ++i)
        for (const [index, sampler] of samplers.entries()) results[index].push(await sampler(i));
    return results;
}

/// Part of all cores' time that was busy during half a second in which nothing of ours runs.
export async function busyBefore() {
    const read = () => {
        const times = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1, 9).map(Number);
        return {all: times.reduce((sum, time) => sum + time), idle: times[3] + times[4]};
    };
    const before = read();
    await sleep(500);
    const after = read();
    const busy = 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all);
    return `${Math.round(100 * busy)} % of the machine was busy before`;
}

async function freePort() {
    const server = createServer();
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const {port} = server.address();
    await new Promise((done) => server.close(done));
    return port;
}

/// An nginx with one worker and nothing switched on but what `location` answers: {url, stop()}.
export async function startNginx(location) {
    const folder = mkdtempSync(join(process.env.TMPDIR, 'nginx-'));
    const port = await freePort();
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    mkdirSync(join(folder, 'tmp'));
    writeFileSync(join(folder, 'nginx.conf'), `
        daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr error;
        events { worker_connections 4096; }
        http {
            access_log off; server_tokens off; default_type application/json;
            keepalive_requests 1000000000; keepalive_timeout 75s;
            ${temporary.map((name) => `${name}_temp_path ${folder}/tmp/${name};`).join(' ')}
            server { listen 127.0.0.1:${port} backlog=4096; location / { ${location} } }
        }`);
    const child = spawn('nginx', ['-p', folder, '-c', `${folder}/nginx.conf`], {stdio: ['ignore', 'inherit', 'inherit']});
    const gone = new Promise((done) => child.on('close', done));
    const end = () => child.kill('SIGTERM');
    process.on('exit', end);
    const url = `http://127.0.0.1:${port}/`;
    await until(async () => (await fetch(url)).ok, 'nginx serves');
    return {url, stop: async () => { end(); await gone; process.off('exit', end); }};
}

/// What one keep-alive request of wrk's kind is answered: {headers, bytes, body}.
export async function answerOf(url) {
    const {stdout} = await execute('curl', ['--silent', '--fail', '--include', '--http1.1', url]);
    const [head, body] = stdout.split('\r\n\r\n');
    const headers = head.split('\r\n').slice(1);
    return {headers, bytes: head.length, body};
}

/// Requests a second.
export async function wrk(url, connections, seconds, more = []) {
    const words = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', ...more, url];
    const {stdout} = await execute('wrk', words);
    if (/Socket errors|Non-2xx/.test(stdout)) throw new Error(`wrk met errors:\n${stdout}`);
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]);
}

/// Runs a program of ours, which prints its figures as JSON.
export async function figuresOf(program, words) {
    const folder = process.env.TRUSTHUB_BUILD ?? dirname(binary);
    return JSON.parse((await execute(join(folder, 'tests/bench', program), words.map(String))).stdout);
}

/// A metric of the hub, summed over those of its rows that hold `labels`.
export async function metric(hub, name, labels = '') {
    const {text} = await hub.nobody.get('/metrics');
    return text.split('\n')
        .filter((line) => (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(labels))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
