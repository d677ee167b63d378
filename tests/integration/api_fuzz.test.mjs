// 20,000 generated requests find no 5xx, no undocumented answer and no ignored credential
import assert from 'node:assert/strict';
import http from 'node:http';
import test, {after} from 'node:test';

import {Ajv2020} from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';

import {Client, expect, kDeadline, kNoLimits, kNowhere, passwordOf, startHub, until} from '../support/hub.mjs';
import {jsonTexts, kNasty} from './json_texts.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

// Another seed finds other things: FUZZ_SEED=7 FUZZ_REQUESTS=100000.
const kSeed = Number(process.env.FUZZ_SEED ?? 20_250_115);
const kRequests = Number(process.env.FUZZ_REQUESTS ?? 20_000);
const kAtOnce = 16;
const kCanary = 'canary-5e0c2b71';
const kMethods = ['get', 'post', 'put', 'patch', 'delete'];
// What the server refuses before it looks who calls; the second list, whatever the operation.
const kBeforeAnybody = new Set([400, 404, 405, 411, 413, 414, 417, 431]);
const kAtHttp = new Set([413, 414, 417, 431]);

const hub = await startHub(
    {after},
    {config: `scans: {paused: true}\ntrusted_proxies: [127.0.0.0/8]\n${kNoLimits}`},
);

/// The requests' wrong passwords count against their own address, not against the people's.
class Elsewhere extends Client {
    call(method, path, more = {}) {
        return super.call(method, path, {...more, headers: {...more.headers, 'X-Forwarded-For': '192.0.2.1'}});
    }
}
hub.nobody = new Elsewhere(hub);
const document = expect(await hub.nobody.get('/openapi.json'), 200);
const rows = (await hub.nobody.get('/docs/errors')).text.matchAll(
    /<tr id="([a-z_]+)">.*?<td>(\d+)<\/td><td>(.*?)<\/td>/g,
);
const errorCodes = new Map(
    [...rows].map(([, code, status, title]) => [code, {status: Number(status), title}]),
);
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    kMethods.filter((method) => item[method]).map((method) => ({path, method, ...item[method]})),
);

/// Things to name and credentials to call with.
const pool = {ids: {}, clients: {nobody: hub.nobody}};
let tag = 0;

/// A new team with its people; the requests may have disabled or demoted the earlier ones. hub.admin stocks
/// the shelves and sends none of the requests, which may end what they come with.
async function recruit() {
    const {id} = await hub.team(`Team ${++tag}`);
    pool.ids.teams = id;
    pool.ids.stewards = (await hub.admin.read('/v1/me')).user.id;
    Object.assign(pool.clients, {
        admin: await hub.person(`root-${tag}`, [{role: 'super_admin'}]),
        developer: await hub.person(`dev-${tag}`, [{role: 'developer', team_id: id}]),
        team_admin: await hub.person(`lead-${tag}`, [{role: 'team_admin', team_id: id}]),
        leaver: await hub.person(`leaver-${tag}`, [{role: 'developer', team_id: id}]),
    });
}

/// Another session of one of them.
async function visit(name) {
    const client = await hub.signIn(pool.clients[name].user.email, passwordOfPerson(pool.clients[name]));
    const {user, session} = await client.read('/v1/session');
    return Object.assign(client, {user, session: session.id});
}

/// New things and keys in the team, instead of those that the requests used up.
async function restock() {
    const {ids, clients} = pool;
    const of = {team_id: ids.teams};
    // Sessions last, their tokens do not.
    for (const name of ['admin', 'developer', 'team_admin']) {
        const renewed = await clients[name].post('/v1/session/token');
        if (renewed.status === 201) clients[name].token = hub.secret(renewed.body.access_token);
    }
    hub.admin.token = hub.secret((await hub.admin.make('/v1/session/token')).access_token);
    const url = `https://github.com/shop/${++tag}`;
    const project = await hub.project(of.team_id, url);
    const endpoint = await hub.endpoint('http://127.0.0.1:9/', ['*'], of);
    const event = await hub.admin.make('/v1/events', {
        type: 'access.granted',
        data: {grant_id: 'g', document_id: 'd', account_id: 'a'},
        ...of,
    });
    const pushed = await sendGithub(hub, {
        secret: project.secret,
        payload: githubPush({url, after: '1'.repeat(40)}),
    });
    ids.projects = project.id;
    ids.endpoints = endpoint.id;
    ids.users = (await hub.admin.make('/v1/users', {email: `u${tag}@example.com`, name: 'U'})).id;
    ids.events = event.id;
    ids.deliveries = event.deliveries[0].id;
    ids.receipts = expect(pushed, 200).receipt_id;
    ids.scans = (await hub.admin.make(`/v1/projects/${project.id}/scans`, {kind: 'source'}, 200)).id;
    clients.read_only = await hub.key({scope: 'team', ...of, type: 'read_only'});
    clients.read_write = await hub.key({scope: 'project', project_id: project.id});
    clients.admin_key = await hub.key({scope: 'org', type: 'admin'});
    clients.webhook = await hub.key({scope: 'project', project_id: project.id, type: 'webhook'});
    ids['api-keys'] = (await hub.key({scope: 'team', ...of})).issued.id;
    const connection = await hub.admin.make('/v1/connections', {connector: 'github', name: `C ${tag}`, ...of});
    ids.connections = ids.webhooks = connection.id;
    const roles = [{role: 'developer', ...of}];
    ids['service-accounts'] = (await hub.admin.make('/v1/service-accounts', {name: `S ${tag}`, roles})).id;
    const invitation = await hub.admin.make('/v1/invitations', {email: `i${tag}@example.com`, roles});
    ids.invitations = invitation.id;
    ids.tokens = hub.secret(invitation.accept_url.split('#token=')[1]);
    ids['access-reviews'] = (await hub.admin.make('/v1/access-reviews', {note: `${tag}`})).id;
    const decoy = await hub.key({scope: 'team', ...of, canary: true});
    await decoy.get('/v1/me');
    const [alert] = await until(async () => {
        const {items} = await hub.admin.read('/v1/alerts?state=open');
        return items.length > 0 && items;
    }, 'the alert of a decoy');
    ids.alerts = alert.id;
    clients.leaver = await visit('leaver');
    ids.sessions = (await visit('admin')).session;
}

const passwordOfPerson = ({user}) => passwordOf(user.email.split('@')[0]);

async function refill() {
    await recruit();
    await restock();
}
await hub.person('signer', []);
await refill();

const sampleOf = (schema, name) => {
    if (schema.format === 'uuid')
        return fc.oneof(
            {weight: 4, arbitrary: fc.constant(`@${name.replace('_id', 's').replace('_', '-')}`)},
            fc.constantFrom(kNowhere, '@endpoints', 'not-a-uuid', kCanary),
        );
    if (schema.format === 'date-time')
        return fc.constantFrom(
            '2099-01-15T10:00:00Z',
            '2099-01-15T10:00:00.123456789+02:00',
            '2020-01-01T00:00:00Z',
            '2099-02-30T10:00:00Z',
            '9999-12-31T23:59:60Z',
        );
    if (schema.format === 'email')
        return fc.oneof(
            fc.constantFrom('ada@example.com', 'a@', '@', `${'a'.repeat(250)}@b.c`, 'ä@example.com'),
            fc.integer({min: 0, max: 1e6}).map((number) => `fuzz${number}@example.com`),
        );
    if (schema.pattern?.includes('0-9a-f'))
        return fc.constantFrom('0'.repeat(40), 'a'.repeat(64), 'A'.repeat(40), 'f'.repeat(39));
    if (name === 'url')
        return fc.constantFrom(
            'http://127.0.0.1:9/',
            'https://example.com/hook',
            'https://github.com/shop/other.git',
            'file:///etc/passwd',
            'http://169.254.169.254/',
            'http://[::1',
            `https://user:${kCanary}@example.com/`,
            'https://example.com:99999/',
        );
    if (name === 'event_types') return fc.constantFrom('*', 'scan.*', 'account.created', 'no.such', '*.*');
    if (name === 'type') return fc.constantFrom('account.created', 'access.granted', 'scan.completed', 'x');
    if (name === 'ref') return fc.constantFrom('main', 'refs/heads/main', '-x', 'a..b', 'refs/heads/', '@{');
    if (name === 'method') return fc.constantFrom('GET', 'POST', 'DELETE', 'get', 'X');
    if (['ip', 'allowed_ips'].includes(name))
        return fc.constantFrom('192.0.2.7', '192.0.2.0/24', '2001:db8::/32', '::1', '192.0.2.7/24', '0/0');
    if (name === 'connector') return fc.constantFrom('github', 'gitlab', 'inventory', 'no-such');
    if (name === 'public_key') return fc.constantFrom(`${'A'.repeat(43)}=`, 'A'.repeat(43), 'x'.repeat(43));
    if (name === 'path')
        return fc.constantFrom('/v1/me', '/v1/scans/@scans?x=1', '//', '/%zz', `/${kCanary}`, '/v1/users/');
    if (['name', 'description', 'note'].includes(name))
        return fc.oneof(
            fc.constantFrom(kCanary, 'x', ' ', 'ä'.repeat(60)),
            fc.integer({min: 0, max: 1e6}).map((number) => `thing ${number}`),
        );
    return undefined;
};
const texts = jsonTexts(document, sampleOf);

const segment = fc.oneof(
    {weight: 20, arbitrary: fc.constant('@own')},
    {weight: 2, arbitrary: fc.constantFrom(kNowhere, '@teams', '@projects', '@endpoints')},
    {
        weight: 2,
        arbitrary: fc.constantFrom(
            ...['%00', '..', '%2e%2e', '%2F', '%', '%zz', '%ff', '%C3%A4', '0', '-1', 'null', kCanary, ''],
            ...['a'.repeat(300), 'a'.repeat(9000), `${kNowhere}/`, `${kNowhere};x=1`, `${kNowhere}%20`],
            ...[kNowhere.toUpperCase(), `{${kNowhere}}`, "'%20OR%201=1--", '[]', '*'],
        ),
    },
);
const queryValue = fc.constantFrom(
    ...['', '0', '1', '200', '201', '-1', '99999999999999999999', 'true', 'x', '%00', '%ff', '%', '%zz'],
    ...[kCanary, 'MTp4', 'MTowMTkwMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA', '2025-01-15T10:00:00Z'],
    ...['%25%27%22', 'pending', 'api_keys', 'create', 'account.created', '@projects', 'a'.repeat(3000)],
);
const headerSets = {
    'If-Match': ['*', '*', '"x"', 'W/"x"', 'x', '', '"a", "b"', '"a" "b"', ',', `"${kCanary}"`, '"a",*'],
    'If-None-Match': ['*', '*', '*', '"x"', 'W/"x"', '"', '"\xff"', ', "a" ,,"b"'],
    'Idempotency-Key': ['k', 'k', '', 'x'.repeat(201), 'x'.repeat(200), 'ä'.normalize('NFC'), kCanary],
    Accept: ['*/*', 'text/html', 'application/xml;q=0', ''],
    'X-Forwarded-For': ['1.2.3.4', 'x, y', '::1', kCanary, ','.repeat(500)],
    Expect: ['100-continue', '100-continue', '100-continue', '200-ok'],
    Origin: ['https://evil.example', 'null'],
    Cookie: ['__Host-trusthub=x', '__Host-trusthub_session=garbage; a=b', '=;=;;;', kCanary],
    'User-Agent': ['', '\xff\xfe', 'x'.repeat(2000)],
    'X-GitHub-Event': ['push', 'ping', ''],
    'X-GitHub-Delivery': ['d', ''],
    'X-Hub-Signature-256': ['sha256=00', 'sha256=', kCanary],
    'X-Gitlab-Token': [kCanary, ''],
    'X-Gitlab-Event': ['Push Hook'],
};
const headers = fc
    .array(
        fc
            .constantFrom(...Object.keys(headerSets), 'If-Match', 'If-None-Match', 'Idempotency-Key')
            .chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...headerSets[name]))),
        {maxLength: 2},
    )
    .map((pairs) => Object.fromEntries(pairs));

const kGarbage = [
    'Bearer',
    'Bearer ',
    'Bearer x',
    'bearer tos_00000000_00000000000000000000000000000000',
    'Bearer tos_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d',
    'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.',
    'Bearer eyJhbGciOiJFZERTQSJ9.e30.c2ln',
    `Bearer ${'a'.repeat(5000)}`,
    `Bearer ${kCanary} ${kCanary}`,
    'Basic YWRhOnBhc3N3b3Jk',
    'Basic',
    'Digest username="x"',
    '\xff',
    '',
];
const credential = fc.oneof(
    {weight: 1, arbitrary: fc.constant({name: 'nobody'})},
    {weight: 1, arbitrary: fc.constantFrom(...kGarbage).map((text) => ({name: 'garbage', text}))},
    {
        weight: 15,
        arbitrary: fc
            .constantFrom('admin', 'admin', 'admin', 'developer', 'team_admin', 'read_only')
            .map((name) => ({name})),
    },
    {weight: 3, arbitrary: fc.constantFrom('read_write', 'admin_key', 'webhook').map((name) => ({name}))},
);

/// What chance seldom finds: bodies that are right as a whole.
const sound = {
    signIn: [JSON.stringify({email: 'signer@example.com', password: passwordOf('signer')})],
    stepUp: ['{"password":"@password"}'],
    changePassword: ['{"current_password":"@password","new_password":"@password"}'],
    acceptInvitation: [`{"token":"@tokens","name":"X","password":"a password, long enough"}`],
    createApiKey: [
        '{"name":"k","scope":"org"}',
        '{"name":"k","scope":"team","team_id":"@teams","type":"admin","rate_limit":{"requests":9,"per_seconds":1}}',
        '{"name":"k","scope":"project","project_id":"@projects","expires_in_days":9,"allowed_ips":["192.0.2.0/24"]}',
        '{"name":"k","scope":"team","team_id":"@teams","service_account_id":"@service-accounts"}',
    ],
    explainApiKey: ['{"method":"GET","path":"/v1/me"}', '{"method":"GET","path":"/v1/scans/@scans","ip":"::1"}'],
    createEvent: ['{"type":"account.created","data":{"account_id":"a","name":"A","status":"active"}}'],
};

function bodies(operation) {
    const schema = operation.requestBody?.content['application/json'].schema;
    const wrong = fc.constantFrom(...kNasty, '', '{', `{"name":"${kCanary}"`, '\xff', '{}x', '\ufeff{}');
    if (!schema) return fc.oneof({weight: 9, arbitrary: fc.constant(undefined)}, wrong);
    return fc.oneof(
        {weight: 16, arbitrary: texts(schema)},
        ...(sound[operation.operationId] ?? []).map((text) => ({weight: 5, arbitrary: fc.constant(text)})),
        {weight: 2, arbitrary: wrong},
        {weight: 1, arbitrary: fc.constant(undefined)},
    );
}

const mediaType = fc.oneof(
    {weight: 30, arbitrary: fc.constant('application/json')},
    fc.constantFrom(
        ...['application/json; charset=utf-8', 'APPLICATION/JSON', 'text/plain', 'application/jsonx'],
        ...['application/x-www-form-urlencoded', '', 'application/json, text/plain', ';', kCanary],
    ),
);

/// Whether it takes everybody.
const open = ({security}) => security.length === 0 || security.some((one) => !Object.keys(one).length);
/// Of its query parameters.
const names = ({parameters = []}) =>
    parameters
        .map(({$ref}) => document.components.parameters[$ref.split('/').at(-1)])
        .filter((one) => one.in === 'query')
        .map((one) => one.name);

function requests(operation) {
    const filters = names(operation);
    const query = fc.array(
        fc.tuple(
            fc.oneof(
                {weight: 9, arbitrary: fc.constantFrom(...filters, 'no_such')},
                fc.constantFrom('', '%00', 'limit', 'a%5Bb%5D', 'limit%20'),
            ),
            queryValue,
        ),
        {maxLength: filters.length ? 3 : 1},
    );
    return fc.record({
        operation: fc.constant(operation),
        method: fc.oneof(
            {weight: 30, arbitrary: fc.constant(operation.method.toUpperCase())},
            fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY'),
        ),
        segment,
        suffix: fc.oneof({weight: 30, arbitrary: fc.constant('')}, fc.constantFrom('/', '/x', '//', '%2F')),
        query: fc.oneof({weight: filters.length ? 1 : 6, arbitrary: fc.constant([])}, query),
        headers,
        mediaType,
        body: bodies(operation),
        credential,
    });
}

/// Hashing a password takes long by intent: those come less often.
const slow = new Set([
    ...['signIn', 'completeSetup', 'createUser', 'stepUp', 'changePassword', 'removeTotp', 'acceptInvitation'],
]);
const request = fc.oneof(
    ...operations.map((operation) => ({
        weight: slow.has(operation.operationId) ? 1 : operation.method === 'get' ? 4 : 8,
        arbitrary: requests(operation),
    })),
);

const ofKind = (path) => path.split('/')[2];
const known = (text, path) =>
    text.replaceAll(/@(own|[a-z]+-accounts|[a-z]+s)(?![a-z.@])/g, (all, kind) =>
        kind === 'own' ? (pool.ids[ofKind(path)] ?? kNowhere) : (pool.ids[kind] ?? all),
    );

function wire(one) {
    const {operation, method, segment: given, suffix, query, mediaType: type, body, credential: by} = one;
    const path = operation.path.replace(/\{[^}]+\}/, () => known(given, operation.path)) + suffix;
    const search = query.map(([name, value]) => `${name}=${known(value, operation.path)}`).join('&');
    const all = {...one.headers};
    // The sessions of the others shall live: this one is ended, or ends them.
    const ends = ['signOut', 'endOtherSessions'].includes(operation.operationId) && method === 'DELETE';
    const name = ends && pool.clients[by.name]?.setCookie ? 'leaver' : by.name;
    if (by.name === 'garbage') all.Authorization = by.text;
    else if (pool.clients[name].token) all.Authorization = `Bearer ${pool.clients[name].token}`;
    let bytes;
    if (body !== undefined) {
        const password = pool.clients[name]?.user ? passwordOfPerson(pool.clients[name]) : 'no password';
        const text = known(body, '').replaceAll('@password', password);
        bytes = Buffer.from(text, body === '\xff' ? 'latin1' : 'utf8');
        if (type) all['Content-Type'] = type;
        all['Content-Length'] = bytes.length;
    } else if (!['GET', 'HEAD', 'OPTIONS'].includes(method)) {
        all['Content-Length'] = 0;
    }
    return {method, target: search ? `${path}?${search}` : path, headers: all, bytes};
}

function send({method, target, headers: fields, bytes}, retries = 3) {
    const {hostname, port} = new URL(hub.base);
    return new Promise((resolve, reject) => {
        const outgoing = http.request(
            {method, path: target, hostname, port, agent: hub.agent, headers: fields},
            (response) => {
                const parts = [];
                response.on('data', (part) => parts.push(part));
                response.on('error', reject);
                response.on('end', () =>
                    resolve({
                        status: response.statusCode,
                        headers: response.headers,
                        text: Buffer.concat(parts).toString(),
                    }),
                );
            },
        );
        outgoing.setTimeout(kDeadline, () => outgoing.destroy(new Error('no answer')));
        // The hub may end an idle connection at the moment when it is used again.
        outgoing.on('error', (error) =>
            retries > 0 && ['ECONNRESET', 'EPIPE'].includes(error.code)
                ? resolve(send({method, target, headers: fields, bytes}, retries - 1))
                : reject(error),
        );
        outgoing.end(bytes);
    });
}

const ajv = new Ajv2020({strict: false});
addFormats.default(ajv);
ajv.addSchema(document, 'hub');
const validators = new Map();

function validator(schema) {
    const text = JSON.stringify(schema).replaceAll('"#/', '"hub#/');
    if (!validators.has(text)) validators.set(text, ajv.compile(JSON.parse(text)));
    return validators.get(text);
}

const counts = {};
const succeeded = new Set();

function checkProblem(answer, sent) {
    const body = JSON.parse(answer.text);
    const listed = errorCodes.get(body.code);
    assert.ok(listed, `the code ${body.code} is not at /docs/errors`);
    assert.equal(body.status, answer.status);
    assert.equal(listed.status, answer.status, `${body.code} is listed with another status`);
    assert.equal(body.title, listed.title);
    assert.equal(body.type, `/docs/errors#${body.code}`);
    assert.equal(body.request_id, answer.headers['x-request-id']);
    assert.ok(!answer.text.includes(kCanary), 'a value that was sent comes back in a problem');
    if (sent.headers.Authorization?.length > 20)
        assert.ok(!answer.text.includes(sent.headers.Authorization.slice(7)), 'the credential comes back');
}

function check({operation, method, suffix, query, segment: given, credential: by}, sent, answer) {
    counts[answer.status] = (counts[answer.status] ?? 0) + 1;
    if (answer.status < 300 && method === operation.method.toUpperCase()) succeeded.add(operation.operationId);
    assert.ok(answer.status < 500 || answer.status === 503, 'a failure of the hub');
    const item = document.paths[operation.path];
    const whole = suffix === '' && (given === '@own' || !operation.path.includes('{'));
    const called = item[method === 'HEAD' ? 'get' : method.toLowerCase()];
    const media = (answer.headers['content-type'] ?? '').split(';')[0];

    if (whole && !called && method !== 'OPTIONS' && !kBeforeAnybody.has(answer.status))
        assert.fail('a method that is not documented is served');
    if (answer.status === 405) {
        const allow = answer.headers.allow?.split(', ') ?? [];
        for (const documented of kMethods.filter((one) => item[one]))
            if (whole) assert.ok(allow.includes(documented.toUpperCase()), `Allow: ${allow}`);
        assert.ok(allow.length > 0 && !allow.includes(method), `Allow: ${allow}`);
    }
    if (whole && called && answer.status < 300 && !open(called))
        for (const [name] of query)
            assert.ok(names(called).includes(name), `the unknown query parameter ${name} is ignored`);
    if (answer.status === 401) assert.ok(answer.headers['www-authenticate'], 'no challenge');
    if ([429, 503].includes(answer.status)) assert.match(answer.headers['retry-after'] ?? '', /^[0-9]+$/);
    if (called && answer.status !== 405) {
        const stranger = ['nobody', 'garbage'].includes(by.name);
        if (stranger && !open(called))
            assert.ok(
                answer.status === 401 || answer.status === 429 || kBeforeAnybody.has(answer.status),
                'a missing or garbled credential was ignored',
            );
    }
    if (answer.status >= 400 && media === 'application/problem+json' && method !== 'HEAD')
        checkProblem(answer, sent);
    else if (answer.status >= 400)
        assert.ok(operation.operationId === 'getReadiness' || method === 'HEAD', `a refusal as ${media}`);
    if (method === 'HEAD' || answer.status === 304 || answer.status === 204) {
        assert.equal(answer.text, '');
        if (answer.status === 304) assert.ok(answer.headers.etag);
    }
    if (!called || method === 'OPTIONS') return;
    const response = called.responses[answer.status];
    if (!response) {
        const elsewhere = !whole && [400, 404, 405].includes(answer.status);
        assert.ok(elsewhere || kAtHttp.has(answer.status), 'a status that is not documented');
        return;
    }
    const resolved = response.$ref
        ? document.components.responses[response.$ref.split('/').at(-1)]
        : response;
    if (answer.text === '') return;
    assert.ok(resolved.content?.[media], `${media} is not documented for ${answer.status}`);
    if (!/json/.test(media)) return;
    const validate = validator(resolved.content[media].schema);
    assert.ok(validate(JSON.parse(answer.text)), ajv.errorsText(validate.errors));
}

async function run(one) {
    const sent = wire(one);
    const answer = await send(sent).catch((error) => {
        throw new Error(`${sent.method} ${sent.target}: ${error.message}`, {cause: error});
    });
    try {
        check(one, sent, answer);
    } catch (error) {
        const body = sent.bytes?.toString().slice(0, 1000);
        error.message +=
            `\n${one.credential.name}: ${sent.method} ${sent.target.slice(0, 500)} ` +
            `${JSON.stringify(sent.headers)} ${body}\n→ ${answer.status} ${answer.text.slice(0, 1000)}`;
        throw error;
    }
}

test(`${kRequests} requests with seed ${kSeed} are answered as documented`, async () => {
    let batches = 0;
    const details = await fc.check(
        fc.asyncProperty(
            fc.array(request, {minLength: kAtOnce, maxLength: kAtOnce}),
            async (batch) => {
                if (++batches % 150 === 0) await refill();
                else if (batches % 10 === 0) await restock();
                const results = await Promise.allSettled(batch.map(run));
                const failed = results.find(({status}) => status === 'rejected');
                if (failed) throw failed.reason;
            },
        ),
        {seed: kSeed, numRuns: Math.ceil(kRequests / kAtOnce), endOnFailure: true},
    );
    console.log(JSON.stringify(counts));
    if (details.failed) throw details.errorInstance;
    // It would prove little if most were refused for the same reason.
    const good = (counts[200] ?? 0) + (counts[201] ?? 0) + (counts[204] ?? 0);
    assert.ok(good > kRequests / 5, JSON.stringify(counts));
    const never = Object.keys(sound).filter((id) => !slow.has(id) && !succeeded.has(id));
    assert.deepEqual(never, [], 'operations that never succeeded');
    for (const status of [304, 400, 401, 403, 404, 405, 409, 412, 415, 422])
        assert.ok(counts[status] > 10, `${status}: ${counts[status]}`);
});

test('the hub still serves afterwards, and nothing was thrown', async () => {
    await refill();
    expect(await pool.clients.admin.get('/v1/me'), 200);
    const thrown = hub.lines().filter(({level}) => level === 'error');
    assert.deepEqual(thrown.slice(0, 3), []);
    assert.ok((await hub.admin.read('/v1/audit/verify')).intact);
});
