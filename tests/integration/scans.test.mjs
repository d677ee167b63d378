// scans follow the repository as it is, end with a reason, and survive a crash
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';

import {expect, startHub, until} from '../support/hub.mjs';
import {githubPush, Repository, sendGithub} from '../support/senders.mjs';

const kEnded = ['succeeded', 'failed', 'cancelled'];

async function ended(hub, id) {
    return until(async () => {
        const scan = await hub.admin.read(`/v1/scans/${id}`);
        return kEnded.includes(scan.status) && scan;
    }, `the end of scan ${id}`);
}

async function scanOf(hub, project, more = {}) {
    return expect(await hub.admin.post(`/v1/projects/${project.id}/scans`, {kind: 'source', ...more}), 200);
}

function lockOf(name, version) {
    return JSON.stringify({
        name: 'x',
        lockfileVersion: 3,
        packages: {'': {name: 'x'}, [`node_modules/${name}`]: {version}},
    });
}

/// A hub with one project whose repository lies on this machine.
async function world(t, options) {
    const hub = await startHub(t, options);
    const repository = new Repository(join(hub.repositories, 'ledger'));
    const first = repository.commit({'package-lock.json': lockOf('left-pad', '1.0.0')});
    const team = await hub.team('Payments');
    const project = await hub.project(team.id, repository.path);
    return {hub, repository, first, team, project};
}

/// A scan that git never ends: the configuration of the repository is a pipe into which nobody writes.
async function hang(hub, repository, project) {
    rmSync(join(repository.path, '.git/config'));
    execFileSync('mkfifo', [join(repository.path, '.git/config')]);
    return scanOf(hub, project, {ref: 'main'});
}

const componentsOf = async (hub, scan) =>
    (await hub.admin.read(`/v1/scans/${scan.id}/report`)).components.map((component) => component.purl);

test('a scan of a branch, a tag, a full ref, a commit and of the default branch reads that commit', async (t) => {
    const {hub, repository, first, project} = await world(t);
    repository.git('tag', 'v1');
    repository.git('branch', 'old');
    const second = repository.commit({'package-lock.json': lockOf('left-pad', '1.3.0')});
    repository.git('update-ref', 'refs/pull/12/merge', second);
    const cases = [
        [{}, second, ''],
        [{ref: 'main'}, second, 'main'],
        [{ref: 'old'}, first, 'old'],
        [{ref: 'refs/tags/v1'}, first, 'v1'],
        [{ref: 'refs/pull/12/merge'}, second, 'pr-12'],
        [{ref: 'main', commit: first}, first, 'main'],
    ];
    for (const [wanted, commit, ref] of cases) {
        const scan = await ended(hub, (await scanOf(hub, project, wanted)).id);
        assert.equal(scan.status, 'succeeded', `${JSON.stringify(wanted)}: ${scan.error}`);
        assert.equal(scan.commit, commit, JSON.stringify(wanted));
        if (ref) assert.equal(scan.ref, ref);
        const version = commit === first ? '1.0.0' : '1.3.0';
        assert.deepEqual(await componentsOf(hub, scan), [`pkg:npm/left-pad@${version}`]);
    }
});

test('an old push that is sent again scans what the branch is now', async (t) => {
    const {hub, repository, first, project} = await world(t);
    const second = repository.commit({'package-lock.json': lockOf('left-pad', '1.3.0')});
    const payload = githubPush({url: repository.path, after: first});
    const {scan_id: id} = expect(await sendGithub(hub, {secret: project.secret, payload}), 200);
    assert.equal((await ended(hub, id)).commit, second);
});

test('what cannot be scanned fails with the reason', async (t) => {
    const {hub, repository, team, project} = await world(t);
    const failed = async (scan) => {
        const end = await ended(hub, scan.id);
        assert.equal(end.status, 'failed');
        assert.ok(end.error);
        const report = expect(await hub.admin.get(`/v1/scans/${scan.id}/report`), 404);
        assert.equal(report.code, 'no_report');
        return end.error;
    };
    assert.match(await failed(await scanOf(hub, project, {ref: 'nowhere'})), /no such ref/);
    assert.ok(await failed(await scanOf(hub, project, {commit: 'f'.repeat(40)})));

    const outside = new Repository(join(hub.folder, 'outside'));
    outside.commit({'package-lock.json': lockOf('secret', '6.6.6')});
    const kOutside = /scans\.allow_local/;
    symlinkSync(outside.path, join(hub.repositories, 'link'));
    const later = await hub.project(team.id, join(hub.repositories, 'later'));
    for (const url of [
        outside.path,
        `file://${outside.path}`,
        `${hub.repositories}/../outside`,
        join(hub.repositories, 'link'),
        '/nowhere/at/all',
    ]) {
        const wanted = {name: url.slice(-100), team_id: team.id, repository: {provider: 'github', url}};
        for (const answer of [
            await hub.admin.post('/v1/projects', wanted),
            await hub.admin.patch(`/v1/projects/${later.id}`, {repository: {url}}),
        ]) {
            const [fault] = expect(answer, 422).errors;
            assert.equal(fault.pointer, '/repository/url');
            assert.match(fault.detail, kOutside);
        }
    }
    // What was right when the project was made is looked at again by each scan.
    symlinkSync(outside.path, join(hub.repositories, 'later'));
    assert.match(await failed(await scanOf(hub, later)), kOutside);
    mkdirSync(join(hub.repositories, 'empty'));
    await failed(await scanOf(hub, await hub.project(team.id, join(hub.repositories, 'empty'))));
    await failed(await scanOf(hub, await hub.project(team.id, 'ssh://git@127.0.0.1/shop/x.git')));
    await failed(await scanOf(hub, await hub.project(team.id, 'https://127.0.0.1:1/shop/x.git')));

    writeFileSync(
        join(repository.path, '.git/objects/info/alternates'),
        join(outside.path, '.git/objects') + '\n',
    );
    await failed(await scanOf(hub, project, {ref: 'main'}));
});

test("a hostile repository's hooks, filters, submodules and links do nothing", async (t) => {
    const {hub, repository, project} = await world(t);
    const mark = join(hub.folder, 'pwned');
    symlinkSync('/etc/passwd', join(repository.path, 'requirements.txt'));
    repository.commit({
        '.gitattributes': '* filter=x\n',
        '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = file:///etc\n',
    });
    // Last, so that the git of this test does not run them.
    const script = `#!/bin/sh\ntouch ${mark}\n`;
    for (const hook of ['post-checkout', 'reference-transaction', 'pre-receive', 'post-update'])
        writeFileSync(join(repository.path, '.git/hooks', hook), script, {mode: 0o755});
    for (const [name, value] of [
        ['core.fsmonitor', `touch ${mark}`],
        ['filter.x.smudge', `touch ${mark}`],
        ['uploadpack.packObjectsHook', `sh -c 'touch ${mark}; exec "$@"' --`],
    ])
        repository.git('config', name, value);
    const scan = await ended(hub, (await scanOf(hub, project)).id);
    assert.ok(!readdirSync(hub.folder).includes('pwned'), 'nothing of the repository was run');
    assert.equal(scan.status, 'succeeded', scan.error);
    assert.deepEqual(await componentsOf(hub, scan), ['pkg:npm/left-pad@1.0.0']);
});

test('a waiting scan can be cancelled and is told; an ended one cannot', async (t) => {
    const {hub, project} = await world(t, {config: 'scans: {paused: true, allow_local: [repositories]}'});
    const scan = await scanOf(hub, project);
    assert.equal(expect(await hub.admin.post(`/v1/scans/${scan.id}/cancel`), 200).status, 'cancelled');
    assert.equal(expect(await hub.admin.post(`/v1/scans/${scan.id}/cancel`), 409).code, 'scan_ended');
    const events = await hub.admin.read('/v1/events?type=scan.cancelled');
    assert.deepEqual(
        events.items.map((event) => event.data.id),
        [scan.id],
    );
    // The next one does not join what has ended.
    assert.notEqual((await scanOf(hub, project)).id, scan.id);
});

test('scans that wait survive a restart and run afterwards', async (t) => {
    const {hub, repository, project} = await world(t, {
        config: 'scans: {paused: true, allow_local: [repositories]}',
    });
    const scans = [];
    for (const ref of ['a', 'b', 'c']) {
        repository.move(`refs/heads/${ref}`, ref);
        scans.push(await scanOf(hub, project, {ref}));
    }
    await hub.stop();
    hub.configure('scans: {allow_local: [repositories]}');
    await hub.start();
    for (const scan of scans) assert.equal((await ended(hub, scan.id)).status, 'succeeded');
});

test('a scan that was running at a crash runs once more, then fails with the reason', async (t) => {
    const {hub, repository, project} = await world(t);
    const {id} = await hang(hub, repository, project);
    // What the database says of the run before the crash does not count.
    let before = null;
    const running = () =>
        until(async () => {
            const scan = await hub.admin.read(`/v1/scans/${id}`);
            if (scan.status !== 'running' || scan.started_at === before) return false;
            before = scan.started_at;
            return true;
        }, 'it runs');
    await running();
    await hub.kill9();
    await hub.start();
    await running();
    await hub.kill9();
    await hub.start();
    const scan = await ended(hub, id);
    assert.equal(scan.status, 'failed');
    assert.match(scan.error, /Two runs/);
    const events = await hub.admin.read('/v1/events?type=scan.failed');
    assert.deepEqual(
        events.items.map((event) => event.data.id),
        [id],
    );
});

test('a running scan ends when it is cancelled, and at its deadline', async (t) => {
    const {hub, repository, project} = await world(t, {
        config: 'scans: {allow_local: [repositories], timeout_s: 3}',
    });
    const first = await hang(hub, repository, project);
    await until(async () => (await hub.admin.read(`/v1/scans/${first.id}`)).status === 'running', 'it runs');
    expect(await hub.admin.post(`/v1/scans/${first.id}/cancel`), 200);
    assert.equal((await ended(hub, first.id)).status, 'cancelled');
    const second = await ended(hub, (await scanOf(hub, project, {ref: 'main'})).id);
    assert.equal(second.status, 'failed');
    assert.match(second.error, /longer/);
});
