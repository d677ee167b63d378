// every route answers every role and every key as route_matrix.md says
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {after} from 'node:test';

import {Client, expect, kNoLimits, passwordOf, startHub, until} from '../support/hub.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

const kTable = new URL('route_matrix.md', import.meta.url);
const kAtOnce = 12;
const kPassword = 'the password of somebody';

const hub = await startHub({after}, {config: `scans: {paused: true}\n${kNoLimits}`});
const document = expect(await hub.nobody.get('/openapi.json'), 200);
const operations = new Map(
    Object.entries(document.paths).flatMap(([path, item]) =>
        ['get', 'post', 'put', 'patch', 'delete']
            .filter((method) => item[method])
            .map((method) => [`${method.toUpperCase()} ${path}`, item[method]]),
    ),
);

let count = 0;
const next = () => `matrix-${++count}`;

/// Two teams with the same things in each; credentials belong to A.
async function place(name) {
    const team = await hub.team(name);
    const url = `https://github.com/shop/${name}`;
    const project = await hub.project(team.id, url);
    const endpoint = await hub.endpoint('http://127.0.0.1:9/', ['scan.completed'], {team_id: team.id});
    // Its first attempt is a week away, so that nothing happens to its deliveries by itself.
    const quiet = await hub.endpoint('http://127.0.0.1:9/', ['certification.updated'], {
        team_id: team.id,
        retry: {schedule_s: [604800]},
    });
    const pushed = await sendGithub(hub, {
        secret: project.secret,
        payload: githubPush({url, after: '1'.repeat(40)}),
    });
    const connection = await connect(team);
    return {team, url, project, endpoint, quiet, connection, receipt: expect(pushed, 200).receipt_id};
}
const connect = (team) =>
    hub.admin.make('/v1/connections', {connector: 'github', name: next(), team_id: team.id});
const places = {A: await place('A'), B: await place('B')};
const review = await hub.admin.make('/v1/access-reviews', {note: 'the first'});
const somebody = await hub.admin.make('/v1/users', {email: 'somebody@example.com', name: 'Somebody'});
const grant = (role, team) => [{role, ...(team && {team_id: team.team.id})}];
const reach = {
    org: {scope: 'org'},
    team: {scope: 'team', team_id: places.A.team.id},
    project: {scope: 'project', project_id: places.A.project.id},
};

/// The people among the columns.
const grants = {
    super_admin: grant('super_admin'),
    auditor: grant('auditor'),
    account_manager: grant('account_manager'),
    'account_manager A': grant('account_manager', places.A),
    'team_admin A': grant('team_admin', places.A),
    'developer A': grant('developer', places.A),
};
/// The columns of the table, in its order.
const callers = {nobody: hub.nobody};
for (const [column, roles] of Object.entries(grants)) callers[column] = await person(roles);
for (const type of ['read_only', 'read_write', 'admin', 'webhook'])
    for (const scope of ['org', 'team', 'project'])
        callers[`${type} ${scope === 'org' ? scope : `${scope} A`}`] = await hub.key({
            ...reach[scope],
            type,
        });

async function person(roles) {
    const name = next();
    return Object.assign(await hub.person(name, roles), {password: passwordOf(name)});
}

/// What GET …/{id} finds in a place; with `fresh` a new one, that a change may use up. A row may have its own.
const things = {
    users: async () => (await hub.admin.make('/v1/users', {email: `${next()}@example.com`, name: 'X'})).id,
    teams: async ({team}, fresh) => (fresh ? (await hub.team(next())).id : team.id),
    projects: async ({team, project}, fresh) =>
        fresh ? (await hub.project(team.id, `https://github.com/shop/${next()}`)).id : project.id,
    'api-keys': async ({team}) => (await hub.key({scope: 'team', team_id: team.id})).issued.id,
    scans: async ({project}) =>
        (
            await hub.admin.make(
                `/v1/projects/${project.id}/scans`,
                {kind: 'source', ref: `refs/heads/${next()}`},
                200,
            )
        ).id,
    receipts: async ({receipt}) => receipt,
    events: async ({team}) => (await emit(team)).id,
    endpoints: async ({team, endpoint}, fresh) =>
        fresh
            ? (await hub.endpoint('http://127.0.0.1:9/', ['user.invited'], {team_id: team.id})).id
            : endpoint.id,
    deliveries: async ({team}) => (await emit(team)).deliveries[0].id,
    sessions: async (where, fresh, caller) => sessionOf(caller.user ? await person([]) : hub.admin),
    'DELETE /v1/sessions/{id} (own)': async (where, fresh, caller) =>
        caller.user
            ? sessionOf(await hub.signIn(caller.user.email, caller.password))
            : things.sessions(where, fresh, caller),
    'service-accounts': async ({team}) =>
        (await hub.admin.make('/v1/service-accounts', {name: next(), roles: developerOf(team)})).id,
    invitations: async ({team}) => (await invite(developerOf(team))).id,
    'DELETE /v1/invitations/{id} (org)': async () => (await invite(grant('auditor'))).id,
    'POST /v1/invitations/{id}/resend (org)': async () => (await invite(grant('auditor'))).id,
    connections: async ({team, connection}, fresh) => (fresh ? await connect(team) : connection).id,
    webhooks: async ({connection}) => connection.id,
    alerts: async ({team}) => (await alarm(team)).id,
    'access-reviews': async () => review.id,
    "POST /v1/api-keys/{id}/rotate (of one's own)": issuedBy,
    "PUT /v1/api-keys/{id}/rotation-schedule (of one's own)": issuedBy,
    'DELETE /v1/api-keys/{id}/overlap': async (where) => {
        const id = await things['api-keys'](where);
        const successor = await hub.admin.make(`/v1/api-keys/${id}/rotate`, {});
        hub.secret(successor.raw_key);
        return successor.id;
    },
    'DELETE /v1/api-keys/{id}/rotation-schedule': async (where) => {
        const id = await things['api-keys'](where);
        const json = {every_days: 90};
        expect(await hub.admin.call('PUT', `/v1/api-keys/${id}/rotation-schedule`, {json}), 200);
        return id;
    },
};
/// Rows whose thing is one caller's, and not the next one's.
const perCaller = new Set([
    'DELETE /v1/sessions/{id}',
    'DELETE /v1/sessions/{id} (own)',
    "POST /v1/api-keys/{id}/rotate (of one's own)",
    "PUT /v1/api-keys/{id}/rotation-schedule (of one's own)",
]);

/// A key that the caller issued; where they may issue none, one of the team's.
async function issuedBy(where, fresh, caller) {
    for (const scope of [{scope: 'team', team_id: where.team.id}, {scope: 'project', project_id: where.project.id}]) {
        const {status, body} = await caller.post('/v1/api-keys', key(scope));
        if (status !== 201) continue;
        hub.secret(body.raw_key);
        return body.id;
    }
    return things['api-keys'](where);
}

const developerOf = (team) => [{role: 'developer', team_id: team.id}];
const sessionOf = async (client) => (await client.read('/v1/session')).session.id;

async function invite(roles) {
    const made = await hub.admin.make('/v1/invitations', {email: `${next()}@example.com`, roles});
    return {...made, token: hub.secret(made.accept_url.split('#token=')[1])};
}

/// Somebody uses a decoy of the team.
async function alarm(team) {
    const decoy = await hub.key({scope: 'team', team_id: team.id, canary: true});
    await decoy.get('/v1/me');
    const about = ({target}) => target.id === decoy.issued.id;
    return until(async () => (await hub.admin.read('/v1/alerts?limit=200')).items.find(about), 'the alert');
}

function emit(team) {
    const example = document.components.schemas.NewEvent.examples[0];
    const data = {certification_id: 'c', name: 'ISO 27001', status: 'valid'};
    return hub.admin.make('/v1/events', {...example, type: 'certification.updated', data, team_id: team.id});
}

const key = (scope) => ({name: next(), ...scope});
/// Bodies of the rows that need one which is not the example of the document: what the row names, in a place.
const bodies = {
    'POST /v1/setup': () => ({token: 'x'.repeat(20), email: 'a@example.com', name: 'A', password: kPassword}),
    'POST /v1/session': async () => {
        const {user, password} = await person([]);
        return {email: user.email, password};
    },
    'POST /v1/session/step-up': (where, {password = 'x'}) => ({password}),
    'POST /v1/me/password': (where, {password = 'x'}) => ({
        current_password: password,
        new_password: `${password}, changed`,
    }),
    'POST /v1/me/password (wrong password)': () => ({
        current_password: 'a wrong password',
        new_password: kPassword,
    }),
    'POST /v1/me/totp/confirm (not begun)': () => ({code: '000000'}),
    'DELETE /v1/me/totp (not on)': (where, {password = 'x'}) => ({password, code: '000000'}),
    'POST /v1/service-accounts': ({team}) => ({name: next(), roles: developerOf(team)}),
    'PATCH /v1/service-accounts/{id}': () => ({name: next()}),
    'POST /v1/invitations (org)': () => ({email: `${next()}@example.com`, roles: grant('auditor')}),
    'POST /v1/invitations (team)': ({team}) => ({email: `${next()}@example.com`, roles: developerOf(team)}),
    'POST /v1/invitations/accept': async ({team}) => ({
        token: (await invite(developerOf(team))).token,
        name: 'X',
        password: kPassword,
    }),
    'PATCH /v1/api-keys/{id}': () => ({name: next()}),
    'POST /v1/api-keys/{id}/explain': () => ({method: 'GET', path: '/v1/me'}),
    'PUT /v1/api-keys/{id}/rotation-schedule': () => ({every_days: 90}),
    "PUT /v1/api-keys/{id}/rotation-schedule (of one's own)": () => ({every_days: 90}),
    'POST /v1/webhooks/{id}': ({url}) => githubPush({url, after: '1'.repeat(40), nonce: next()}),
    'POST /v1/leaks': () => [],
    'POST /v1/connections (team left out)': () => ({connector: 'github', name: next()}),
    'POST /v1/connections (team)': ({team}) => ({connector: 'github', name: next(), team_id: team.id}),
    'PATCH /v1/connections/{id}': () => ({name: next()}),
    'POST /v1/users': () => ({email: `${next()}@example.com`, name: 'X', roles: []}),
    'PATCH /v1/users/{id}': () => ({name: next()}),
    'POST /v1/teams': () => ({name: next()}),
    'PATCH /v1/teams/{id}': () => ({name: next()}),
    'POST /v1/projects': ({team}) => ({
        name: next(),
        team_id: team.id,
        repository: {provider: 'github', url: `https://github.com/shop/${next()}`},
    }),
    'PATCH /v1/projects/{id}': () => ({name: next()}),
    'POST /v1/projects/{id}/scans': () => ({kind: 'source', ref: next()}),
    'POST /v1/api-keys (org)': () => key({scope: 'org'}),
    'POST /v1/api-keys (team)': ({team}) => key({scope: 'team', team_id: team.id}),
    'POST /v1/api-keys (project)': ({project}) => key({scope: 'project', project_id: project.id}),
    'POST /v1/api-keys (for a service account)': async ({team, project}) => ({
        ...key({scope: 'project', project_id: project.id}),
        service_account_id: await things['service-accounts']({team}),
    }),
    "POST /v1/api-keys (for another team's service account)": async ({project, other}) => ({
        ...key({scope: 'project', project_id: project.id}),
        permissions: [],
        service_account_id: await things['service-accounts']({team: other.team}),
    }),
    'POST /v1/events': ({team}) => ({
        type: 'account.created',
        data: {account_id: next(), name: 'Acme', status: 'active'},
        team_id: team.id,
    }),
    'POST /v1/endpoints': ({team}) => ({
        url: 'http://127.0.0.1:9/',
        event_types: ['user.invited'],
        team_id: team.id,
    }),
    'PATCH /v1/endpoints/{id}': () => ({description: next()}),
    'POST /v1/endpoints/{id}/test': () => ({type: 'scan.completed'}),
};
/// Changes that may be made to the same thing again and again; the others get a new one each time.
const repeatable = new Set(['POST /v1/projects/{id}/scans', 'PATCH /v1/teams/{id}']);
/// Query of the rows that name one: `GET /v1/receipts (project)`.
const queries = {
    'GET /v1/receipts (project)': ({project}) => `?project_id=${project.id}`,
    'GET /v1/sessions (of others)': () => `?user_id=${somebody.id}`,
};
/// Headers of the rows that need some.
const headers = {
    'POST /v1/webhooks/{id}': () => ({'X-GitHub-Event': 'push', 'X-GitHub-Delivery': next()}),
};
/// A call that ends or changes its own credential gets somebody with the same roles.
const ownCredential = new Set([
    'DELETE /v1/session',
    'DELETE /v1/sessions',
    'POST /v1/me/password',
    'POST /v1/me/totp',
    'POST /v1/me/totp/confirm (not begun)',
    'DELETE /v1/me/totp (not on)',
]);

const routeOf = (row) => row.replace(/ \(.*\)$/, '');

function read() {
    const lines = readFileSync(kTable, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .map((line) =>
            line
                .split('|')
                .slice(1, -1)
                .map((cell) => cell.trim().replaceAll('`', '')),
        );
    const [head, , ...rows] = lines;
    return {columns: head.slice(1), rows: rows.map(([name, ...cells]) => ({name, cells}))};
}

/// The path of a row in a place, with something behind its {id} that is there.
async function target(row, where, fresh, caller = hub.admin) {
    const [, path] = routeOf(row).split(' ');
    const query = queries[row]?.(where) ?? '';
    if (!path.includes('{')) return path + query;
    const kind = path.split('/')[2];
    const thing = things[row] ?? things[kind];
    assert.ok(thing, `route_matrix.test.mjs knows no thing of ${kind}: add one to \`things\``);
    return path.replace(/\{[^}]+\}/, await thing(where, fresh, caller)) + query;
}

/// Status that the caller gets; where it is expected to succeed in changing, on a thing of its own.
async function ask(row, column, where, expected) {
    const [method] = routeOf(row).split(' ');
    const caller =
        ownCredential.has(row) && grants[column] ? await person(grants[column]) : callers[column];
    const changes = method !== 'GET';
    const path =
        (changes && expected < 300 && !repeatable.has(row)) || perCaller.has(row)
            ? await target(row, where, true, caller)
            : await (where.shared[row] ??= target(row, where, false));
    const schema = operations.get(routeOf(row))?.requestBody;
    const example = () =>
        document.components.schemas[schema.content['application/json'].schema.$ref.split('/').at(-1)]
            .examples?.[0] ?? {};
    const json = (await bodies[row]?.(where, caller)) ?? (schema ? example() : undefined);
    const said = caller.issued && asksCredential(row) && (await explained(caller, method, path, json));
    const answer = await caller.call(method, path, {json, headers: headers[row]?.()});
    answer.said = said;
    for (const member of ['raw_key', 'secret', 'access_token', 'accept_url'])
        if (answer.body?.[member]) hub.secret(answer.body[member]);
    // Whoever belongs to A learns nothing of B, whatever the status; but an invitation is its bearer's.
    if (column.endsWith(' A') && row !== 'POST /v1/invitations/accept')
        for (const id of kOfB)
            assert.ok(!answer.text.includes(id), `${column}: ${row} tells of the other team`);
    return answer;
}
/// Whether the key decides: on a public path it does for deliveries to a connection only.
const asksCredential = (row) =>
    operations.get(routeOf(row)).security.length > 0 || routeOf(row) === 'POST /v1/webhooks/{id}';

/// What the hub says of the call before it is made.
async function explained({issued}, method, path, json) {
    const question = {method, path, body: json};
    return expect(await hub.admin.post(`/v1/api-keys/${issued.id}/explain`, question), 200);
}

/// 401, 403, or none of them: whether rights refuse the call.
const refusal = (status) => ([401, 403].includes(status) ? status : 0);

const {team, project, endpoint, connection, receipt} = places.B;
const kOfB = [team.id, project.id, endpoint.id, connection.id, receipt];
for (const where of Object.values(places)) where.shared = {};
places.A.other = places.B;
places.B.other = places.A;

/// `200` in both teams, or `200 404`: in A, in B.
const inPlaces = (cell) => (cell.includes(' ') ? cell.split(' ') : [cell, cell]).map(Number);

async function each(items, work) {
    const queue = [...items];
    await Promise.all(
        Array.from({length: kAtOnce}, async () => {
            for (let item; (item = queue.shift()); ) await work(item);
        }),
    );
}

const table = read();

test('the table has exactly the routes of the document and the credentials of this test', () => {
    const named = new Set(table.rows.map(({name}) => routeOf(name)));
    const missing = [...operations.keys()].filter((route) => !named.has(route));
    assert.deepEqual(missing, [], 'routes without a row in route_matrix.md');
    assert.deepEqual([...named].filter((route) => !operations.has(route)), [], 'rows without a route');
    assert.equal(new Set(table.rows.map(({name}) => name)).size, table.rows.length, 'a row is there twice');
    assert.deepEqual(table.columns, Object.keys(callers));
    for (const {name, cells} of table.rows) {
        assert.equal(cells.length, table.columns.length, name);
        for (const cell of cells) assert.match(cell, /^[1-5][0-9]{2}( [1-5][0-9]{2})?$/, name);
    }
    const prepared = [...Object.keys(bodies), ...Object.keys(queries), ...Object.keys(headers)];
    const special = Object.keys(things).filter((name) => name.includes(' '));
    for (const row of [...prepared, ...special, ...ownCredential, ...perCaller, ...repeatable])
        assert.ok(table.rows.some(({name}) => name === row), `${row} is prepared here, but no row`);
});

test('every cell of the table is what the hub answers, and what explain says of it', {timeout: 240_000}, async () => {
    const wrong = [];
    const misled = [];
    const cells = table.rows.flatMap(({name, cells}) =>
        cells.flatMap((cell, i) => {
            const [inA, inB] = inPlaces(cell);
            const one = {name, column: table.columns[i]};
            return [
                {...one, place: 'A', expected: inA},
                {...one, place: 'B', expected: inB},
            ];
        }),
    );
    await each(cells, async (cell) => {
        const answer = await ask(cell.name, cell.column, places[cell.place], cell.expected);
        cell.status = answer.status;
        const {said} = answer;
        if (said && (said.allowed ? 0 : refusal(said.status)) !== refusal(answer.status))
            misled.push(
                `${cell.column}: ${cell.name} in ${cell.place}: ${answer.status}, but explain says ` +
                    `${said.status}: ${JSON.stringify(said.checks.filter(({ok}) => !ok))}`,
            );
        if (answer.status !== cell.expected)
            wrong.push(
                `${cell.column}: ${cell.name} in ${cell.place}: ${answer.status} instead of ` +
                    `${cell.expected}: ${answer.text.slice(0, 300)}`,
            );
    });
    if (wrong.length > 0) writeFileSync(join(process.env.MATRIX_OUT ?? hub.folder, 'found.md'), found(cells));
    assert.deepEqual(wrong, []);
    assert.deepEqual(misled, []);
});

test('GET /v1/me of a key lists exactly what it may call', async () => {
    const asked = ([row, cell]) => /(^| )2/.test(cell) && operations.get(routeOf(row))['x-trusthub-permission'];
    for (const [column, caller] of Object.entries(callers)) {
        if (!caller.issued || column.startsWith('webhook')) continue;
        const at = table.columns.indexOf(column);
        const may = new Set(table.rows.map(({name, cells}) => asked([name, cells[at]])).filter(Boolean));
        // What no row of its own tells: metrics for callers from elsewhere, and the project of a new key.
        if (column.endsWith(' org')) may.add('metrics:read');
        if (may.has('keys:write')) may.add('projects:read');
        assert.deepEqual((await caller.read('/v1/me')).permissions, [...may].sort(), column);
    }
});

/// The rows as the hub answered them, for whoever changes rights on purpose: MATRIX_OUT=FOLDER.
function found(cells) {
    const statuses = new Map(
        cells.map(({name, column, place: at, status}) => [`${name}|${column}|${at}`, status]),
    );
    return table.rows
        .map(({name}) => {
            const row = table.columns.map((column) => {
                const inA = statuses.get(`${name}|${column}|A`);
                const inB = statuses.get(`${name}|${column}|B`);
                return inA === inB ? `${inA}` : `${inA} ${inB}`;
            });
            return `| \`${name}\` | ${row.join(' | ')} |`;
        })
        .join('\n');
}

test('a caller whose credential is garbage is told 401 on every route that wants one', async () => {
    const garbage = new Client(hub, 'tos_00000000_00000000000000000000000000000000');
    await each(table.rows, async ({name}) => {
        const [method] = routeOf(name).split(' ');
        const public_ = operations.get(routeOf(name)).security.length === 0;
        if (public_ || routeOf(name) === 'GET /metrics') return;
        const path = await target(name, places.A, false);
        assert.equal((await garbage.call(method, path, method === 'GET' ? {} : {json: {}})).status, 401, name);
    });
});
