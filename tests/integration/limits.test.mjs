// keys are limited exactly, owners cannot be starved, usage adds up, and explain tells why
import assert from 'node:assert/strict';
import test, {after} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {Client, expect, kNowhere, startHub} from '../support/hub.mjs';
import {sendGithub, githubPush} from '../support/senders.mjs';

const config = `scans: {paused: true}
trusted_proxies: [127.0.0.0/8]
limits:
  key: {requests: 4, per_seconds: 1, burst: 40}
  team: {requests: 1000, per_seconds: 1, burst: 60}
  failures: {requests: 1, per_seconds: 60, burst: 5}
  webhooks: {requests: 1, per_seconds: 60, burst: 3}
  sign_in: {requests: 100, per_seconds: 1}
`;
const hub = await startHub({after}, {config});
const red = await hub.team('Red');
const blue = await hub.team('Blue');
const app = await hub.project(red.id, 'https://github.com/red/app.git');
const site = await hub.project(blue.id, 'https://github.com/blue/site.git');
const from = (ip) => ({'X-Forwarded-For': ip});

/// `"key";q=4;w=1, "team";…` as [{name, q: 4, w: 1}, …]: a structured field list of strings.
function parseList(text) {
    assert.match(text, /^"[a-z_]+"(;[a-z-]+=\d+)+(, "[a-z_]+"(;[a-z-]+=\d+)+)*$/);
    return text.split(', ').map((item) => {
        const [name, ...parameters] = item.split(';');
        return {
            name: JSON.parse(name),
            ...Object.fromEntries(parameters.map((each) => each.split('=')).map(([k, v]) => [k, Number(v)])),
        };
    });
}

/// Calls until it is refused.
async function exhaust(key, path = '/v1/me') {
    for (let i = 0; i < 500; ++i) {
        const answer = await key.get(path);
        if (answer.status === 429) return answer;
        assert.ok(answer.status < 500, answer.text);
    }
    throw new Error('it was never refused');
}

test('each answer to a key tells how it stands with its limits, the tightest first', async () => {
    const key = await hub.key({scope: 'team', team_id: red.id, type: 'read_only'});
    const answer = await key.get('/v1/me');
    expect(answer, 200);
    const policies = parseList(answer.headers['ratelimit-policy']);
    assert.deepEqual(policies[0], {name: 'key', q: 4, w: 1, 'trusthub-burst': 40});
    assert.deepEqual(policies.map(({name}) => name), ['key', 'team', 'organization']);
    const states = parseList(answer.headers.ratelimit);
    assert.deepEqual(states.map(({name}) => name), ['key', 'team', 'organization']);
    assert.equal(states[0].r, 39);
    assert.equal(states[0].t, 1);
    assert.equal(answer.headers['x-ratelimit-limit'], '40');
    assert.equal(answer.headers['x-ratelimit-remaining'], '39');
    const reset = Number(answer.headers['x-ratelimit-reset']) - Date.now() / 1000;
    assert.ok(reset > -2 && reset < 3, `reset in ${reset} s`);
    // A refusal of the handler carries them too; people and strangers have none.
    assert.ok((await key.get(`/v1/scans/${kNowhere}`)).headers.ratelimit);
    assert.equal((await hub.admin.get('/v1/me')).headers.ratelimit, undefined);
    assert.equal((await hub.nobody.get('/v1/me')).headers.ratelimit, undefined);
});

test('beyond its limit a key gets 429, and passes again after exactly Retry-After', async () => {
    const key = await hub.key({scope: 'org', type: 'read_only'});
    const refused = await exhaust(key);
    assert.match(refused.headers['content-type'], /^application\/problem\+json/);
    assert.equal(refused.body.code, 'rate_limited');
    assert.equal(refused.body.status, 429);
    assert.deepEqual(refused.body.violated_policies, ['key']);
    const [state] = parseList(refused.headers.ratelimit);
    assert.equal(state.name, 'key');
    assert.equal(state.r, 0);
    const seconds = Number(refused.headers['retry-after']);
    assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds >= state.t);
    await sleep(seconds * 1000);
    expect(await key.get('/v1/me'), 200);
});

test("a key's own limit takes the place of the hub's", async () => {
    const key = await hub.key({scope: 'org', type: 'read_only', rate_limit: {requests: 2, per_seconds: 60}});
    assert.deepEqual((await key.read('/v1/me')).key.rate_limit, {requests: 2, per_seconds: 60, burst: 2, remaining: 1});
    expect(await key.get('/v1/me'), 200);
    const refused = await key.get('/v1/me');
    expect(refused, 429);
    const wait = Number(refused.headers['retry-after']);
    assert.ok(wait >= 29 && wait <= 30, `${wait} s`);
});

test("a key that is refused takes nothing from its team, and the team's limit holds over its keys", async () => {
    const wanted = {scope: 'team', team_id: blue.id, type: 'read_only'};
    const first = await hub.key(wanted);
    await exhaust(first);
    const second = await hub.key(wanted);
    const team = parseList((await second.get('/v1/me')).headers.ratelimit).find(({name}) => name === 'team');
    // Forty passed, not one more; the team has filled up since.
    assert.ok(team.r >= 60 - 41 - 6, `the team has ${team.r} left`);
});

test('who fails with a prefix or from an address cannot starve the owner', async () => {
    const key = await hub.key({scope: 'org', type: 'read_only'});
    const last = key.token.at(-1) === 'a' ? 'b' : 'a';
    const thief = new Client(hub, key.token.slice(0, -1) + last);
    const statuses = [];
    for (let i = 0; i < 12; ++i)
        statuses.push((await thief.get('/v1/me', from('198.51.100.7'))).status);
    assert.deepEqual(statuses.slice(0, 5), [401, 401, 401, 401, 401]);
    assert.deepEqual(new Set(statuses.slice(5)), new Set([429]));
    const refused = await thief.get('/v1/me', from('198.51.100.200'));
    expect(refused, 429);
    assert.deepEqual(refused.body.violated_policies, ['failures']);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    // The owner, from elsewhere and from the same block, has all of the limit.
    const elsewhere = await key.get('/v1/me', from('203.0.113.9'));
    assert.equal(elsewhere.headers['x-ratelimit-remaining'], '39');
    expect(await key.get('/v1/me', from('198.51.100.7')), 200);
    // Others fail as ever, and who shows no credential is told so.
    expect(await thief.get('/v1/me', from('203.0.113.10')), 401);
    expect(await hub.nobody.get('/v1/me', from('198.51.100.7')), 401);
});

test('webhooks that do not verify are limited; those that do always pass', async () => {
    const payload = (n) => githubPush({url: 'https://github.com/red/app.git', after: String(n).repeat(40)});
    const send = (secret, n, ip) => sendGithub(hub, {secret, payload: payload(n), headers: from(ip)});
    const bad = [];
    for (let i = 1; i < 7; ++i) bad.push((await send('wrong', i, '198.51.100.50')).status);
    assert.deepEqual(bad, [401, 401, 401, 429, 429, 429]);
    expect(await send(app.secret, 8, '198.51.100.50'), 200);
    expect(await send('wrong', 9, '203.0.113.50'), 401);
});

test('what a key did is told by day, route and client', async () => {
    const key = await hub.key({scope: 'project', project_id: app.id, permissions: ['scans:trigger', 'scans:read']});
    const agent = (name, ip) => ({'User-Agent': name, ...from(ip)});
    for (let i = 0; i < 5; ++i) expect(await key.get('/v1/me', agent('ci/1', '192.0.2.1')), 200);
    const scan = expect(await key.post(`/v1/projects/${app.id}/scans`, {kind: 'source'}, agent('ci/1', '192.0.2.1')), 200);
    expect(await key.get(`/v1/scans/${scan.id}`, agent('ci/2', '192.0.2.2')), 200);
    expect(await key.get(`/v1/scans/${kNowhere}`, agent('ci/2', '192.0.2.2')), 403);
    expect(await key.get('/v1/projects', agent('ci/2', '192.0.2.2')), 401);
    const refused = (await exhaust(key)).headers;
    assert.ok(refused['retry-after']);
    const usage = (by) => hub.admin.read(`/v1/api-keys/${key.issued.id}/usage?by=${by}`);
    const days = await usage('day');
    assert.equal(days.totals.limited, 1);
    assert.equal(days.totals.errors, 2);
    assert.equal(days.totals.last_route, 'GET /v1/me');
    assert.ok(Math.abs(Date.parse(days.totals.last_at) - Date.now()) < 60_000);
    const sum = (items, name) => items.reduce((all, item) => all + item[name], 0);
    for (const by of ['route', 'client', 'day']) {
        const {items, totals, truncated} = await usage(by);
        assert.equal(truncated, false);
        for (const name of ['requests', 'errors', 'limited']) assert.equal(sum(items, name), totals[name], `${by} ${name}`);
    }
    const routes = Object.fromEntries((await usage('route')).items.map((item) => [item.route, item]));
    assert.equal(routes['GET /v1/scans/{id}'].requests, 2);
    assert.equal(routes['GET /v1/scans/{id}'].errors, 1);
    assert.equal(routes['POST /v1/projects/{id}/scans'].requests, 1);
    assert.equal(routes['GET /v1/projects'].errors, 1);
    const clients = (await usage('client')).items;
    const second = clients.find(({ip}) => ip === '192.0.2.2');
    assert.equal(second.user_agent, 'ci/2');
    assert.equal(second.requests, 3);
    const read = await hub.admin.read(`/v1/api-keys/${key.issued.id}`);
    assert.ok(read.last_used_at);

    // Another span holds nothing; what cannot be read is named; strangers to the key see nothing.
    const path = `/v1/api-keys/${key.issued.id}/usage`;
    const before = await hub.admin.read(`${path}?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z`);
    assert.equal(before.totals.requests, 0);
    assert.deepEqual([before.from, before.to], ['2020-01-01', '2020-01-31']);
    expect(await hub.admin.get(`${path}?by=hour`), 422);
    expect(await hub.admin.get(`${path}?from=yesterday`), 422);
    const other = await hub.person('olga', [{role: 'team_admin', team_id: blue.id}]);
    expect(await other.get(path), 404);
});

test('usage survives a restart', async () => {
    const key = await hub.key({scope: 'org', type: 'read_only'});
    for (let i = 0; i < 3; ++i) await key.read('/v1/me');
    await hub.restart();
    await hub.renewAdmin();
    const {totals} = await hub.admin.read(`/v1/api-keys/${key.issued.id}/usage`);
    assert.equal(totals.requests, 3);
});

test('metrics tell outcomes by policy and never by key', async () => {
    const key = await hub.key({scope: 'org', type: 'read_only', permissions: ['metrics:read']});
    await key.read('/v1/me');
    const {text} = await key.get('/metrics');
    assert.match(text, /^trusthub_ratelimit_decisions_total\{.*policy="key".*\} /m);
    assert.match(text, /^trusthub_key_verifications_total\{outcome="passed"\} /m);
    assert.ok(!text.includes(key.issued.id) && !text.includes(key.issued.key_prefix));
});

test('/v1/me tells a key and a person all about themselves', async () => {
    const dev = await hub.person('dev', [{role: 'developer', team_id: red.id}, {role: 'account_manager'}]);
    const key = await hub.key({scope: 'project', project_id: app.id, permissions: ['scans:read']}, dev);
    const mine = await key.read('/v1/me');
    assert.equal(mine.kind, 'api_key');
    assert.deepEqual(mine.key.permissions, ['scans:read']);
    assert.deepEqual(mine.permissions, ['scans:read']);
    assert.equal(mine.owner.id, dev.user.id);
    const {remaining, ...limit} = mine.key.rate_limit;
    assert.deepEqual(limit, {requests: 4, per_seconds: 1, burst: 40});
    assert.equal(remaining, 39);
    const person = await dev.read('/v1/me');
    assert.equal(person.user.email, 'dev@example.com');
    const everywhere = person.teams.find((team) => team.team_id === null).permissions;
    const inRed = person.teams.find((team) => team.team_id === red.id).permissions;
    assert.ok(inRed.includes('scans:trigger') && !everywhere.includes('scans:trigger'));
    assert.ok(everywhere.every((name) => inRed.includes(name)));
    const {created_at, expires_at, idle_ends_at} = person.session;
    assert.ok(created_at < idle_ends_at && idle_ends_at <= expires_at);
});

/// What explain says of the call, and the checks that failed.
async function explained(key, method, path, more = {}, by = hub.admin) {
    const id = key.issued?.id ?? key;
    const body = expect(await by.post(`/v1/api-keys/${id}/explain`, {method, path, ...more}), 200);
    const open = body.checks.filter(({ok}) => ok === null).map(({check}) => check);
    const failed = body.checks.filter(({ok}) => ok === false).map(({check}) => check);
    assert.equal(body.allowed, failed.length > 0 ? false : open.length > 0 ? null : true);
    return {...body, failed, open};
}

test('explain agrees with what the call is answered, for each kind of key and path', async () => {
    const keys = [
        await hub.key({scope: 'org', type: 'admin'}),
        await hub.key({scope: 'team', team_id: red.id, type: 'read_write'}),
        await hub.key({scope: 'project', project_id: app.id, permissions: ['scans:read']}),
        await hub.key({scope: 'org', type: 'read_only', permissions: ['audit:read', 'projects:read']}),
    ];
    const scan = async (project) => (await hub.admin.make(`/v1/projects/${project.id}/scans`, {kind: 'source'}, 200)).id;
    const endpoint = (team_id) => hub.endpoint('https://hooks.example.com/', ['account.created'], {team_id});
    const paths = [
        '/v1/me', '/v1/nothing', '/v1/projects', '/v1/users', '/v1/teams', `/v1/teams/${red.id}`, `/v1/teams/${blue.id}`,
        `/v1/projects/${app.id}/scans`, `/v1/projects/${site.id}/scans`, `/v1/projects/${kNowhere}/scans`,
        `/v1/scans/${await scan(app)}`, `/v1/scans/${await scan(site)}`, `/v1/scans/${kNowhere}`,
        '/v1/events', '/v1/endpoints', `/v1/endpoints/${(await endpoint(red.id)).id}`,
        `/v1/endpoints/${(await endpoint(blue.id)).id}`, '/v1/admin/audit', '/v1/audit', '/v1/audit/verify',
        `/v1/receipts?project_id=${app.id}`, `/v1/api-keys/${keys[0].issued.id}`, `/v1/api-keys/${keys[1].issued.id}`,
    ];
    for (const key of keys)
        for (const path of paths) {
            const real = await key.get(path);
            const said = await explained(key, 'GET', path);
            assert.equal(said.status, real.status, `${key.issued.type} ${key.issued.scope} ${path}: ${JSON.stringify(said)}`);
        }
});

test("explain tells another team's connection from none by nothing", async () => {
    const connect = async (team_id) => (await hub.admin.make('/v1/connections', {connector: 'gitlab', name: 'GitLab', team_id})).id;
    const [mine, theirs] = [await connect(red.id), await connect(blue.id)];
    const hook = await hub.key({scope: 'team', team_id: red.id, type: 'webhook'});
    const asked = async (id) => {
        const said = await explained(hook, 'POST', `/v1/webhooks/${id}`);
        return said.checks.find(({check}) => check === 'scope');
    };
    assert.equal((await asked(mine)).ok, true);
    assert.equal((await asked(kNowhere)).ok, false);
    assert.deepEqual(await asked(theirs), await asked(kNowhere));
});

test('explain names each reason by its check', async () => {
    const path = `/v1/projects/${app.id}/scans`;
    const first = async (...words) => (await explained(...words)).failed[0];
    const key = await hub.key({scope: 'project', project_id: app.id, expires_in_days: 30});
    assert.deepEqual((await explained(key, 'GET', path)).failed, []);
    assert.equal(await first(key, 'GET', '/v1/nothing'), 'route');
    assert.equal((await explained(key, 'PATCH', path)).status, 405);
    assert.equal(await first(key, 'GET', '/v1/events'), 'permission');
    assert.equal(await first(key, 'GET', `/v1/projects/${site.id}/scans`), 'scope');
    assert.equal(await first(key, 'GET', '/v1/projects'), 'type');
    assert.equal(await first(key, 'GET', '/v1/teams'), 'type');
    const later = new Date(Date.now() + 31 * 86_400_000).toISOString();
    const expired = await explained(key, 'GET', path, {at: later});
    assert.deepEqual([expired.failed[0], expired.status], ['expired', 401]);

    const hook = await hub.key({scope: 'org', type: 'webhook'});
    assert.equal((await explained(hook, 'GET', '/v1/me')).status, 401);
    assert.equal(await first(hook, 'GET', '/v1/me'), 'type');

    const parent = await hub.key({scope: 'org', type: 'admin'});
    const child = await hub.key({scope: 'project', project_id: app.id}, parent);
    const beforehand = new Date().toISOString();
    await sleep(5);  // times are told in milliseconds: what follows has to lie after it
    expect(await hub.admin.delete(`/v1/api-keys/${parent.issued.id}`), 204);
    assert.equal(await first(parent, 'GET', path), 'revoked');
    assert.equal(await first(child, 'GET', path), 'ancestor');
    assert.deepEqual((await explained(parent, 'GET', path, {at: beforehand})).failed, []);

    const dev = await hub.person('dora', [{role: 'developer', team_id: red.id}]);
    const hers = await hub.key({scope: 'project', project_id: app.id}, dev);
    assert.deepEqual((await explained(hers, 'GET', path, {}, dev)).failed, []);
    expect(await hub.admin.patch(`/v1/users/${dev.user.id}`, {roles: []}), 200);
    assert.equal(await first(hers, 'GET', path), 'issuer_rights');
    expect(await hub.admin.patch(`/v1/users/${dev.user.id}`, {status: 'disabled'}), 200);
    assert.equal(await first(hers, 'GET', path), 'issuer');

    const bound = await hub.key({scope: 'org', type: 'read_only', allowed_ips: ['192.0.2.0/24']});
    assert.equal(await first(bound, 'GET', '/v1/me', {ip: '198.51.100.1'}), 'address');
    assert.deepEqual((await explained(bound, 'GET', '/v1/me', {ip: '::ffff:192.0.2.7'})).failed, []);
    const unknown = await explained(bound, 'GET', '/v1/me');
    assert.deepEqual([unknown.failed, unknown.open, unknown.allowed, unknown.status], [[], ['address'], null, null]);
    assert.match(unknown.checks.find(({check}) => check === 'address').detail, /give `ip`/);
    const other = await explained(bound, 'POST', '/v1/events');
    assert.deepEqual([other.failed[0], other.open, other.allowed, other.status], ['permission', ['address'], false, 403]);
    expect(await bound.get('/v1/me', from('198.51.100.1')), 401);
    assert.deepEqual((await bound.call('GET', '/v1/me', {headers: from('192.0.2.7')})).body.key.allowed_ips, [
        '192.0.2.0/24',
    ]);

    // Its limit frees nothing within the minute, however slow the machine is.
    const busy = await hub.key({scope: 'org', type: 'read_only', rate_limit: {requests: 2, per_seconds: 3600}});
    await exhaust(busy);
    const limited = await explained(busy, 'GET', '/v1/me');
    assert.deepEqual([limited.failed[0], limited.status], ['rate_limit', 429]);
});

test('explain knows the rules that single things have, and where the body puts a new one', async () => {
    const key = await hub.key({scope: 'org', type: 'admin'});
    const chief = (await hub.admin.read('/v1/me')).user.id;
    const invited = await hub.admin.make('/v1/invitations', {email: 'chief@example.com', roles: [{role: 'super_admin'}]});
    hub.secret(invited.accept_url.split('#token=')[1]);
    const other = await hub.key({scope: 'org', type: 'read_only'});
    const developer = await hub.admin.make('/v1/users', {email: 'plain@example.com', name: 'Plain'});
    for (const [method, path, json, check] of [
        ['PATCH', `/v1/users/${chief}`, {name: 'X'}, 'thing'],
        ['PATCH', `/v1/users/${developer.id}`, {name: 'X'}],
        ['DELETE', `/v1/invitations/${invited.id}`, undefined, 'thing'],
        ['POST', `/v1/api-keys/${other.issued.id}/rotate`, {}, 'thing'],
        ['POST', '/v1/api-keys', {name: 'x', scope: 'org', type: 'webhook'}, 'thing'],
    ]) {
        const said = await explained(key, method, path, {body: json});
        const answer = await key.call(method, path, {json});
        assert.deepEqual(said.failed, check ? [check] : [], `${method} ${path}`);
        assert.equal(said.status, answer.status, `${method} ${path}: ${answer.text}`);
    }
    const ofTeam = await hub.key({scope: 'team', team_id: red.id, type: 'read_write', permissions: ['endpoints:write']});
    const body = (team_id) => ({body: {url: 'https://hooks.example.com/', event_types: ['*'], team_id}});
    assert.deepEqual((await explained(ofTeam, 'POST', '/v1/endpoints', body(red.id))).failed, []);
    assert.deepEqual((await explained(ofTeam, 'POST', '/v1/endpoints')).failed, [], 'its own team');
    assert.deepEqual((await explained(ofTeam, 'POST', '/v1/endpoints', body(blue.id))).failed, ['scope']);
});

test('explain is for those who see the key, shows nothing that they may not see, and names what it cannot read', async () => {
    const key = await hub.key({scope: 'org', type: 'read_only'});
    const ask = {method: 'GET', path: '/v1/me'};
    const stranger = await hub.person('otto', [{role: 'developer', team_id: blue.id}]);
    expect(await stranger.post(`/v1/api-keys/${key.issued.id}/explain`, ask), 404);
    expect(await key.post(`/v1/api-keys/${key.issued.id}/explain`, ask), 403);
    expect(await hub.nobody.post(`/v1/api-keys/${key.issued.id}/explain`, ask), 401);
    const mine = await hub.key({scope: 'project', project_id: site.id}, stranger);
    const there = await explained(mine, 'GET', `/v1/projects/${app.id}/scans`, {}, stranger);
    const nowhere = await explained(mine, 'GET', `/v1/projects/${kNowhere}/scans`, {}, stranger);
    assert.deepEqual(there, nowhere);
    for (const [wrong, pointer] of [
        [{method: 'get', path: '/'}, '/method'],
        [{method: 'GET', path: 'v1/me'}, '/path'],
        [{...ask, ip: 'localhost'}, '/ip'],
        [{...ask, at: 'soon'}, '/at'],
        [{...ask, who: 'me'}, '/who'],
    ]) {
        const body = expect(await hub.admin.post(`/v1/api-keys/${key.issued.id}/explain`, wrong), 422);
        assert.ok(body.errors.some((error) => error.pointer === pointer), JSON.stringify(body));
    }
});
