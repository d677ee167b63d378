// /openapi.json is sound, and a running hub answers as it says
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {after} from 'node:test';
import {fileURLToPath} from 'node:url';

import {Ajv2020} from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

import {Client, expect, startHub, until} from '../support/hub.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const document = expect(await hub.nobody.get('/openapi.json'), 200);
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
        .filter(([method]) => ['get', 'post', 'patch', 'delete', 'put'].includes(method))
        .map(([method, operation]) => ({method: method.toUpperCase(), path, operation})),
);

const ajv = new Ajv2020({strict: false, allErrors: true});
addFormats.default(ajv);
ajv.addSchema(document, 'hub');

/// The documented schema of this answer, or null where it has no JSON body.
function schemaOf(operation, answer) {
    const response = operation.responses[answer.status];
    assert.ok(response, `${answer.what}: ${answer.status} is not documented: ${answer.text}`);
    const resolved = response.$ref
        ? document.components.responses[response.$ref.split('/').at(-1)]
        : response;
    const media = (answer.headers['content-type'] ?? '').split(';')[0];
    if (!media) return null;
    assert.ok(resolved.content?.[media], `${answer.what}: ${media} is not documented for ${answer.status}`);
    return /json/.test(media) ? resolved.content[media].schema : null;
}

function conforms(path, method, answer) {
    const {operation} = operations.find((one) => one.path === path && one.method === method);
    const schema = schemaOf(operation, answer);
    if (!schema) return;
    const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"hub#/'));
    const validate = ajv.compile(local);
    assert.ok(
        validate(answer.body),
        `${answer.what} ${answer.status}: ${ajv.errorsText(validate.errors)}: ${answer.text}`,
    );
}

test('/openapi.json has no fault that redocly finds', () => {
    const file = join(hub.folder, 'openapi.json');
    writeFileSync(file, JSON.stringify(document));
    const cli = fileURLToPath(new URL('node_modules/@redocly/cli/bin/cli.js', import.meta.url));
    const rules = fileURLToPath(new URL('redocly.yaml', import.meta.url));
    const result = spawnSync(
        process.execPath,
        [cli, 'lint', `--config=${rules}`, '--format=json', file],
        {
            encoding: 'utf8',
            cwd: hub.folder,
            env: {
                PATH: process.env.PATH,
                HOME: hub.folder,
                REDOCLY_TELEMETRY: 'off',
                REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
            },
        },
    );
    const report = JSON.parse(result.stdout);
    const problems = report.problems.map(
        ({ruleId, severity, message, location}) =>
            `${severity} ${ruleId} ${location[0]?.pointer}: ${message}`,
    );
    assert.deepEqual(problems, []);
    assert.equal(result.status, 0, result.stderr);
});

test('every operation has an id, a summary, a tag and says who may call it', () => {
    assert.ok(operations.length > 50);
    const ids = operations.map(({operation}) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const {method, path, operation} of operations) {
        assert.ok(operation.summary && operation.tags.length === 1, `${method} ${path}`);
        assert.ok(Array.isArray(operation.security ?? document.security), `${method} ${path}`);
    }
});

test('without a credential every operation answers as documented: 401, or what is public', async () => {
    for (const {method, path, operation} of operations) {
        const target = path.replaceAll(/\{[^}]+\}/g, '01900000-0000-7000-8000-000000000000');
        const answer = await hub.nobody.call(method, target, method === 'GET' ? {} : {json: {}});
        const security = operation.security ?? document.security;
        // An empty entry: a credential is not always needed (metrics, from this machine).
        const open = security.length === 0 || security.some((one) => Object.keys(one).length === 0);
        if (!open) assert.equal(answer.status, 401, answer.what);
        else if (method === 'GET') assert.equal(answer.status, 200, answer.what);
        conforms(path, method, answer);
    }
});

test('what a super_admin reads and makes has the documented form', async () => {
    const check = async (method, path, target, json) => {
        const answer = await hub.admin.call(method, target, {json});
        assert.ok(answer.status < 300, `${answer.what}: ${answer.text}`);
        conforms(path, method, answer);
        return answer.body;
    };
    const team = await check('POST', '/v1/teams', '/v1/teams', {name: 'Payments'});
    const url = 'https://github.com/shop/ledger';
    const project = await check('POST', '/v1/projects', '/v1/projects', {
        name: 'Ledger',
        team_id: team.id,
        repository: {provider: 'github', url},
    });
    const {secret} = await check(
        'POST',
        '/v1/projects/{id}/webhook-secret',
        `/v1/projects/${project.id}/webhook-secret`,
    );
    hub.secret(secret);
    const key = await check('POST', '/v1/api-keys', '/v1/api-keys', {
        name: 'CI',
        scope: 'project',
        project_id: project.id,
    });
    hub.secret(key.raw_key);
    await check(
        'PUT',
        '/v1/api-keys/{id}/rotation-schedule',
        `/v1/api-keys/${key.id}/rotation-schedule`,
        {every_days: 30, overlap_hours: 24},
    );
    const successor = await check('POST', '/v1/api-keys/{id}/rotate', `/v1/api-keys/${key.id}/rotate`);
    hub.secret(successor.raw_key);
    const scan = await check('POST', '/v1/projects/{id}/scans', `/v1/projects/${project.id}/scans`, {
        kind: 'source',
    });
    const endpoint = await check('POST', '/v1/endpoints', '/v1/endpoints', {
        url: 'http://127.0.0.1:9/',
        event_types: ['*'],
        team_id: team.id,
    });
    hub.secret(endpoint.secret);
    const sent = await check('POST', '/v1/endpoints/{id}/test', `/v1/endpoints/${endpoint.id}/test`);
    const event = await check('POST', '/v1/events', '/v1/events', {
        type: 'access.granted',
        data: {grant_id: 'g', document_id: 'd', account_id: 'a'},
    });
    const connection = await check('POST', '/v1/connections', '/v1/connections', {
        connector: 'github',
        name: 'Appliance',
        team_id: team.id,
    });
    const pushed = await sendGithub(hub, {secret, payload: githubPush({url, after: '1'.repeat(40)})});
    expect(pushed, 200);
    conforms('/v1/webhooks/github', 'POST', pushed);
    const account = await check('POST', '/v1/service-accounts', '/v1/service-accounts', {name: 'pipeline'});
    const invitation = await check('POST', '/v1/invitations', '/v1/invitations', {
        email: 'grace@example.com',
        roles: [{role: 'developer', team_id: team.id}],
    });
    hub.secret(invitation.accept_url.split('#token=')[1]);
    const decoy = await hub.key({scope: 'team', team_id: team.id, canary: true});
    expect(await decoy.get('/v1/me'), 401);
    const alert = await until(async () => (await hub.admin.read('/v1/alerts')).items[0], 'the alert of a decoy');
    const review = await check('POST', '/v1/access-reviews', '/v1/access-reviews', {note: 'first'});
    const ids = {
        '/v1/service-accounts/{id}': account.id,
        '/v1/access-reviews/{id}': review.id,
        '/v1/access-reviews/{id}/export': review.id,
        '/v1/users/{id}': (await hub.admin.read('/v1/me')).user.id,
        '/v1/teams/{id}': team.id,
        '/v1/api-keys/{id}': key.id,
        '/v1/api-keys/{id}/usage': key.id,
        '/v1/api-keys/{id}/rotation': successor.id,
        '/v1/scans/{id}': scan.id,
        '/v1/receipts/{id}': pushed.body.receipt_id,
        '/v1/events/{id}': event.id,
        '/v1/endpoints/{id}': endpoint.id,
        '/v1/endpoints/{id}/deliveries': endpoint.id,
        '/v1/deliveries/{id}': sent.delivery_id,
        '/v1/connections/{id}': connection.id,
        '/v1/alerts/{id}': alert.id,
    };
    for (const {method, path} of operations) {
        if (method !== 'GET' || path === '/v1/scans/{id}/report') continue;
        const id = ids[path] ?? (path.startsWith('/v1/projects/') ? project.id : undefined);
        await check('GET', path, path.replace('{id}', id));
    }
    await check('POST', '/v1/alerts/{id}/acknowledge', `/v1/alerts/${alert.id}/acknowledge`);
    await check('POST', '/v1/scans/{id}/cancel', `/v1/scans/${scan.id}/cancel`);
    const receipt = `/v1/receipts/${pushed.body.receipt_id}`;
    await check('POST', '/v1/receipts/{id}/replay', `${receipt}/replay`);
    await check('POST', '/v1/receipts/{id}/explain', `${receipt}/explain`);
    await check('PATCH', '/v1/connections/{id}', `/v1/connections/${connection.id}`, {status: 'paused'});
    await check('DELETE', '/v1/connections/{id}', `/v1/connections/${connection.id}`);
    await check('PATCH', '/v1/endpoints/{id}', `/v1/endpoints/${endpoint.id}`, {description: 'x'});
    await check('POST', '/v1/endpoints/{id}/pause', `/v1/endpoints/${endpoint.id}/pause`);
    await check('POST', '/v1/endpoints/{id}/resume', `/v1/endpoints/${endpoint.id}/resume`);
    hub.secret(
        (
            await check(
                'POST',
                '/v1/endpoints/{id}/rotate-secret',
                `/v1/endpoints/${endpoint.id}/rotate-secret`,
            )
        ).secret,
    );
    await check('DELETE', '/v1/endpoints/{id}', `/v1/endpoints/${endpoint.id}`);
    await check('POST', '/v1/api-keys/{id}/explain', `/v1/api-keys/${key.id}/explain`, {
        method: 'GET',
        path: `/v1/scans/${scan.id}`,
    });
    const keyed = new Client(hub, key.raw_key);
    conforms('/v1/me', 'GET', await keyed.get('/v1/me'));
    for (const by of ['route', 'client', 'day'])
        await check('GET', '/v1/api-keys/{id}/usage', `/v1/api-keys/${key.id}/usage?by=${by}`);
    await check('DELETE', '/v1/api-keys/{id}/overlap', `/v1/api-keys/${successor.id}/overlap`);
    await check(
        'DELETE',
        '/v1/api-keys/{id}/rotation-schedule',
        `/v1/api-keys/${successor.id}/rotation-schedule`,
    );
    await check('DELETE', '/v1/api-keys/{id}', `/v1/api-keys/${successor.id}`);
    const resend = await check('POST', '/v1/invitations/{id}/resend', `/v1/invitations/${invitation.id}/resend`);
    hub.secret(resend.accept_url.split('#token=')[1]);
    await check('DELETE', '/v1/invitations/{id}', `/v1/invitations/${invitation.id}`);
    await check('PATCH', '/v1/service-accounts/{id}', `/v1/service-accounts/${account.id}`, {status: 'disabled'});
    await check('DELETE', '/v1/service-accounts/{id}', `/v1/service-accounts/${account.id}`);
    hub.secret((await check('POST', '/v1/session/token', '/v1/session/token')).access_token);
    hub.secret((await check('POST', '/v1/me/totp', '/v1/me/totp')).secret);
    await check('DELETE', '/v1/session', '/v1/session');
});
