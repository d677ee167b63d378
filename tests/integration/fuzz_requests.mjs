// Requests to every operation of the document, as fast-check arbitraries: right, nearly right and hostile.
import fc from 'fast-check';

import {kNowhere, passwordOf} from '../support/hub.mjs';
import {document, operations, passwordOfPerson, pool, queryNames} from './fuzz_hub.mjs';
import {jsonTexts, kNasty} from './json_texts.mjs';

/// What is sent wherever a value of one's own fits, to see that no refusal repeats it.
export const kCanary = 'canary-5e0c2b71';

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
export const sound = {
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

function requests(operation) {
    const filters = queryNames(operation);
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
export const slow = new Set([
    ...['signIn', 'completeSetup', 'createUser', 'stepUp', 'changePassword', 'removeTotp', 'acceptInvitation'],
]);
/// To any operation.
export const request = fc.oneof(
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

/// A generated request as it is sent: what it names by @… is what the hub has just now.
export function wire(one) {
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
