// the hub serves TLS 1.2 and 1.3 with its own certificate, and nothing less
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {after} from 'node:test';
import tls from 'node:tls';

import {expect, startHub} from '../support/hub.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

const folder = mkdtempSync(join(tmpdir(), 'trusthub-tls-'));
after(() => rmSync(folder, {recursive: true, force: true}));
const certificate = join(folder, 'hub.crt');
const key = join(folder, 'hub.key');
execFileSync(
    'openssl',
    [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=hub',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        key,
        '-out',
        certificate,
    ],
    {stdio: 'ignore'},
);
const ca = readFileSync(certificate);
const hub = await startHub(
    {after},
    {ca, config: `scans: {paused: true}\ntls: {certificate: ${certificate}, key: ${key}}`},
);
const port = Number(new URL(hub.base).port);

function handshake(options) {
    return new Promise((resolve, reject) => {
        const socket = tls.connect({host: '127.0.0.1', port, ca, ...options}, () => {
            resolve(socket.getProtocol());
            socket.destroy();
        });
        socket.once('error', reject);
    });
}

test('people, keys and webhooks work over TLS, large bodies too', async () => {
    assert.match(hub.base, /^https:/);
    const team = await hub.team('Payments');
    const url = 'https://github.com/shop/ledger';
    const project = await hub.project(team.id, url);
    const payload = {...githubPush({url, after: 'a'.repeat(40)}), padding: 'x'.repeat(5 << 20)};
    assert.equal(expect(await sendGithub(hub, {secret: project.secret, payload}), 200).status, 'enqueued');
    const client = await hub.key({scope: 'project', project_id: project.id});
    expect(await client.post(`/v1/projects/${project.id}/scans`, {kind: 'source'}), 200);
    const many = await Promise.all(Array.from({length: 200}, () => hub.admin.get('/v1/projects')));
    for (const answer of many) expect(answer, 200);
});

test('TLS 1.2 and 1.3 are spoken, older versions are refused', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'])
        assert.equal(await handshake({minVersion: version, maxVersion: version}), version);
    const old = {minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0'};
    await assert.rejects(handshake(old));
});

test('plain HTTP, noise and clients that stop in the handshake do not hold up others', async (t) => {
    const open = Array.from({length: 100}, () => net.connect(port, '127.0.0.1'));
    t.after(() => open.forEach((socket) => socket.destroy()));
    for (const [i, socket] of open.entries()) {
        socket.on('error', () => {});
        if (i % 3 === 0) socket.write('GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n');
        if (i % 3 === 1) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
    }
    for (let i = 0; i < 20; ++i) {
        assert.equal(await handshake({}), 'TLSv1.3');
        expect(await hub.nobody.get('/healthz'), 200);
    }
});
