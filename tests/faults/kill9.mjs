// Rounds of kill -9 under load, and what must hold after each of them.
import assert from 'node:assert/strict';
import {randomInt, randomUUID} from 'node:crypto';
import {join} from 'node:path';

import {expect, startHub, until} from '../support/hub.mjs';
import {startReceiver} from '../support/receiver.mjs';
import {githubPush, Repository, sendGithub} from '../support/senders.mjs';

const kRefs = 8;

/// One ref with its sender: commits, pushes, and pushes again under the same id until it is acknowledged.
class Branch {
    constructor(world, name) {
        Object.assign(this, {world, ref: `refs/heads/${name}`, name, acknowledged: [], pending: null});
    }

    /// Until the hub goes. What is not acknowledged by then waits for the next round.
    async send() {
        const {hub, repository, project} = this.world;
        for (;;) {
            this.pending ??= {delivery: randomUUID(), after: repository.move(this.ref, randomUUID())};
            const payload = githubPush({url: repository.path, ref: this.ref, after: this.pending.after});
            let answer;
            try {
                answer = await sendGithub(hub, {
                    secret: project.secret,
                    payload,
                    delivery: this.pending.delivery,
                });
            } catch {
                return;
            }
            expect(answer, 200);
            this.acknowledged.push({...this.pending, ...answer.body});
            this.pending = null;
            this.world.acknowledged += 1;
        }
    }
}

async function makeWorld(t) {
    const hub = await startHub(t, {config: 'log: {level: warn}'});
    const repository = new Repository(join(hub.repositories, 'ledger'));
    repository.commit({'requirements.txt': 'requests==2.32.3\n'});
    const receiver = await startReceiver(t);
    const team = await hub.team('Payments');
    const project = await hub.project(team.id, repository.path);
    await hub.endpoint(receiver.url, ['repository.push', 'scan.*'], {
        retry: {schedule_s: [0, 1, 1, 2, 5, 10], jitter: 0},
    });
    const world = {hub, repository, receiver, project, acknowledged: 0};
    world.branches = Array.from({length: kRefs}, (_, i) => new Branch(world, `branch-${i}`));
    return world;
}

/// Load on every ref; the hub is killed in the midst of it and started again.
async function round(world) {
    const {hub} = world;
    const enough = world.acknowledged + randomInt(20, 60);
    const sending = Promise.all(world.branches.map((branch) => branch.send()));
    await until(() => world.acknowledged >= enough, 'enough pushes');
    await hub.kill9();
    await sending;
    await hub.start();
    await hub.renewAdmin();
}

async function assertReceipts({hub, branches}) {
    for (const branch of branches) {
        for (const push of branch.acknowledged) {
            const receipt = await hub.admin.read(`/v1/receipts/${push.receipt_id}`);
            assert.equal(receipt.delivery_id, push.delivery);
            assert.equal(receipt.scan_id, push.scan_id);
            assert.ok(push.scan_id, 'it names a scan');
            assert.equal(push.scans.length, 1);
        }
        branch.acknowledged = branch.acknowledged.slice(-1);
    }
}

/// The last push of every ref has come in, all scans have ended, and the newest commit was scanned.
async function assertScanned({hub, repository, project, branches}) {
    for (const branch of branches) {
        if (!branch.pending) continue;
        const {delivery, after} = branch.pending;
        const payload = githubPush({url: repository.path, ref: branch.ref, after});
        expect(await sendGithub(hub, {secret: project.secret, payload, delivery}), 200);
        branch.pending = null;
    }
    const scans = await until(
        async () => {
            const all = await hub.admin.all(`/v1/projects/${project.id}/scans`);
            return all.every((scan) => !['queued', 'running'].includes(scan.status)) && all;
        },
        'the end of all scans',
        {deadline: 240_000, every: 200},
    );
    for (const branch of branches) {
        const newest = repository.git('rev-parse', branch.ref);
        const own = scans.filter((scan) => scan.ref === branch.name);
        assert.ok(
            own.some((scan) => scan.status === 'succeeded' && scan.commit === newest),
            `${branch.name} at ${newest}: ${JSON.stringify(own.slice(0, 3))}`,
        );
    }
    return scans;
}

async function assertTold({hub, receiver}, scans) {
    const pushes = await hub.admin.all('/v1/events?type=repository.push');
    const deliveries = pushes.map((event) => event.data.delivery_id);
    assert.equal(new Set(deliveries).size, deliveries.length, 'one event for one push');
    const ended = [
        ...(await hub.admin.all('/v1/events?type=scan.completed')),
        ...(await hub.admin.all('/v1/events?type=scan.failed')),
    ];
    assert.deepEqual(
        ended.map((event) => event.data.id).sort(),
        scans.map((scan) => scan.id).sort(),
        'one event for one scan',
    );
    const wanted = new Set([...pushes, ...ended].map((event) => event.id));
    await until(() => [...wanted].every((id) => receiver.ids().includes(id)), 'every event at its endpoint', {
        every: 200,
    });
    const bodies = new Map();
    for (const {headers, body} of receiver.requests) {
        const id = headers['webhook-id'];
        assert.ok(wanted.has(id), `${id} is no event of the hub`);
        assert.equal(bodies.get(id) ?? body, body, `${id} always has the same body`);
        bodies.set(id, body);
    }
}

export async function killRounds(t, rounds) {
    const world = await makeWorld(t);
    for (let done = 0; done < rounds; ++done) {
        await round(world);
        await assertReceipts(world);
        const verified = world.hub.command('audit', 'verify');
        assert.equal(verified.status, 0, verified.stdout + verified.stderr);
    }
    const scans = await assertScanned(world);
    await assertTold(world, scans);
    const check = await world.hub.admin.read('/v1/audit/verify');
    assert.equal(check.intact, true);
    t.diagnostic(
        `${rounds} rounds, ${world.acknowledged} pushes, ${scans.length} scans, ${world.receiver.requests.length} deliveries`,
    );
}
