// every route keeps the API's common rules: named errors, paging, idempotency, methods and media types
import assert from 'node:assert/strict';
import test, {after} from 'node:test';

import {expect, startHub} from '../support/hub.mjs';

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const team = await hub.team('Payments');
const projectBody = (name) => ({
    name,
    team_id: team.id,
    repository: {provider: 'github', url: `https://github.com/shop/${name}`},
});

test('unknown members are refused with 422 and named, values are not repeated', async () => {
    const answer = await hub.admin.post('/v1/teams', {
        name: 'X',
        colour: 'a value nobody wants to see',
        shape: 1,
    });
    const body = expect(answer, 422);
    assert.deepEqual(body.errors.map((error) => error.pointer).sort(), ['/colour', '/shape']);
    assert.ok(!answer.text.includes('nobody wants'));
    const nested = expect(
        await hub.admin.post('/v1/projects', {
            name: 'x',
            team_id: team.id,
            repository: {provider: 'svn', url: 'https://user:pw@github.com/a/b', more: 1},
        }),
        422,
    );
    assert.deepEqual(nested.errors.map((error) => error.pointer).sort(), [
        '/repository/more',
        '/repository/provider',
        '/repository/url',
    ]);
});

test('missing, too long and wrongly typed members are all named at once', async () => {
    const body = expect(await hub.admin.post('/v1/projects', {name: 7, repository: {url: ''}}), 422);
    assert.deepEqual(body.errors.map((error) => error.pointer).sort(), [
        '/name',
        '/repository/provider',
        '/repository/url',
        '/team_id',
    ]);
    expect(await hub.admin.post('/v1/teams', {name: 'x'.repeat(101)}), 422);
    expect(await hub.admin.post('/v1/teams', []), 422);
});

test('a body that is no JSON, has members twice or is nested too deep is 400', async () => {
    const send = (body) =>
        hub.admin.call('POST', '/v1/teams', {body, headers: {'Content-Type': 'application/json'}});
    for (const body of [
        '',
        '{',
        '{"name":"a",}',
        '{"name":"a","name":"b"}',
        '{"name":"\\u0000"}x',
        '['.repeat(5000) + ']'.repeat(5000),
        Buffer.from('{"name":"\xff"}', 'latin1'),
        'nul',
    ])
        assert.equal(expect(await send(body), 400).code, 'bad_request');
});

test('another media type is 415, another method 405 with Allow, another path 404', async () => {
    const text = await hub.admin.call('POST', '/v1/teams', {
        body: '{"name":"x"}',
        headers: {'Content-Type': 'text/plain'},
    });
    assert.equal(expect(text, 415).code, 'unsupported_media_type');
    expect(await hub.admin.call('POST', '/v1/teams', {body: '{"name":"x"}'}), 415);
    const put = await hub.admin.call('PUT', '/v1/teams', {json: {}});
    expect(put, 405);
    assert.deepEqual(put.headers.allow.split(/, */).sort(), ['GET', 'HEAD', 'POST']);
    expect(await hub.admin.get('/v1/nothing'), 404);
    expect(await hub.admin.get('/v1/teams/'), 404);
    const options = await hub.nobody.call('OPTIONS', '/v1/teams');
    assert.equal(options.status, 204);
    assert.ok(options.headers.allow.includes('POST'));
});

test('lists are paged by cursor: all items, once each, with the exact total', async () => {
    const made = [];
    for (let i = 0; i < 7; ++i)
        made.push((await hub.admin.make('/v1/projects', projectBody(`paged-${i}`))).id);
    const pages = [];
    for (let cursor = ''; ;) {
        const page = await hub.admin.read(`/v1/projects?limit=3${cursor && `&cursor=${cursor}`}`);
        assert.equal(page.total, made.length);
        pages.push(page.items.map((item) => item.id));
        if (!page.next_cursor) break;
        cursor = page.next_cursor;
    }
    assert.deepEqual(
        pages.map((page) => page.length),
        [3, 3, 1],
    );
    assert.deepEqual(pages.flat().sort(), made.sort());
});

test('a cursor, a limit or a filter that is none is 422 and says which', async () => {
    for (const [query, pointer] of [
        ['cursor=nonsense', '/query/cursor'],
        ['limit=0', '/query/limit'],
        ['limit=201', '/query/limit'],
        ['limit=x', '/query/limit'],
        ['limit=', '/query/limit'],
        ['cursor=', '/query/cursor'],
        ['colour=red', '/query/colour'],
    ]) {
        const body = expect(await hub.admin.get(`/v1/projects?${query}`), 422);
        assert.equal(body.errors[0].pointer, pointer);
    }
    const page = await hub.admin.read('/v1/projects?limit=1');
    const other = expect(await hub.admin.get(`/v1/users?cursor=${page.next_cursor}`), 422);
    assert.equal(other.errors[0].pointer, '/query/cursor', 'of another list, where it would look like the end');
    // Also where nothing can be filtered.
    expect(await hub.admin.get(`/v1/teams/${team.id}?colour=red`), 422);
    expect(await hub.admin.post('/v1/teams?dry_run=true', {name: 'Not made'}), 422);
    expect(await hub.nobody.get(`/v1/teams/${team.id}?colour=red`), 401);
    const audit = expect(await hub.admin.get('/v1/admin/audit?target_table=nothing'), 422);
    assert.match(audit.errors[0].detail, /webhook_deliveries/);
    expect(await hub.admin.get('/v1/events?type=no.such'), 422);
    expect(await hub.admin.get('/v1/receipts?project_id=ledger'), 422);
});

test('an Idempotency-Key answers a repetition with the first answer, another body with 422', async () => {
    const key = {'Idempotency-Key': 'once'};
    const first = await hub.admin.post('/v1/projects', projectBody('once'), key);
    const again = await hub.admin.post('/v1/projects', projectBody('once'), key);
    assert.deepEqual(expect(again, 201), expect(first, 201));
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal(first.headers['idempotency-replayed'], undefined);
    const other = expect(await hub.admin.post('/v1/projects', projectBody('twice'), key), 422);
    assert.equal(other.code, 'idempotency_mismatch');
    const found = (await hub.admin.all('/v1/projects')).filter((project) => project.name === 'once');
    assert.equal(found.length, 1);
    // The key belongs to the caller and the path.
    const person = await hub.person('tess', [{role: 'team_admin', team_id: team.id}]);
    expect(await person.post('/v1/projects', projectBody('hers'), key), 201);
});

test('many repetitions at once make one thing', async () => {
    const key = {'Idempotency-Key': 'many at once'};
    const answers = await Promise.all(
        Array.from({length: 20}, () => hub.admin.post('/v1/projects', projectBody('many'), key)),
    );
    const ids = new Set(answers.map((answer) => expect(answer, 201).id));
    assert.equal(ids.size, 1);
});

test('a stored answer never holds a secret; its replay says that it was shown', async () => {
    const key = {'Idempotency-Key': 'secret'};
    const wanted = {name: 'x', scope: 'team', team_id: team.id};
    const first = expect(await hub.admin.post('/v1/api-keys', wanted, key), 201);
    hub.secret(first.raw_key);
    const again = await hub.admin.post('/v1/api-keys', wanted, key);
    assert.equal(expect(again, 201).id, first.id);
    assert.equal(again.body.secret_shown, true);
    assert.equal(again.body.raw_key, undefined);
    assert.ok(!again.text.includes(first.raw_key));
});

test('two teams or users do not share a name or an address', async () => {
    assert.equal(expect(await hub.admin.post('/v1/teams', {name: 'Payments'}), 409).code, 'name_taken');
    const user = {email: 'Twin@Example.com', name: 'Twin', roles: []};
    expect(await hub.admin.post('/v1/users', user), 201);
    assert.equal(
        expect(await hub.admin.post('/v1/users', {...user, email: 'twin@example.com'}), 409).code,
        'email_taken',
    );
    await hub.admin.make('/v1/projects', projectBody('in-use'));
    assert.equal(expect(await hub.admin.delete(`/v1/teams/${team.id}`), 409).code, 'team_in_use');
});

test('events from outside are checked against their schema, and the hub keeps its own types', async () => {
    const data = {account_id: 'acc_123', name: 'Acme Corporation', status: 'active', region: 'eu'};
    const made = await hub.admin.make('/v1/events', {type: 'account.created', data});
    assert.deepEqual((await hub.admin.read(`/v1/events/${made.id}`)).data, data);
    const bad = expect(
        await hub.admin.post('/v1/events', {type: 'account.created', data: {name: 'Acme'}}),
        422,
    );
    assert.ok(
        bad.errors.every((error) => error.pointer.startsWith('/data')),
        JSON.stringify(bad),
    );
    for (const type of ['scan.completed', 'api_key.created', 'no.such'])
        expect(await hub.admin.post('/v1/events', {type, data: {}}), 422);
    const twice = {type: 'account.created', data, idempotency_key: 'acc_123 created'};
    assert.equal(
        (await hub.admin.make('/v1/events', twice)).id,
        (await hub.admin.make('/v1/events', twice)).id,
    );
});

test('every answer carries a request id, every problem the same one, and the log has its line', async () => {
    const answer = await hub.admin.get('/v1/nothing');
    assert.equal(answer.headers['x-request-id'], answer.body.request_id);
    await hub.restart();
    const line = hub.lines().find((entry) => entry.request_id === answer.body.request_id);
    assert.equal(line.message, 'request');
    assert.equal(line.status, 404);
});

test('all error codes are explained at /docs/errors', async () => {
    const page = await hub.nobody.get('/docs/errors');
    assert.equal(page.status, 200);
    for (const code of [
        'invalid_input',
        'insufficient_scope',
        'webhook_not_verified',
        'idempotency_mismatch',
    ])
        assert.ok(page.text.includes(`id="${code}"`), code);
});
