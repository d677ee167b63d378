// a full disk loses nothing that was acknowledged, is told with 503, and passes
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {
    closeSync,
    fsyncSync,
    mkdtempSync,
    openSync,
    rmSync,
    statfsSync,
    unlinkSync,
    writeSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';

import {expect, Hub, until} from '../support/hub.mjs';
import {startReceiver} from '../support/receiver.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

const folder = mkdtempSync(join(tmpdir(), 'trusthub-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128m,mode=700', 'tmpfs', folder], {
    encoding: 'utf8',
});
if (mounted.status !== 0) {
    rmSync(folder, {recursive: true});
    console.log(
        `skipped: only root may mount a small disk here (${mounted.stderr?.trim() ?? mounted.error})`,
    );
    process.exit(77);
}
process.on('exit', () => {
    spawnSync('umount', ['--lazy', folder]);
    rmSync(folder, {recursive: true, force: true});
});

const kFiller = join(folder, 'filler');

/// Leaves that many bytes on the disk.
function fill(left) {
    const file = openSync(kFiller, 'a');
    const block = Buffer.alloc(64 * 1024, 1);
    try {
        for (;;) {
            const {bavail, bsize} = statfsSync(folder);
            const room = bavail * bsize - left;
            if (room <= 0) break;
            if (writeSync(file, block, 0, Math.min(room, block.length)) === 0) break;
        }
        fsyncSync(file);
    } catch (error) {
        if (error.code !== 'ENOSPC') throw error;
    } finally {
        closeSync(file);
    }
}

test('a full disk loses nothing that was acknowledged, is told with 503, and passes', async (t) => {
    const hub = new Hub({data: join(folder, 'data'), config: 'scans: {paused: true}'});
    t.after(() => hub.close());
    await hub.start();
    await hub.setUp();
    const receiver = await startReceiver(t);
    const team = await hub.team('Payments');
    const url = 'https://github.com/shop/ledger';
    const project = await hub.project(team.id, url);
    await hub.endpoint(receiver.url, ['repository.push'], {
        retry: {schedule_s: [0, 1, 1, 1, 1, 1], jitter: 0},
    });

    const key = await hub.key({scope: 'project', project_id: project.id});
    const acknowledged = [];
    let number = 0;
    const push = async (padding = 8000) => {
        const delivery = `delivery-${++number}`;
        const payload = {
            ...githubPush({url, ref: `refs/heads/b${number}`, after: String(number).padStart(40, '0')}),
            padding: 'x'.repeat(padding),
        };
        const answer = await sendGithub(hub, {secret: project.secret, payload, delivery});
        if (answer.status === 200) acknowledged.push({delivery, receipt: answer.body.receipt_id});
        return answer;
    };
    for (let i = 0; i < 20; ++i) expect(await push(), 200);

    await t.test('it refuses with 503 and Retry-After as soon as it cannot store', async () => {
        fill(256 * 1024);
        let refused;
        for (let i = 0; i < 2000 && !refused; ++i) {
            const answer = await push();
            if (answer.status !== 200) refused = answer;
        }
        assert.ok(refused, 'the disk was full at last');
        expect(refused, 503);
        assert.ok(
            Number(refused.headers['retry-after']) > 0,
            `Retry-After: ${refused.headers['retry-after']}`,
        );
        fill(0);
        // Large bodies are files of their own; they are refused no less.
        expect(await push(2 << 20), 503);
        for (const answer of await Promise.all(Array.from({length: 20}, () => push()))) expect(answer, 503);
        expect(await hub.nobody.get('/healthz'), 200);
        expect(await hub.nobody.get('/readyz'), 503);
    });

    await t.test('a key can still be revoked, and the audit log shows it', async () => {
        const path = `/v1/api-keys/${key.issued.id}`;
        await until(async () => (await hub.admin.delete(path)).status === 204, 'the revocation stored');
        expect(await key.get('/v1/me'), 401);
        const rows = await hub.admin.read('/v1/admin/audit?target_table=api_keys&action=revoke');
        assert.equal(rows.items[0].target_id, key.issued.id);
        expect(await push(), 503);
    });

    await t.test('reading still works, and every acknowledged receipt is there', async () => {
        for (const {delivery, receipt} of acknowledged)
            assert.equal((await hub.admin.read(`/v1/receipts/${receipt}`)).delivery_id, delivery);
    });

    await t.test('it takes pushes again once there is room', async () => {
        unlinkSync(kFiller);
        await until(async () => (await push()).status === 200, 'an acknowledged push');
        for (let i = 0; i < 20; ++i) expect(await push(), 200);
        await until(async () => (await hub.nobody.get('/readyz')).status === 200, 'ready');
    });

    await t.test(
        'nothing was lost, also after kill -9, and each push is told once under one id',
        async () => {
            await hub.kill9();
            await hub.start();
            const receipts = new Map(
                (await hub.admin.all('/v1/receipts')).map((receipt) => [receipt.id, receipt.delivery_id]),
            );
            for (const {delivery, receipt} of acknowledged) assert.equal(receipts.get(receipt), delivery);
            assert.equal(receipts.size, acknowledged.length, 'and nothing that was refused');
            const verified = hub.command('audit', 'verify');
            assert.equal(verified.status, 0, verified.stdout + verified.stderr);
            const events = await hub.admin.all('/v1/events?type=repository.push');
            assert.equal(events.length, acknowledged.length);
            await until(
                () => events.every((event) => receiver.ids().includes(event.id)),
                'every event at its endpoint',
            );
        },
    );
    t.diagnostic(`${acknowledged.length} of ${number} pushes were acknowledged`);
});
