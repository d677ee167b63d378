// every route answers every role and every key as route_matrix.md says
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';

import {Client, expect} from '../support/hub.mjs';
import {callers, document, grants, hub, operations, person, places} from './matrix_places.mjs';
import {bodies, headers, ownCredential, perCaller, queries, repeatable, things} from './matrix_rows.mjs';

const kTable = new URL('route_matrix.md', import.meta.url);
const kAtOnce = 12;

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
    assert.ok(thing, `matrix_rows.mjs knows no thing of ${kind}: add one to \`things\``);
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
        assert.ok(table.rows.some(({name}) => name === row), `${row} is prepared in matrix_rows.mjs, but no row`);
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
