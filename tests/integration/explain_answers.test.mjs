// explain of a key says of a call what the call would be told
import assert from 'node:assert/strict';
import test, {after} from 'node:test';

import {expect, problem, startHub} from '../support/hub.mjs';

const kNowhere = '01900000-0000-7000-8000-000000000000';
const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const team = await hub.team('Payments');
const key = await hub.key({scope: 'org', type: 'admin'});
const kDeveloper = [{role: 'developer', team_id: team.id}];
const kSuper = [{role: 'super_admin'}];

const explain = (of, method, path, body, by = hub.admin) =>
    by.make(`/v1/api-keys/${of.issued.id}/explain`, {method, path, body}, 200);

/// Explains the call, then makes it: both give `status`, and a refusal in the same words.
async function bothSay(status, method, path, json, {of = key, words = /./} = {}) {
    const said = await explain(of, method, path, json);
    const answer = await of.call(method, path, {json});
    if (answer.body?.accept_url) hub.secret(answer.body.accept_url);
    expect(answer, status);
    assert.equal(said.status, status, `${method} ${path}: ${JSON.stringify(said.checks.filter(({ok}) => !ok))}`);
    assert.equal(said.allowed, status < 400);
    if (status !== 403) return;
    const {detail} = problem(answer, status, answer.body.code);
    assert.match(detail, words);
    assert.deepEqual(said.checks.filter(({ok}) => !ok), [{check: 'thing', ok: false, detail}]);
}

test('what a body asks that no key may give is refused by explain as by the call', async () => {
    const words = {words: /super_admin who signs in/};
    const user = {email: 'p@example.com', name: 'P', roles: kDeveloper};
    const password = hub.secret('a staple that no horse has seen');
    await bothSay(403, 'POST', '/v1/users', {...user, password}, {words: /password/});
    await bothSay(403, 'POST', '/v1/users', {...user, roles: kSuper}, words);
    await bothSay(201, 'POST', '/v1/users', user);
    const robot = {name: 'robot', steward_id: (await hub.person('stew', kDeveloper)).user.id};
    await bothSay(403, 'POST', '/v1/service-accounts', {...robot, roles: kSuper}, words);
    await bothSay(201, 'POST', '/v1/service-accounts', {...robot, roles: kDeveloper});
    await bothSay(403, 'POST', '/v1/invitations', {email: 'i@example.com', roles: kSuper}, words);
    await bothSay(201, 'POST', '/v1/invitations', {email: 'i@example.com', roles: kDeveloper});

    const someone = (await hub.admin.make('/v1/users', {email: 's@example.com', name: 'S'})).id;
    const account = (await hub.admin.make('/v1/service-accounts', {name: 'other'})).id;
    for (const path of [`/v1/users/${someone}`, `/v1/service-accounts/${account}`]) {
        await bothSay(403, 'PATCH', path, {roles: kSuper}, words);
        await bothSay(200, 'PATCH', path, {name: 'T', roles: kDeveloper});
    }
    // Rights come before what is there.
    await bothSay(403, 'PATCH', `/v1/users/${kNowhere}`, {roles: kSuper}, words);
});

test('a body that does not fit, and none, are left to the call', async () => {
    for (const body of [undefined, {roles: kSuper}, {email: 'x@example.com', name: 'X', roles: kSuper, more: 1}])
        assert.equal((await explain(key, 'POST', '/v1/users', body)).status, 201);
});

test('a key gives no role for longer than its owner has theirs, says explain too', async () => {
    const expires_at = new Date(Date.now() + 86_400_000).toISOString();
    const leaving = await hub.person('leaving', [{role: 'super_admin', expires_at}]);
    const of = await hub.key({scope: 'org', type: 'admin'}, leaving);
    const words = {of, words: /end then or before/};
    await bothSay(403, 'POST', '/v1/users', {email: 'l@example.com', name: 'L', roles: kDeveloper}, words);
    await bothSay(403, 'POST', '/v1/service-accounts', {name: 'l', roles: kDeveloper}, words);
    await bothSay(403, 'POST', '/v1/invitations', {email: 'l@example.com', roles: kDeveloper}, words);
});

test('an invitation of a user that exists is resent by a person, says explain too', async () => {
    const resend = (sent) => `/v1/invitations/${sent.id}/resend`;
    const invite = async (email, roles) => {
        const sent = await hub.admin.make('/v1/invitations', {email, roles});
        hub.secret(sent.accept_url);
        return sent;
    };
    await bothSay(201, 'POST', resend(await invite('new@example.com', kDeveloper)));
    await hub.admin.make('/v1/users', {email: 'known@example.com', name: 'K', roles: kDeveloper});
    const known = await invite('known@example.com', kDeveloper);
    const said = await explain(key, 'POST', resend(known));
    assert.equal(said.status, 403);
    assert.match(said.checks.find(({ok}) => !ok).detail, /^The user exists already: a person/);
    expect(await key.post(resend(known)), 403);
    // A closed one is another matter than rights.
    expect(await hub.admin.delete(`/v1/invitations/${known.id}`), 204);
    assert.equal((await explain(key, 'POST', resend(known))).allowed, true);
    expect(await key.post(resend(known)), 409);
});

test('of the organization and of teams, too, what is not there is 404', async () => {
    const robot = await hub.admin.make('/v1/service-accounts', {name: 'a robot'});
    const someone = await hub.admin.make('/v1/users', {email: 'h@example.com', name: 'H'});
    const review = await hub.admin.make('/v1/access-reviews', {});
    for (const [method, path] of [
        ['GET', `/v1/users/${kNowhere}`],
        ['GET', `/v1/users/${robot.id}`],
        ['GET', `/v1/service-accounts/${kNowhere}`],
        ['GET', `/v1/service-accounts/${someone.id}`],
        ['GET', `/v1/teams/${kNowhere}`],
        ['GET', `/v1/access-reviews/${kNowhere}`],
        ['GET', `/v1/access-reviews/${kNowhere}/export`],
        ['PATCH', `/v1/users/${kNowhere}`],
        ['PATCH', `/v1/service-accounts/${kNowhere}`],
        ['PATCH', `/v1/teams/${kNowhere}`],
        ['DELETE', `/v1/service-accounts/${kNowhere}`],
        ['DELETE', `/v1/teams/${kNowhere}`],
    ])
        await bothSay(404, method, path, method === 'PATCH' ? {name: 'x'} : undefined);
    for (const path of [
        `/v1/users/${someone.id}`,
        `/v1/service-accounts/${robot.id}`,
        `/v1/teams/${team.id}`,
        `/v1/access-reviews/${review.id}`,
        `/v1/access-reviews/${review.id}/export`,
    ])
        await bothSay(200, 'GET', path);
});

test('who may not read people and teams learns from explain of no key which there are', async () => {
    const steward = await hub.person('steward', kDeveloper);
    const account = await hub.admin.make('/v1/service-accounts', {
        name: 'all',
        steward_id: steward.user.id,
        roles: kSuper,
    });
    const of = await hub.key({scope: 'org', type: 'admin', service_account_id: account.id});
    const other = await hub.team('Shipping');
    for (const [method, path, id] of [
        ['GET', '/v1/users', steward.user.id],
        ['DELETE', '/v1/service-accounts', account.id],
        ['GET', '/v1/teams', other.id],
    ]) {
        const there = await explain(of, method, `${path}/${id}`, undefined, steward);
        assert.deepEqual(await explain(of, method, `${path}/${kNowhere}`, undefined, steward), there);
    }
});
