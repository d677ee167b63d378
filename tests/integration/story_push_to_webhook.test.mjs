// story: a push from GitHub is verified, scanned and told to a subscriber
import assert from 'node:assert/strict';
import {cpSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {fileURLToPath} from 'node:url';

import {Spec, Validation} from '@cyclonedx/cyclonedx-library';
import {Webhook} from 'standardwebhooks';

import {expect, startHub, until} from '../support/hub.mjs';
import {startReceiver} from '../support/receiver.mjs';
import {githubPush, Repository, sendGithub, sha256Signature} from '../support/senders.mjs';

const kTree = fileURLToPath(new URL('../fixtures/inventory/tree', import.meta.url));

/// As the design says: the HMAC covers the body without its last member `signature`.
function assertEmbeddedSignature(secret, body) {
    const signature = JSON.parse(body).signature;
    const end = `,"signature":"${signature}"}`;
    assert.ok(body.endsWith(end), 'signature is the last member');
    assert.equal(signature, sha256Signature(secret, body.slice(0, -end.length) + '}'));
}

test('story: a push from GitHub is verified, scanned and told to a subscriber', async (t) => {
    const hub = await startHub(t);
    const receiver = await startReceiver(t);
    const repository = new Repository(join(hub.repositories, 'ledger'));
    cpSync(kTree, repository.path, {recursive: true});
    const commit = repository.commit({'README.md': 'Ledger\n'});

    const team = await hub.team('Payments');
    const project = await hub.project(team.id, repository.path);
    const endpoint = await hub.endpoint(receiver.url, ['repository.push', 'scan.*'], {team_id: team.id});

    const push = githubPush({url: repository.path, after: commit});
    const accepted = expect(
        await sendGithub(hub, {secret: project.secret, payload: push, delivery: 'a-1'}),
        200,
    );
    assert.equal(accepted.status, 'enqueued');
    assert.equal(accepted.delivery_id, 'a-1');
    assert.ok(accepted.scan_id);
    assert.deepEqual(accepted.scans, [
        {
            project_id: project.id,
            scan_id: accepted.scan_id,
            receipt_id: accepted.receipt_id,
            status: 'enqueued',
        },
    ]);

    const scan = await until(async () => {
        const now = await hub.admin.read(`/v1/scans/${accepted.scan_id}`);
        return now.status !== 'queued' && now.status !== 'running' && now;
    }, 'the end of the scan');
    assert.equal(scan.status, 'succeeded', scan.error);
    assert.equal(scan.ref, 'main');
    assert.equal(scan.commit, commit);
    assert.equal(scan.progress_percent, 100);

    await t.test('its report is a CycloneDX 1.5 inventory of the lock files', async () => {
        const report = await hub.admin.get(`/v1/scans/${scan.id}/report`);
        expect(report, 200);
        const faults = await new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(report.text);
        assert.equal(faults, null);
        const urls = report.body.components.map((component) => component.purl);
        for (const kind of ['npm', 'pypi', 'golang'])
            assert.ok(
                urls.some((url) => url.startsWith(`pkg:${kind}/`)),
                `a package of ${kind} in ${urls}`,
            );
    });

    await t.test('the subscriber hears of push and scan, and can verify both', async () => {
        await receiver.waitFor('repository.push');
        await receiver.waitFor('scan.completed');
        for (const {headers, body} of receiver.requests) {
            assert.deepEqual(Object.keys(JSON.parse(body)), ['event', 'timestamp', 'data', 'signature']);
            new Webhook(endpoint.secret).verify(body, headers);
            assert.equal(headers['x-trusthub-signature-256'], sha256Signature(endpoint.secret, body));
            assertEmbeddedSignature(endpoint.secret, body);
            assert.throws(() => new Webhook(endpoint.secret).verify(body + ' ', headers));
        }
        const told = JSON.parse(receiver.of('repository.push')[0].body).data;
        assert.deepEqual(told, {
            project_id: project.id,
            provider: 'github',
            repository: repository.path,
            ref: 'refs/heads/main',
            before: push.before,
            after: commit,
            delivery_id: 'a-1',
            commits_count: 1,
        });
        const ended = JSON.parse(receiver.of('scan.completed')[0].body).data;
        assert.equal(ended.id, scan.id);
        assert.equal(ended.commit, commit);
        assert.equal(new Set(receiver.ids()).size, receiver.requests.length);
    });

    await t.test('the delivery and its attempt can be read', async () => {
        const delivered = await until(async () => {
            const all = await hub.admin.all(`/v1/endpoints/${endpoint.id}/deliveries?status=delivered`);
            return all.length === receiver.requests.length && all;
        }, 'delivered');
        const delivery = await hub.admin.read(`/v1/deliveries/${delivered[0].id}`);
        assert.equal(delivery.attempt_log.length, 1);
        assert.equal(delivery.attempt_log[0].status_code, 200);
    });

    await t.test('the audit log proves it', async () => {
        const {issued} = await hub.key({scope: 'project', project_id: project.id});
        const received = await hub.admin.read(
            '/v1/admin/audit?target_table=webhook_deliveries&action=create',
        );
        assert.deepEqual(
            received.items.map((row) => row.target_id),
            [accepted.receipt_id],
        );
        const keys = await hub.admin.read('/v1/admin/audit?target_table=api_keys&action=create');
        assert.deepEqual(
            keys.items.map((row) => row.target_id),
            [issued.id],
        );
        const verified = hub.command('audit', 'verify');
        assert.equal(verified.status, 0, verified.stdout + verified.stderr);
        assert.match(verified.stdout, /intact/);
    });
});
