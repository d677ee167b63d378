// every route answers every role and every key as route_matrix.md says
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {after} from 'node:test';

import {Client, expect, startHub} from '../support/hub.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

const kTable = new URL('route_matrix.md', import.meta.url);
const kAtOnce = 12;
const kPassword = 'the password of somebody';

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
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
    return {team, project, endpoint, quiet, receipt: expect(pushed, 200).receipt_id};
}
const places = {A: await place('A'), B: await place('B')};
const grant = (role, team) => [{role, ...(team && {team_id: team.team.id})}];
const reach = {
    org: {scope: 'org'},
    team: {scope: 'team', team_id: places.A.team.id},
    project: {scope: 'project', project_id: places.A.project.id},
};

/// The columns of the table, in its order.
const callers = {
    nobody: hub.nobody,
    super_admin: hub.admin,
    auditor: await hub.person('auditor', grant('auditor')),
    account_manager: await hub.person('manager', grant('account_manager')),
    'account_manager A': await hub.person('manager-a', grant('account_manager', places.A)),
    'team_admin A': await hub.person('admin-a', grant('team_admin', places.A)),
    'developer A': await hub.person('developer-a', grant('developer', places.A)),
};
for (const type of ['read_only', 'read_write', 'admin', 'webhook'])
    for (const scope of ['org', 'team', 'project'])
        callers[`${type} ${scope === 'org' ? scope : `${scope} A`}`] = await hub.key({
            ...reach[scope],
            type,
        });

/// What GET …/{id} finds in a place; with `fresh` a new one, that a change may use up.
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
};

function emit(team) {
    const example = document.components.schemas.NewEvent.examples[0];
    const data = {certification_id: 'c', name: 'ISO 27001', status: 'valid'};
    return hub.admin.make('/v1/events', {...example, type: 'certification.updated', data, team_id: team.id});
}

const key = (scope) => ({name: next(), ...scope});
/// Bodies of the rows that need one which is not the example of the document: what the row names, in a place.
const bodies = {
    'POST /v1/setup': () => ({token: 'x'.repeat(20), email: 'a@example.com', name: 'A', password: kPassword}),
    'POST /v1/session': () => hub.superAdmin,
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
const queries = {'GET /v1/receipts (project)': ({project}) => `?project_id=${project.id}`};
/// A call that ends its own credential gets one of its own.
const ownCredential = {
    'DELETE /v1/session': async (caller) => {
        const {email} = caller.user ?? hub.superAdmin;
        const password = caller.user
            ? `the long password of ${email.split('@')[0]}`
            : hub.superAdmin.password;
        return caller.setCookie ? hub.signIn(email, password) : caller;
    },
};

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
async function target(row, where, fresh) {
    const [, path] = routeOf(row).split(' ');
    const query = queries[row]?.(where) ?? '';
    if (!path.includes('{')) return path + query;
    const kind = path.split('/')[2];
    assert.ok(things[kind], `route_matrix.test.mjs knows no thing of ${kind}: add one to \`things\``);
    return path.replace(/\{[^}]+\}/, await things[kind](where, fresh)) + query;
}

/// Status that the caller gets; where it is expected to succeed in changing, on a thing of its own.
async function ask(row, column, where, expected) {
    const [method] = routeOf(row).split(' ');
    const caller = (await ownCredential[row]?.(callers[column])) ?? callers[column];
    const changes = method !== 'GET';
    const path =
        changes && expected < 300 && !repeatable.has(row)
            ? await target(row, where, true)
            : await (where.shared[row] ??= target(row, where, false));
    const schema = operations.get(routeOf(row))?.requestBody;
    const example = () =>
        document.components.schemas[schema.content['application/json'].schema.$ref.split('/').at(-1)]
            .examples?.[0] ?? {};
    const json = bodies[row]?.(where) ?? (schema ? example() : undefined);
    const answer = await caller.call(method, path, {json});
    for (const member of ['raw_key', 'secret', 'access_token'])
        if (answer.body?.[member]) hub.secret(answer.body[member]);
    // Whoever belongs to A learns nothing of B, whatever the status.
    if (column.endsWith(' A'))
        for (const id of [places.B.team.id, places.B.project.id, places.B.endpoint.id, places.B.receipt])
            assert.ok(!answer.text.includes(id), `${column}: ${row} tells of the other team`);
    return answer;
}
for (const where of Object.values(places)) where.shared = {};

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
    for (const row of [...Object.keys(bodies), ...Object.keys(queries), ...Object.keys(ownCredential)])
        assert.ok(table.rows.some(({name}) => name === row), `${row} is prepared here, but no row`);
});

test('every cell of the table is what the hub answers', {timeout: 240_000}, async () => {
    const wrong = [];
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
        if (answer.status !== cell.expected)
            wrong.push(
                `${cell.column}: ${cell.name} in ${cell.place}: ${answer.status} instead of ` +
                    `${cell.expected}: ${answer.text.slice(0, 300)}`,
            );
    });
    if (wrong.length > 0) writeFileSync(join(process.env.MATRIX_OUT ?? hub.folder, 'found.md'), found(cells));
    assert.deepEqual(wrong, []);
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
