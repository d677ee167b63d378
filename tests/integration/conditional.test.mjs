// ETags, preconditions and pages: nobody overwrites what another changed, or loses an item between pages
import assert from 'node:assert/strict';
import test, {after} from 'node:test';

import {expect, Hub, startHub, until} from '../support/hub.mjs';
import {exchange, responsesIn} from '../support/raw_http.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const team = await hub.team('Payments');
const url = 'https://github.com/shop/ledger';
const project = await hub.project(team.id, url);
const endpoint = await hub.endpoint('http://127.0.0.1:9/', ['user.invited'], {team_id: team.id});
const key = await hub.key({scope: 'team', team_id: team.id});
const scan = await hub.admin.make(`/v1/projects/${project.id}/scans`, {kind: 'source'}, 200);
const sent = await hub.admin.make(`/v1/endpoints/${endpoint.id}/test`, {});
const pushed = await sendGithub(hub, {
    secret: project.secret,
    payload: githubPush({url, after: '1'.repeat(40)}),
});
const kTag = /^"[A-Za-z0-9_.-]{22,}"$/;

async function tagOf(path, client = hub.admin) {
    const answer = await client.get(path);
    expect(answer, 200);
    assert.match(answer.headers.etag, kTag, path);
    return answer.headers.etag;
}

test('whatever is read by its id has an ETag, and is 304 for whoever has that already', async () => {
    // The decoy's use raises an alert, once the hub has got to it.
    const decoy = await hub.key({scope: 'org', canary: true});
    await decoy.get('/v1/me');
    const raised = async () => (await hub.admin.all('/v1/alerts'))[0];
    const idOf = {
        users: (await hub.admin.read('/v1/me')).user.id,
        'service-accounts': (await hub.admin.make('/v1/service-accounts', {name: 'pipeline'})).id,
        teams: team.id,
        projects: project.id,
        'api-keys': key.issued.id,
        scans: scan.id,
        receipts: expect(pushed, 200).receipt_id,
        connections: (await hub.admin.make('/v1/connections', {connector: 'github', name: 'C', team_id: team.id})).id,
        alerts: (await until(raised, 'an alert')).id,
        events: sent.event_id,
        endpoints: endpoint.id,
        deliveries: sent.delivery_id,
        'access-reviews': (await hub.admin.make('/v1/access-reviews', {})).id,
    };
    const {paths} = await hub.nobody.read('/openapi.json');
    const read = Object.keys(paths).filter((path) => paths[path].get && path.endsWith('/{id}'));
    const things = [...read, '/v1/projects/{id}/webhook-secret'].map((path) => {
        const {parameters, responses} = paths[path].get;
        assert.ok(parameters.some((one) => one.$ref?.endsWith('/ifNoneMatch')), path);
        assert.ok(responses[200].headers.ETag && responses[304], path);
        const name = path.split('/')[2];
        assert.ok(idOf[name], `this test knows one of ${name}`);
        return path.replace('{id}', idOf[name]);
    });
    for (const path of things) {
        const tag = await tagOf(path);
        assert.equal(await tagOf(path), tag, path);
        for (const list of [tag, `"x", ${tag}`, `W/${tag}`, '*']) {
            for (const method of ['GET', 'HEAD']) {
                const answer = await hub.admin.call(method, path, {headers: {'If-None-Match': list}});
                assert.equal(answer.status, 304, `${method} ${path} ${list}`);
                assert.equal(answer.text, '');
                assert.equal(answer.headers.etag, tag);
            }
        }
        expect(await hub.admin.get(path, {'If-None-Match': '"x"'}), 200);
        assert.equal(expect(await hub.admin.get(path, {'If-None-Match': 'x'}), 400).code, 'bad_request');
        // The tag is of no use to whoever may not read the thing.
        assert.equal((await hub.nobody.get(path, {'If-None-Match': tag})).status, 401);
    }
});

test('service accounts are changed and removed under If-Match', async () => {
    const {id} = await hub.admin.make('/v1/service-accounts', {name: 'before'});
    const path = `/v1/service-accounts/${id}`;
    const tag = await tagOf(path);
    const changed = await hub.admin.patch(path, {name: 'after'}, {'If-Match': tag});
    expect(changed, 200);
    assert.equal(changed.headers.etag, await tagOf(path));
    expect(await hub.admin.patch(path, {name: 'late'}, {'If-Match': tag}), 412);
    expect(await hub.admin.delete(path, {'If-Match': tag}), 412);
    expect(await hub.admin.delete(path, {'If-Match': changed.headers.etag}), 204);
});

test('a change that carries If-Match is made only while that is current', async () => {
    const path = `/v1/projects/${project.id}`;
    const first = await tagOf(path);
    const changed = await hub.admin.patch(path, {name: 'one'}, {'If-Match': first});
    expect(changed, 200);
    assert.notEqual(changed.headers.etag, first);
    assert.equal(changed.headers.etag, await tagOf(path), 'the answer carries the new tag');
    const late = await hub.admin.patch(path, {name: 'two'}, {'If-Match': first});
    assert.equal(expect(late, 412).code, 'precondition_failed');
    assert.equal((await hub.admin.read(path)).name, 'one');
    expect(await hub.admin.patch(path, {name: 'three'}, {'If-Match': `"x", ${changed.headers.etag}`}), 200);
    expect(await hub.admin.patch(path, {name: 'four'}, {'If-Match': '*'}), 200);
    expect(await hub.admin.patch(path, {name: 'five'}), 200);
    const now = await tagOf(path);
    expect(await hub.admin.patch(path, {name: 'six'}, {'If-Match': `W/${now}`}), 412);
    expect(await hub.admin.patch(path, {name: 'six'}, {'If-None-Match': '*'}), 412);
    expect(await hub.admin.patch(path, {name: 'six'}, {'If-Match': 'six'}), 400);
    expect(await hub.admin.delete(path, {'If-Match': first}), 412);
    expect(await hub.admin.delete(`/v1/projects/${team.id}`, {'If-Match': '*'}), 404);
});

test('of twenty changes at once that saw the same state, one is made', async () => {
    const path = `/v1/teams/${team.id}`;
    const tag = await tagOf(path);
    const answers = await Promise.all(
        Array.from({length: 20}, (_, i) => hub.admin.patch(path, {name: `at once ${i}`}, {'If-Match': tag})),
    );
    const made = answers.filter(({status}) => status === 200);
    assert.equal(made.length, 1);
    assert.ok(answers.every(({status}) => status === 200 || status === 412));
    assert.equal((await hub.admin.read(path)).name, made[0].body.name);
});

test('actions beneath a resource look at its tag, and a repetition gets the stored answer', async () => {
    const path = `/v1/endpoints/${endpoint.id}`;
    const tag = await tagOf(path);
    const once = {'If-Match': tag, 'Idempotency-Key': 'pause'};
    expect(await hub.admin.post(`${path}/pause`, undefined, once), 200);
    expect(await hub.admin.post(`${path}/pause`, undefined, once), 200);
    expect(await hub.admin.post(`${path}/resume`, undefined, {'If-Match': tag}), 412);
    expect(await hub.admin.post(`${path}/resume`, undefined, {'If-Match': await tagOf(path)}), 200);
    const secrets = `/v1/projects/${project.id}/webhook-secret`;
    const before = await tagOf(secrets);
    hub.secret(expect(await hub.admin.post(secrets, {}, {'If-Match': before}), 201).secret);
    expect(await hub.admin.post(secrets, {}, {'If-Match': before}), 412);
    // A list has no tag that could match.
    const none = await hub.admin.post('/v1/teams', {name: 'Another'}, {'If-Match': '*'});
    assert.equal(expect(none, 412).code, 'precondition_failed');
    assert.ok(!(await hub.admin.all('/v1/teams')).some(({name}) => name === 'Another'));
});

test('the tag of a key survives its use as far as If-Match goes', async () => {
    const path = `/v1/api-keys/${key.issued.id}`;
    const tag = await tagOf(path);
    await key.read('/v1/me');
    expect(await hub.admin.delete(path, {'If-Match': tag}), 204);
});

test('where the configuration wants If-Match, a change without it is 428', async () => {
    const strict = new Hub({config: 'api: {require_if_match: true}'});
    try {
        await strict.start();
        await strict.setUp();
        const own = await strict.team('Strict');
        const path = `/v1/teams/${own.id}`;
        assert.equal(expect(await strict.admin.patch(path, {name: 'x'}), 428).code, 'precondition_required');
        expect(await strict.admin.delete(path), 428);
        expect(await strict.admin.patch(path, {name: 'x'}, {'If-Match': '"x"'}), 412);
        expect(await strict.admin.patch(path, {name: 'x'}, {'If-Match': await tagOf(path, strict.admin)}), 200);
        expect(await strict.admin.delete(path, {'If-Match': '*'}), 204);
    } finally {
        await strict.close();
    }
});

/// Follows `Link` to the end; `between` runs after each page.
async function follow(path, between) {
    const items = [];
    for (let at = path; at; ) {
        const answer = await hub.admin.get(at);
        const page = expect(answer, 200);
        items.push(...page.items);
        const link = /^<([^>]+)>; rel="next"$/.exec(answer.headers.link ?? '');
        assert.equal(Boolean(link), page.next_cursor !== null, `Link goes with next_cursor: ${at}`);
        if (link) {
            assert.ok(link[1].startsWith(`${hub.base}/v1/`), link[1]);
            assert.equal(new URL(link[1]).searchParams.get('cursor'), page.next_cursor);
        }
        at = link && link[1].slice(hub.base.length);
        if (link) await between();
    }
    return items.map(({id}) => id);
}

test('Link leads through every list; what is made meanwhile neither repeats nor hides an item', async () => {
    const data = {account_id: 'acc_123', name: 'Acme', status: 'active'};
    let number = 0;
    const makers = {
        '/v1/teams': async () => hub.admin.make('/v1/teams', {name: `paged ${++number}`}),
        '/v1/users': async () =>
            hub.admin.make('/v1/users', {email: `paged${++number}@example.com`, name: 'P'}),
        '/v1/projects': async () =>
            hub.admin.make('/v1/projects', {
                name: `paged ${++number}`,
                team_id: team.id,
                repository: {provider: 'github', url: `https://github.com/paged/p${number}`},
            }),
        '/v1/api-keys?include_revoked=true': async () =>
            (await hub.key({scope: 'team', team_id: team.id})).issued,
        '/v1/endpoints': async () =>
            hub.endpoint('http://127.0.0.1:9/', ['user.invited'], {team_id: team.id}),
        '/v1/events?type=account.created': async () =>
            hub.admin.make('/v1/events', {type: 'account.created', data}),
        '/v1/admin/audit?target_table=teams&from=2020-01-01T00%3A00%3A00%2B01%3A00': async () =>
            hub.admin.make('/v1/teams', {name: `audited ${++number}`}),
        [`/v1/projects/${project.id}/scans`]: async () =>
            hub.admin.make(
                `/v1/projects/${project.id}/scans`,
                {kind: 'source', ref: `paged-${++number}`},
                200,
            ),
        [`/v1/endpoints/${endpoint.id}/deliveries`]: async () =>
            hub.admin.make(`/v1/endpoints/${endpoint.id}/test`, {}),
        [`/v1/receipts?project_id=${project.id}`]: async () =>
            expect(
                await sendGithub(hub, {
                    secret: project.secret,
                    payload: githubPush({url, after: String(++number).padStart(40, '0')}),
                }),
                200,
            ),
    };
    for (const [path, make] of Object.entries(makers)) {
        for (let i = 0; i < 7; ++i) await make();
        const there = (await hub.admin.all(path)).map(({id}) => id);
        const seen = await follow(`${path}${path.includes('?') ? '&' : '?'}limit=3`, make);
        assert.equal(new Set(seen).size, seen.length, `${path}: an item came twice`);
        const lost = there.filter((id) => !seen.includes(id));
        assert.deepEqual(lost, [], `${path}: items were lost`);
    }
});

test('the title of a problem is the sentence of its code, HTTP refusals included', async () => {
    const page = (await hub.nobody.get('/docs/errors')).text;
    const told = async (answer, status, code) => {
        const body = expect(answer, status);
        assert.match(answer.headers['content-type'], /^application\/problem\+json/);
        assert.equal(body.code, code);
        const row = new RegExp(`<tr id="${code}">.*?<td>${status}</td><td>(.*?)</td>`).exec(page);
        assert.equal(body.title, row?.[1], code);
    };
    await hub.team('Twice');
    await told(await hub.admin.post('/v1/teams', {name: 'Twice'}), 409, 'name_taken');
    await told(await hub.admin.get(`/v1/scans/${scan.id}/report`), 404, 'no_report');
    await told(await hub.admin.get(`/v1/${'x'.repeat(9000)}`), 414, 'target_too_long');
    await told(await hub.admin.get('/v1/teams', {'X-Long': 'x'.repeat(40_000)}), 431, 'head_too_large');
    const many = Object.fromEntries(Array.from({length: 101}, (_, i) => [`X-${i}`, 'x']));
    await told(await hub.admin.get('/v1/teams', many), 431, 'too_many_fields');
    await told(await hub.admin.get('/v1/teams', {Expect: 'gold'}), 417, 'expectation_failed');
    await told(
        await hub.admin.call('POST', '/v1/teams', {
            body: 'x'.repeat((1 << 20) + 1),
            headers: {'Content-Type': 'application/json'},
        }),
        413,
        'too_large',
    );
    await told(
        await hub.admin.call('GET', '/v1/teams', {headers: {'Transfer-Encoding': 'gzip'}}),
        501,
        'unknown_transfer_encoding',
    );
    for (const [bytes, status, code] of [
        ['POST /v1/teams HTTP/1.1\r\nHost: x\r\n\r\n', 411, 'length_required'],
        ['GET /v1/teams HTTP/1.1\r\n\r\n', 400, 'bad_request'],
        ['GET /v1/teams HTTP/3.0\r\nHost: x\r\n\r\n', 505, 'version_not_supported'],
    ]) {
        const text = await exchange(hub, bytes);
        const [head, body] = text.split('\r\n\r\n');
        const type = /content-type: (.*)/i.exec(head)?.[1];
        const headers = {'content-type': type};
        const answer = {what: bytes, status: responsesIn(text).status, text, headers};
        await told({...answer, body: JSON.parse(body)}, status, code);
    }
});

test('the root page says where to go, under a strict policy', async () => {
    const page = await hub.nobody.get('/');
    assert.equal(page.status, 200);
    assert.match(page.headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/);
    for (const path of ['/openapi.json', '/docs/errors']) assert.ok(page.text.includes(`href="${path}"`));
    assert.ok(!page.text.includes('/setup'));
    const fresh = new Hub();
    try {
        await fresh.start();
        assert.ok((await fresh.nobody.get('/')).text.includes('href="/setup"'));
    } finally {
        await fresh.close();
    }
});
