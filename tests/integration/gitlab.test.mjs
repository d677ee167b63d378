// GitLab's deliveries are accepted by token and by signature, deduplicated, and scanned when they bring code
import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import test, {after} from 'node:test';
import {fileURLToPath} from 'node:url';

import {Ajv} from 'ajv';
import {createGenerator} from 'ts-json-schema-generator';

import {expect, startHub} from '../support/hub.mjs';
import {kZero, sendGitlab, standardSignature} from '../support/senders.mjs';

const kFolder = fileURLToPath(new URL('../fixtures/gitlab/', import.meta.url));
const kFixtures = Object.fromEntries(
    readdirSync(kFolder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => [name.slice(0, -5), JSON.parse(readFileSync(kFolder + name, 'utf8'))]),
);
/// The type of each fixture in gitlab-event-types, and GitLab's name of the hook. System hooks have no type there.
const kKinds = {
    push: ['PushEvent', 'Push Hook'],
    tag_push: ['TagPushEvent', 'Tag Push Hook'],
    merge_request: ['MergeRequestEvent', 'Merge Request Hook'],
    note: ['NoteEvent', 'Note Hook'],
    pipeline: ['PipelineEvent', 'Pipeline Hook'],
};
const kindOf = (payload) => kKinds[payload.object_kind] ?? ['', 'System Hook'];
const kScanning = [
    'merge_request_open',
    'merge_request_open_fork',
    'merge_request_update_code',
    'push',
    'system_merge_request',
    'system_push',
    'tag_push',
];

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const team = await hub.team('Payments');
let number = 0;

/// A project of a repository of its own, and a function that sends a fixture from there.
async function sender(options) {
    const path = `shop/r${++number}`;
    const url = `https://gitlab.example.com/${path}.git`;
    const project = await hub.project(team.id, url, {provider: 'gitlab', ...options});
    const from = (payload) => JSON.parse(JSON.stringify(payload).replaceAll('shop/ledger', path));
    return {project, from};
}

/// What the types leave out: GitLab sends null where nothing is set, and no assignee where nobody is assigned.
const kKnownGap = ({keyword, data, params}) =>
    (keyword === 'type' && data === null) ||
    (keyword === 'anyOf' && data === null) ||
    (keyword === 'required' && params.missingProperty === 'assignee');

test('the fixtures are of the types that gitlab-event-types gives them', () => {
    const path = fileURLToPath(new URL('node_modules/gitlab-event-types/src/index.ts', import.meta.url));
    const tsconfig = fileURLToPath(new URL('node_modules/gitlab-event-types/tsconfig.json', import.meta.url));
    const schema = createGenerator({
        path,
        tsconfig,
        skipTypeCheck: true,
        additionalProperties: true,
    }).createSchema('*');
    const ajv = new Ajv({strict: false, allErrors: true, verbose: true}).addSchema(schema, 'gitlab');
    const faultsOf = (type, payload) => {
        const validate = ajv.getSchema(`gitlab#/definitions/${type}`);
        validate(payload);
        return (validate.errors ?? []).filter((error) => !kKnownGap(error));
    };
    for (const [name, payload] of Object.entries(kFixtures)) {
        const [type] = kindOf(payload);
        if (!type) continue;
        assert.deepEqual(
            faultsOf(type, payload).map((error) => ajv.errorsText([error])),
            [],
            name,
        );
        assert.ok(faultsOf(type, {object_kind: payload.object_kind}).length > 0, `${type} takes a stub`);
    }
});

test('the signer of these tests reproduces the published vectors', () => {
    assert.equal(
        standardSignature(
            'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
            'msg_p5jXN8AQM9LWM0D4loKWxJek',
            1614265330,
            '{"test": 2432232314}',
        ),
        'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
    assert.equal(
        standardSignature(
            'whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=',
            '7bafea1a-a1bf-4948-9a37-3f912777dedc',
            1760000000,
            '{"object_kind":"push"}',
        ),
        'v1,cU0QPh7izWjFCLSgkWlbSEQegsDusqXjwpYPJ3Zb7qQ=',
    );
});

test('every fixture is answered with 200 by token, and exactly those that bring code are scanned', async () => {
    const scanned = [];
    for (const [name, payload] of Object.entries(kFixtures)) {
        const {project, from} = await sender();
        const answer = await sendGitlab(hub, {
            token: project.secret,
            payload: from(payload),
            event: kindOf(payload)[1],
        });
        // A system hook about a user names no repository, so no project can stand up for it.
        if (!payload.project && !payload.repository) {
            expect(answer, 401);
            continue;
        }
        if (expect(answer, 200).scan_id) scanned.push(name);
        else assert.equal(answer.body.status, 'ignored', name);
    }
    assert.deepEqual(scanned.sort(), kScanning);
});

test('a wrong, a missing and a doubled token are refused with 401', async () => {
    const {project, from} = await sender();
    const payload = from(kFixtures.push);
    for (const token of [
        'not the token of it',
        '',
        project.secret.slice(1),
        `${project.secret} `.repeat(2).trim(),
    ])
        expect(await sendGitlab(hub, {token, payload}), 401);
    expect(await sendGitlab(hub, {token: project.secret, payload}), 200);
});

test('a signed delivery is verified by its signature', async () => {
    const {project, from} = await sender({kind: 'signing'});
    assert.match(project.secret, /^whsec_/);
    const answer = expect(
        await sendGitlab(hub, {signing: project.secret, payload: from(kFixtures.push)}),
        200,
    );
    assert.equal(answer.status, 'enqueued');
});

test('a signature that does not verify is refused even beside the right token', async () => {
    const {project, from} = await sender();
    const payload = from(kFixtures.push);
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    expect(await sendGitlab(hub, {token: project.secret, signing: other, payload}), 401);
    expect(await sendGitlab(hub, {token: project.secret, payload, headers: {'webhook-signature': ''}}), 401);
});

test('a signature older or newer than five minutes, or over another body or id, is refused', async () => {
    const {project, from} = await sender({kind: 'signing'});
    const body = JSON.stringify(from(kFixtures.push));
    const now = Math.floor(Date.now() / 1000);
    const send = (more) => sendGitlab(hub, {signing: project.secret, payload: body, ...more});
    for (const seconds of [now - 600, now + 600]) expect(await send({seconds}), 401);
    const id = randomUUID();
    const good = {
        'webhook-id': id,
        'webhook-timestamp': now,
        'webhook-signature': standardSignature(project.secret, id, now, body),
    };
    expect(await send({headers: {...good, 'webhook-id': randomUUID()}}), 401);
    expect(await send({headers: good, payload: body.replace('main', 'next')}), 401);
    const list = `v1a,AAAA v1,${Buffer.alloc(32).toString('base64')} ${good['webhook-signature']}`;
    expect(await send({headers: {...good, 'webhook-signature': list}}), 200);
});

test('once a project has a signing token, an unsigned delivery is refused', async () => {
    const {project, from} = await sender();
    const token = project.secret;
    const payload = from(kFixtures.push);
    expect(await sendGitlab(hub, {token, payload}), 200);
    const signing = await hub.webhookSecret(project.id, {kind: 'signing'});
    expect(await sendGitlab(hub, {token, payload: from(kFixtures.tag_push), event: 'Tag Push Hook'}), 401);
    expect(
        await sendGitlab(hub, {token, signing, payload: from(kFixtures.tag_push), event: 'Tag Push Hook'}),
        200,
    );
});

test('an imported signing token must be one, and GitHub has none', async () => {
    const {project} = await sender();
    const path = `/v1/projects/${project.id}/webhook-secret`;
    const refused = expect(await hub.admin.post(path, {kind: 'signing', secret: 'no signing token'}), 422);
    assert.equal(refused.errors[0].pointer, '/secret');
    const github = await hub.project(team.id, 'https://github.com/shop/signing');
    expect(await hub.admin.post(`/v1/projects/${github.id}/webhook-secret`, {kind: 'signing'}), 422);
});

test('a retry is a duplicate by Idempotency-Key, by webhook-id, and without either by its content', async () => {
    for (const kind of ['token', 'signing']) {
        const {project, from} = await sender({kind});
        const proof = kind === 'token' ? {token: project.secret} : {signing: project.secret};
        const payload = from(kFixtures.push);
        const first = expect(await sendGitlab(hub, {...proof, payload, id: 'stable-id'}), 200);
        assert.equal(first.delivery_id, 'stable-id');
        const again = expect(
            await sendGitlab(hub, {...proof, payload: {...payload, user_name: 'Other'}, id: 'stable-id'}),
            200,
        );
        assert.equal(again.status, 'duplicate');
        assert.equal(again.receipt_id, first.receipt_id);
    }
    const {project, from} = await sender();
    const old = () => sendGitlab(hub, {token: project.secret, payload: from(kFixtures.push), id: ''});
    const first = expect(await old(), 200);
    assert.equal(first.status, 'enqueued');
    assert.match(first.delivery_id, /^sha256:/);
    assert.equal(expect(await old(), 200).status, 'duplicate');
});

test('the same commit pushed to two refs scans both', async () => {
    const {project, from} = await sender();
    const push = (ref) =>
        sendGitlab(hub, {token: project.secret, payload: {...from(kFixtures.push), ref}, id: ''});
    const one = expect(await push('refs/heads/one'), 200);
    const two = expect(await push('refs/heads/two'), 200);
    assert.deepEqual([one.status, two.status], ['enqueued', 'enqueued']);
    assert.notEqual(one.scan_id, two.scan_id);
});

test('a deleted branch is told to subscribers as a push and not scanned', async () => {
    const {project, from} = await sender();
    const answer = expect(
        await sendGitlab(hub, {token: project.secret, payload: from(kFixtures.branch_delete)}),
        200,
    );
    assert.equal(answer.status, 'ignored');
    assert.equal((await hub.admin.read(`/v1/receipts/${answer.receipt_id}`)).reason, 'ref_deleted');
    const events = await hub.admin.read('/v1/events?type=repository.push&limit=1');
    assert.equal(events.items[0].data.after, kZero);
    assert.equal(events.items[0].data.project_id, project.id);
});
