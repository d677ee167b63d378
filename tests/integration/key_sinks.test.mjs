// story: a rotated key reaches GitHub Actions sealed, and what goes wrong there is waited for or shown to a person
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {after, afterEach} from 'node:test';

import sodium from 'libsodium-wrappers';

import {startGithub} from '../support/github_api.mjs';
import {Client, expect, startHub, until} from '../support/hub.mjs';

const kToken = 'github_pat_11AAAAAAA0000000000000000000';
const kName = 'TRUSTHUB_API_KEY';
await sodium.ready;
const hub = await startHub({after}, {config: 'scans: {paused: true}\noutbound: {schedule_s: [0, 1, 1, 1, 1, 1, 1, 1, 1], jitter: 0}'});
const github = await startGithub({after}, sodium, hub.secret(kToken));
const payments = await hub.team('Payments');
const kTeamKey = {scope: 'team', team_id: payments.id, type: 'admin'};
const connection = await connect({name: 'GitHub'});

afterEach(() => {
    github.fault = () => null;
    github.afterPut = () => null;
    assert.deepEqual(github.faults, []);
});

function connect(more, settings = {}) {
    return hub.admin.make('/v1/connections', {
        connector: 'github',
        team_id: payments.id,
        settings: {api_url: github.url, token: kToken, ...settings},
        ...more,
    });
}

/// A repository at GitHub, and a key that is rotated into it.
async function keyFor(repository, {deliver = {}, overlap_hours = 5} = {}) {
    const place = github.places.get(repository) ?? github.add(repository);
    const rotation = {
        every_days: 30,
        overlap_hours,
        deliver: {connection_id: connection.id, repository, secret_name: kName, ...deliver},
    };
    return Object.assign(await hub.key({...kTeamKey, rotation}), {place});
}

const rotationOf = (key) => hub.admin.read(`/v1/api-keys/${key.issued.id}/rotation`);

/// The clock of a running hub cannot be turned: the due times are moved instead.
async function makeDue(...keys) {
    await hub.stop();
    const ids = keys.map((key) => `'${key.issued.id}'`).join(', ');
    const sql = `UPDATE api_key_rotation_schedules SET due_at = 1 WHERE key_id IN (${ids})`;
    const done = spawnSync('sqlite3', [join(hub.data, 'trusthub.db'), sql], {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stderr);
    await hub.start();
}

const rotated = (key) =>
    until(async () => {
        const found = await rotationOf(key);
        return found.superseded_by && found;
    }, 'the end of the rotation');

const waiting = (key) =>
    until(async () => {
        const {schedule} = await rotationOf(key);
        return schedule.status === 'waiting_for_person' && schedule;
    }, 'the call for a person');

/// A client with what GitHub has now.
function stored(key, name = kName) {
    const secret = key.place.secrets.get(name);
    assert.ok(secret, 'GitHub has the secret');
    return Object.assign(new Client(hub, hub.secret(secret.value)), {visibility: secret.visibility});
}

function assertNowhereInData(text) {
    const files = readdirSync(hub.data, {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile());
    assert.ok(files.length > 3);
    for (const file of files) {
        const bytes = readFileSync(join(file.parentPath ?? file.path, file.name));
        assert.ok(!bytes.includes(text), `in ${file.name}`);
    }
}

test('the successor arrives sealed in the secrets of the repository and works; the old key does until the overlap ends', async () => {
    const key = await keyFor('shop/ledger');
    const {schedule} = await rotationOf(key);
    assert.deepEqual(schedule.deliver, {connection_id: connection.id, repository: 'shop/ledger', secret_name: kName});
    assert.equal(schedule.handover, null);
    await makeDue(key);
    const done = await rotated(key);
    const successor = stored(key);
    assert.equal(expect(await successor.get('/v1/me'), 200).key.id, done.superseded_by);
    expect(await key.get('/v1/me'), 200);
    const left = Date.parse(done.previous_valid_until) - Date.now();
    assert.ok(left > 4.9 * 3_600_000 && left <= 5 * 3_600_000, done.previous_valid_until);
    expect(await hub.admin.delete(`/v1/api-keys/${done.superseded_by}/overlap`), 204);
    expect(await key.get('/v1/me'), 401);
    expect(await successor.get('/v1/me'), 200);

    const next = (await hub.admin.read(`/v1/api-keys/${done.superseded_by}/rotation`)).schedule;
    assert.equal(next.status, 'scheduled');
    assert.deepEqual(next.deliver, schedule.deliver);
    const {items} = await hub.admin.read('/v1/events?type=api_key.delivered');
    assert.deepEqual(items.map((event) => event.data.delivered_to), [schedule.deliver]);
    const rows = (await hub.admin.read(`/v1/admin/audit?target_table=api_keys&q=delivered_to`)).items;
    assert.deepEqual(rows.map((row) => row.target_id), [done.superseded_by]);
    assertNowhereInData(successor.token);
    assertNowhereInData(kToken);
    assert.ok(!JSON.stringify(items).includes(successor.token));
});

test('an environment and an organization have secrets, too', async () => {
    const environment = await keyFor('shop/deploy', {deliver: {environment: 'live & kicking'}});
    environment.place = github.add('shop/deploy#live & kicking');
    const place = github.add('@shop');
    const organization = Object.assign(
        await hub.key({
            ...kTeamKey,
            rotation: {every_days: 1, deliver: {connection_id: connection.id, organization: 'Shop', visibility: 'all', secret_name: kName}},
        }),
        {place},
    );
    await makeDue(environment, organization);
    for (const key of [environment, organization]) {
        await rotated(key);
        expect(await stored(key).get('/v1/me'), 200);
    }
    assert.equal(stored(organization).visibility, 'all');
});

test('what GitHub or the hub would refuse is refused when the schedule is set', async () => {
    const key = await hub.key(kTeamKey);
    const shipping = await hub.team('Shipping');
    const foreign = await connect({name: 'Foreign', team_id: shipping.id});
    const gitlab = await hub.admin.make('/v1/connections', {connector: 'gitlab', name: 'GitLab', team_id: payments.id});
    const bare = await hub.admin.make('/v1/connections', {connector: 'github', name: 'Bare', team_id: payments.id});
    const lead = await hub.person('lead', [{role: 'team_admin', team_id: payments.id}]);
    const good = {connection_id: connection.id, repository: 'shop/ledger', secret_name: kName};
    const set = (deliver, by = hub.admin) =>
        by.call('PUT', `/v1/api-keys/${key.issued.id}/rotation-schedule`, {json: {every_days: 30, deliver}});
    const fault = async (deliver, by) => {
        const {errors} = expect(await set({...good, ...deliver}, by), 422);
        assert.equal(errors.length, 1, JSON.stringify(errors));
        return errors[0];
    };
    for (const id of [foreign.id, '019b76da-a800-7000-8000-000000000003'])
        assert.deepEqual(await fault({connection_id: id}), {pointer: '/deliver/connection_id', detail: "there is no such connection of the key's own team"});
    const of = await fault({connection_id: gitlab.id});
    assert.match(of.detail, /`gitlab` takes no secrets that are sealed/);
    assert.match((await fault({connection_id: bare.id})).detail, /has no `token`/);
    for (const name of ['GITHUB_TOKEN', '1A', 'A-B', 'A/../B']) assert.equal((await fault({secret_name: name})).pointer, '/deliver/secret_name');
    for (const name of ['ledger', 'shop/..', 'https://github.com/shop/ledger']) assert.equal((await fault({repository: name})).pointer, '/deliver/repository');
    assert.equal((await fault({organization: 'shop'})).pointer, '/deliver/repository');
    assert.equal((await fault({repository: undefined, organization: 'shop', visibility: 'selected'})).pointer, '/deliver/visibility');
    assert.equal((await fault({colour: 'red'})).pointer, '/deliver/colour');

    const theirs = await hub.key({...kTeamKey, permissions: ['scans:read'], rotation: {every_days: 30, deliver: good}}, lead);
    assert.deepEqual((await rotationOf(theirs)).schedule.deliver, good);
    // The key may rotate itself; managing connections is another thing.
    const narrow = await hub.key({...kTeamKey, permissions: ['keys:read', 'keys:write', 'scans:read']});
    const own = await narrow.call('PUT', `/v1/api-keys/${narrow.issued.id}/rotation-schedule`, {json: {every_days: 30, deliver: good}});
    assert.equal(expect(own, 422).errors[0].pointer, '/deliver/connection_id');
    const wrong = await hub.admin.post('/v1/connections', {connector: 'github', name: 'Plain', team_id: payments.id, settings: {api_url: 'http://git.example.com'}});
    assert.equal(expect(wrong, 422).errors[0].pointer, '/settings/api_url');
});

test('what passes at GitHub is waited for: 500, both limits, silence and a key that changes meanwhile', async () => {
    const first = new Set();
    const once = (request, answer) => {
        const seen = `${request.method} ${request.path}`;
        if (first.has(seen)) return null;
        first.add(seen);
        return answer;
    };
    const limits = [];
    const faults = {
        'shop/broken': (request) => once(request, {status: 500, body: {message: 'Server Error'}}),
        'shop/limited': (request) => {
            limits.push(Date.now());
            return once(request, {status: 429, headers: {'Retry-After': '2'}, body: {message: 'too many'}});
        },
        'shop/abuse': (request) =>
            request.method === 'PUT' ? once(request, {status: 403, headers: {'retry-after': '1'}, body: {message: 'You have exceeded a secondary rate limit.'}}) : null,
        'shop/silent': (request) => (request.method === 'PUT' ? once(request, 'hang') : null),
        'shop/changing': (request) => {
            if (request.method === 'PUT' && once(request, true)) github.places.get('shop/changing').changeKey();
            return null;
        },
    };
    github.fault = (request) => faults[/^\/repos\/([^/]+\/[^/]+)/.exec(request.path)[1]]?.(request);
    const keys = [];
    for (const repository of Object.keys(faults)) keys.push(await keyFor(repository));
    await makeDue(...keys);
    for (const key of keys) {
        const done = await rotated(key);
        assert.equal(done.schedule, null);
        const successor = stored(key);
        assert.equal(expect(await successor.get('/v1/me'), 200).key.id, done.superseded_by);
        expect(await key.get('/v1/me'), 200);
        assertNowhereInData(successor.token);
    }
    assert.ok(limits[1] - limits[0] >= 1_950, `${limits[1] - limits[0]} ms`);
    // Silence is no refusal: the same box was sent again. After a change of GitHub's key there are two.
    const puts = (repository) => github.of('PUT').filter(({path}) => path.includes(`/${repository}/`));
    const [silent, again] = puts('shop/silent');
    assert.equal(silent.body, again.body);
    const [old, fresh] = puts('shop/changing').map(({body}) => JSON.parse(body));
    assert.notEqual(old.key_id, fresh.key_id);
    const {family} = await rotationOf(keys[4]);
    assert.equal(family.filter((one) => one.revoked_at).length, 1);
});

test('what somebody must mend calls a person with the reason, and goes on once the connection is mended', async () => {
    const answers = {
        'shop/revoked': {status: 401, body: {message: 'Bad credentials'}},
        'shop/forbidden': {status: 403, headers: {'x-ratelimit-remaining': '4999'}, body: {message: 'Resource not accessible by personal access token'}},
        'shop/full': {status: 422, body: {message: 'Validation Failed'}},
    };
    github.fault = (request) => (request.method === 'PUT' || request.path.includes('revoked') ? answers[request.path.split('/').slice(2, 4).join('/')] : null);
    const keys = {};
    for (const repository of Object.keys(answers)) keys[repository] = await keyFor(repository);
    keys.gone = await keyFor('shop/gone');
    github.places.delete('shop/gone');
    await makeDue(...Object.values(keys));
    const reasons = {};
    for (const [name, key] of Object.entries(keys)) {
        const schedule = await waiting(key);
        reasons[name] = schedule.reason;
        assert.equal(schedule.handover.next_attempt_at, null);
        assert.match(schedule.handover.last_error, /GitHub|token/);
        expect(await key.get('/v1/me'), 200);
        const {items} = await hub.admin.read('/v1/events?type=api_key.rotation_due');
        assert.deepEqual(items.filter((event) => event.data.id === key.issued.id).map((event) => event.data.reason), [schedule.reason]);
    }
    assert.deepEqual(reasons, {
        'shop/revoked': 'receiver_unauthorized',
        'shop/forbidden': 'receiver_forbidden',
        'shop/full': 'receiver_refused',
        gone: 'receiver_not_found',
    });

    github.fault = () => null;
    github.places.set('shop/gone', keys.gone.place);
    const mended = {settings: {api_url: github.url, token: kToken}};
    expect(await hub.admin.patch(`/v1/connections/${connection.id}`, mended), 200);
    for (const key of Object.values(keys)) {
        await rotated(key);
        expect(await stored(key).get('/v1/me'), 200);
    }
});

test('nothing is made for a connection that is paused or deleted', async () => {
    const paused = await connect({name: 'Paused'});
    const deleted = await connect({name: 'Deleted'});
    const [one, other] = [await keyFor('shop/one', {deliver: {connection_id: paused.id}}), await keyFor('shop/two', {deliver: {connection_id: deleted.id}})];
    expect(await hub.admin.patch(`/v1/connections/${paused.id}`, {status: 'paused'}), 200);
    expect(await hub.admin.delete(`/v1/connections/${deleted.id}`), 204);
    const before = github.requests.length;
    await makeDue(one, other);
    for (const key of [one, other]) {
        assert.equal((await waiting(key)).reason, 'receiver_not_active');
        const {family} = await rotationOf(key);
        assert.equal(family.length, 1);
    }
    assert.equal(github.requests.length, before);
    expect(await hub.admin.patch(`/v1/connections/${paused.id}`, {status: 'active'}), 200);
    await rotated(one);
    // The other one is rotated by hand.
    expect(await hub.admin.post(`/v1/api-keys/${other.issued.id}/rotate`), 201);
});

test('a hub that is killed between the provider and its own commit delivers the same successor again', async () => {
    const key = await keyFor('shop/killed');
    let killed;
    github.afterPut = () => (killed ??= hub.kill9());
    await makeDue(key);
    await until(() => killed !== undefined, 'the kill');
    await killed;
    const value = stored(key).token;
    await hub.start();
    const done = await rotated(key);
    assert.equal(stored(key).token, value);
    assert.equal(expect(await stored(key).get('/v1/me'), 200).key.id, done.superseded_by);
    assert.equal(done.family.length, 2);
    const [first, second] = github.of('PUT').slice(-2);
    assert.equal(first.body, second.body);
    assert.equal(second.status, 204);
});

test('a hub is stopped in the midst of a call that hangs, and goes on after its start', async () => {
    const key = await keyFor('shop/stopped');
    github.fault = (request) => (request.path.includes('shop/stopped') ? 'hang' : null);
    await makeDue(key);
    await until(() => github.requests.some(({path}) => path.includes('shop/stopped')), 'the call');
    const before = Date.now();
    await hub.stop();
    assert.ok(Date.now() - before < 8_000, `${Date.now() - before} ms`);
    github.fault = () => null;
    await hub.start();
    await rotated(key);
    expect(await stored(key).get('/v1/me'), 200);
});

test('a schedule that is removed while GitHub stores the key leaves an alert that names the place', async () => {
    const key = await keyFor('shop/called-off');
    let removed;
    github.afterPut = async () => {
        removed ??= hub.admin.delete(`/v1/api-keys/${key.issued.id}/rotation-schedule`);
        await removed;
    };
    await makeDue(key);
    await until(() => removed !== undefined, 'the call');
    expect(await removed, 204);
    expect(await stored(key).get('/v1/me'), 401);
    const events = await until(async () => {
        const {items} = await hub.admin.read('/v1/events?type=api_key.left_behind');
        return items.length === 2 && items;
    }, "GitHub's answer");
    assert.deepEqual(events.map((event) => event.data.stored), ['yes', 'maybe']);
    assert.deepEqual(events[0].data.left_at, {connection_id: connection.id, repository: 'shop/called-off', secret_name: kName});
    const {items} = await hub.admin.read('/v1/alerts?state=open&kind=api_key_left_behind');
    assert.equal(items.length, 1);
    const [alert] = items;
    assert.equal(alert.severity, 'critical');
    assert.equal(alert.team_id, payments.id);
    assert.equal(alert.target.id, events[0].data.id);
    assert.match(alert.summary, /lies in secret TRUSTHUB_API_KEY of repository shop\/called-off, where connection GitHub has put it/);
    assert.match(alert.action, /put a key there that is in force, or delete it/);
    const rows = (await hub.admin.read('/v1/admin/audit?target_table=api_keys&q=left_at')).items;
    assert.deepEqual(rows.map((row) => row.details.stored), ['yes', 'maybe']);

    // The next successor that is stored there ends the matter.
    const again = await hub.admin.call('PUT', `/v1/api-keys/${key.issued.id}/rotation-schedule`, {
        json: {every_days: 30, deliver: {connection_id: connection.id, repository: 'shop/called-off', secret_name: kName}},
    });
    expect(again, 200);
    await makeDue(key);
    await rotated(key);
    expect(await stored(key).get('/v1/me'), 200);
    const ended = await hub.admin.read(`/v1/alerts/${alert.id}`);
    assert.deepEqual([ended.state, ended.resolution], ['resolved', 'replaced']);
});
