// GitHub's own example payloads are answered as their repository and signature deserve
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {createRequire} from 'node:module';
import test, {after} from 'node:test';

import {sign} from '@octokit/webhooks-methods';

import {expect, startHub, until} from '../support/hub.mjs';
import {githubPush, kZero, sendGithub} from '../support/senders.mjs';

const kExamples = createRequire(import.meta.url)('@octokit/webhooks-examples').flatMap(({name, examples}) =>
    examples.map((payload) => ({event: name, payload})),
);
const kSecret = "It's a Secret to Everybody";
const kScanning = new Set(['opened', 'synchronize', 'reopened']);

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
hub.secret(kSecret);
const team = await hub.team('Payments');

const repositoryOf = ({payload}) => payload.repository?.clone_url.toLowerCase();

async function signed(body) {
    return {'X-Hub-Signature-256': await sign(kSecret, body)};
}

/// What of an answer may differ between two refusals: the request's id and the clock.
function refusalOf(answer) {
    const {request_id: id, ...body} = answer.body;
    const {date, 'x-request-id': header, ...headers} = answer.headers;
    assert.ok(id && date && header);
    return {status: answer.status, headers, body};
}

test('each of the 329 examples is answered by its repository, its signature and its event', async () => {
    assert.equal(kExamples.length, 329);
    for (const url of new Set(kExamples.map(repositoryOf).filter(Boolean)))
        await hub.project(team.id, url, {secret: kSecret, name: url.slice(8)});
    const unknown = refusalOf(
        await sendGithub(hub, {
            secret: kSecret,
            payload: githubPush({url: 'https://github.com/nobody/nothing.git', after: '1'.repeat(40)}),
        }),
    );
    assert.equal(unknown.status, 401);

    const seen = new Set();
    for (const example of kExamples) {
        const {event, payload} = example;
        const body = JSON.stringify(payload);
        const answer = await sendGithub(hub, {secret: '', event, payload: body, headers: await signed(body)});
        if (!repositoryOf(example)) {
            assert.deepEqual(refusalOf(answer), unknown, event);
            continue;
        }
        const {status, scan_id: scan} = expect(answer, 200);
        const digest = createHash('sha256')
            .update(event + body)
            .digest('hex');
        const label = `${event} ${payload.action ?? payload.ref ?? ''}`;
        const scans =
            (event === 'push' && payload.after !== kZero) ||
            (event === 'pull_request' && kScanning.has(payload.action));
        // Some examples stand there twice, byte for byte; ids are not signed, so the body decides.
        if (seen.has(digest)) assert.equal(status, 'duplicate', label);
        else if (scans) assert.match(status, /^(enqueued|coalesced)$/, label);
        else assert.equal(status, 'ignored', label);
        assert.equal(scan !== null, scans, label);
        seen.add(digest);
    }
});

test('a flipped byte is refused with 401, exactly as an unknown repository is', async () => {
    const body = JSON.stringify(kExamples.find(({event}) => event === 'push').payload);
    const signature = await signed(body);
    const flipped = body.replace('refs/', 'Refs/');
    assert.notEqual(flipped, body);
    const answer = await sendGithub(hub, {secret: '', payload: flipped, headers: signature});
    const unknown = await sendGithub(hub, {
        secret: kSecret,
        payload: githubPush({url: 'https://github.com/a/b', after: kZero}),
    });
    assert.equal(answer.status, 401);
    assert.deepEqual(refusalOf(answer), refusalOf(unknown));
});

test('a wrong, short, upper-case, missing or SHA-1 signature is refused', async () => {
    const body = JSON.stringify(kExamples.find(({event}) => event === 'push').payload);
    const good = (await signed(body))['X-Hub-Signature-256'];
    const {'X-Hub-Signature-256': other} = {
        'X-Hub-Signature-256': await sign('another secret altogether', body),
    };
    for (const bad of [
        other,
        good.slice(0, -1),
        good.replace('sha256=', 'SHA256='),
        good.replace('sha256=', 'sha1='),
        `${good},${good}`,
        '',
    ])
        expect(
            await sendGithub(hub, {secret: '', payload: body, headers: {'X-Hub-Signature-256': bad}}),
            401,
        );
});

test('any spelling of the repository finds the project', async () => {
    const project = await hub.project(team.id, 'https://github.com/Shop/Tills.git', {secret: kSecret});
    const spellings = [
        'git@github.com:shop/tills.git',
        'ssh://git@github.com/shop/tills',
        'https://github.com/shop/tills/',
        'git://github.com/SHOP/tills.git',
        'https://github.com:443/Shop/Tills',
    ];
    for (const [i, url] of spellings.entries()) {
        const after = String(i + 1).repeat(40);
        const answer = expect(
            await sendGithub(hub, {secret: kSecret, payload: githubPush({url, after})}),
            200,
        );
        assert.equal(answer.scans[0].project_id, project.id, url);
    }
});

test('a form-encoded delivery is verified over the form and understood', async () => {
    await hub.project(team.id, 'https://github.com/shop/forms', {secret: kSecret});
    const payload = githubPush({url: 'https://github.com/shop/forms', after: 'a'.repeat(40)});
    const body = new URLSearchParams({payload: JSON.stringify(payload)}).toString();
    const headers = {'Content-Type': 'application/x-www-form-urlencoded'};
    const answer = expect(await sendGithub(hub, {secret: kSecret, payload: body, headers}), 200);
    assert.equal(answer.status, 'enqueued');
});

test('a redelivery is a duplicate that names the first receipt and scan', async () => {
    await hub.project(team.id, 'https://github.com/shop/again', {secret: kSecret});
    const payload = githubPush({url: 'https://github.com/shop/again', after: 'b'.repeat(40)});
    const send = (delivery, changed = payload) =>
        sendGithub(hub, {secret: kSecret, payload: changed, delivery});
    const first = expect(await send('first'), 200);
    const byId = expect(await send('first', {...payload, forced: true}), 200);
    const byBody = expect(await send('second'), 200);
    for (const again of [byId, byBody]) {
        assert.equal(again.status, 'duplicate');
        assert.equal(again.receipt_id, first.receipt_id);
        assert.equal(again.scan_id, first.scan_id);
    }
    const receipts = await hub.admin.all(`/v1/receipts?project_id=${first.scans[0].project_id}`);
    assert.deepEqual(
        receipts.map((receipt) => receipt.id),
        [first.receipt_id],
    );
});

test('a second push to a ref whose scan waits joins it and moves it to the newer commit', async () => {
    await hub.project(team.id, 'https://github.com/shop/joins', {secret: kSecret});
    const push = (after) =>
        sendGithub(hub, {
            secret: kSecret,
            payload: githubPush({url: 'https://github.com/shop/joins', after}),
        });
    const first = expect(await push('c'.repeat(40)), 200);
    const second = expect(await push('d'.repeat(40)), 200);
    assert.equal(second.status, 'coalesced');
    assert.equal(second.scan_id, first.scan_id);
    assert.equal((await hub.admin.read(`/v1/scans/${first.scan_id}`)).commit, 'd'.repeat(40));
});

test('a ping is accepted and ignored', async () => {
    await hub.project(team.id, 'https://github.com/shop/ping', {secret: kSecret});
    const payload = {
        zen: 'Design for failure.',
        hook_id: 1,
        repository: {clone_url: 'https://github.com/shop/ping'},
    };
    const answer = expect(await sendGithub(hub, {secret: kSecret, event: 'ping', payload}), 200);
    assert.equal(answer.status, 'ignored');
    assert.equal(answer.scan_id, null);
    assert.equal((await hub.admin.read(`/v1/receipts/${answer.receipt_id}`)).reason, 'ping');
});

test('refusals are audited as one row per reason, address and minute', async () => {
    const rows = await until(async () => {
        const page = await hub.admin.read('/v1/admin/audit?target_table=webhook_deliveries&action=refuse');
        return page.items.length > 0 && page.items;
    }, 'a row about refusals');
    // 49 examples without a repository and the tests above, within a few minutes at most.
    assert.ok(rows.length < 10, `${rows.length} rows`);
});
