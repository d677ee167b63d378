// What must be true of every answer, whatever was asked: documented, named, and silent about what was sent.
import assert from 'node:assert/strict';

import {Ajv2020} from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

import {document, errorCodes, kMethods, open, queryNames} from './fuzz_hub.mjs';
import {kCanary} from './fuzz_requests.mjs';

// What the server refuses before it looks who calls; the second list, whatever the operation.
const kBeforeAnybody = new Set([400, 404, 405, 411, 413, 414, 417, 431]);
const kAtHttp = new Set([413, 414, 417, 431]);

const ajv = new Ajv2020({strict: false});
addFormats.default(ajv);
ajv.addSchema(document, 'hub');
const validators = new Map();

function validator(schema) {
    const text = JSON.stringify(schema).replaceAll('"#/', '"hub#/');
    if (!validators.has(text)) validators.set(text, ajv.compile(JSON.parse(text)));
    return validators.get(text);
}

/// So far: answers by status, and the operations that succeeded.
export const counts = {};
export const succeeded = new Set();

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

/// Throws what is wrong with the answer to a generated request, which was sent like that.
export function check({operation, method, suffix, query, segment: given, credential: by}, sent, answer) {
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
            assert.ok(queryNames(called).includes(name), `the unknown query parameter ${name} is ignored`);
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
