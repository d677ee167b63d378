// people sign in, look after their sessions, show their password again and use one-time codes
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {after} from 'node:test';

import {Client, expect, Hub, passwordOf, startHub} from '../support/hub.mjs';

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const team = await hub.team('Payments');

/// Calls as a page of the hub does: cookie, Origin and CSRF token.
async function byCookie(person) {
    const client = new Client(hub);
    const cookie = {Cookie: person.setCookie.split(';')[0]};
    const session = expect(await client.get('/v1/session', cookie), 200);
    const page = {...cookie, Origin: hub.base, 'X-CSRF-Token': hub.secret(session.csrf_token)};
    return {client, cookie, page, session};
}

/// The code that an authenticator app shows, `steps` steps of 30 seconds from now (RFC 6238).
function totp(secret, steps = 0) {
    let bits = '';
    for (const c of secret) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0');
    const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
    const mac = createHmac('sha1', key).update(counter).digest();
    const at = mac[19] & 15;
    return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/// As if so much time had passed for the person's sessions.
function age(target, userId, minutes) {
    const sql = `UPDATE sessions SET authenticated_at = authenticated_at - ${minutes * 60_000} WHERE user_id = '${userId}'`;
    const result = spawnSync('sqlite3', ['-cmd', '.timeout 10000', join(target.data, 'trusthub.db'), sql], {encoding: 'utf8'});
    assert.equal(result.status, 0, result.stderr);
}

test('a call by cookie that changes something needs the origin of the hub and the CSRF token', async () => {
    const {client, cookie, page} = await byCookie(await hub.person('zoe', []));
    const other = await byCookie(await hub.person('yan', []));
    const call = (headers) => client.delete('/v1/sessions', headers);
    expect(await call(cookie), 401);
    expect(await call({...page, Origin: 'https://evil.example'}), 401);
    expect(await call({...page, Origin: 'null'}), 401);
    for (const token of [undefined, '', 'x', other.session.csrf_token]) {
        const headers = {...page, 'X-CSRF-Token': token};
        if (token === undefined) delete headers['X-CSRF-Token'];
        assert.equal(expect(await call(headers), 403).code, 'csrf_token_invalid');
    }
    expect(await call(page), 204);
    expect(await client.get('/v1/me', cookie), 200);
});

test('a fresh access token comes from the session for as long as that lasts', async () => {
    const person = await hub.person('tom', []);
    const {client, page} = await byCookie(person);
    const made = expect(await client.post('/v1/session/token', undefined, page), 201);
    const renewed = new Client(hub, hub.secret(made.access_token));
    assert.equal((await renewed.read('/v1/me')).user.email, 'tom@example.com');
    expect(await client.delete('/v1/session', page), 204);
    expect(await renewed.get('/v1/me'), 401);
    expect(await person.get('/v1/me'), 401);
});

test('people list and end their own sessions; a super_admin, those of others', async () => {
    const password = passwordOf('lea');
    const here = await hub.person('lea', []);
    const there = await hub.signIn('lea@example.com', password);
    const third = await hub.signIn('lea@example.com', password);
    const mine = await here.all('/v1/sessions', 1);
    assert.equal(mine.length, 3);
    assert.equal(mine.filter((session) => session.current).length, 1);
    assert.ok(mine.every((session) => session.user_id === here.user.id && session.ip === '127.0.0.1'));

    const admins = (await hub.admin.read('/v1/sessions')).items[0];
    expect(await here.delete(`/v1/sessions/${admins.id}`), 404);
    expect(await here.get(`/v1/sessions?user_id=${admins.user_id}`), 403);
    const seen = (await hub.admin.read(`/v1/sessions?user_id=${here.user.id}`)).items;
    assert.deepEqual(
        seen.map((session) => session.id),
        mine.map((session) => session.id),
    );

    const {session} = await there.read('/v1/session');
    expect(await here.delete(`/v1/sessions/${session.id}`), 204);
    expect(await here.delete(`/v1/sessions/${session.id}`), 404);
    expect(await there.get('/v1/me'), 401);
    expect(await here.delete('/v1/sessions'), 204);
    expect(await third.get('/v1/me'), 401);
    expect(await here.get('/v1/me'), 200);
    const {session: last} = await here.read('/v1/session');
    expect(await hub.admin.delete(`/v1/sessions/${last.id}`), 204);
    expect(await here.get('/v1/me'), 401);
});

test('keys are issued only while the password was shown lately, by cookie and by access token', async () => {
    const person = await hub.person('kim', [{role: 'team_admin', team_id: team.id}]);
    const {client, page} = await byCookie(person);
    const issue = () => client.post('/v1/api-keys', {name: 'x', scope: 'team', team_id: team.id}, page);
    hub.secret(expect(await issue(), 201).raw_key);
    age(hub, person.user.id, 16);
    assert.equal(expect(await issue(), 403).code, 'step_up_required');
    const token = expect(await client.post('/v1/session/token', undefined, page), 201).access_token;
    const bearer = new Client(hub, hub.secret(token));
    const byToken = await bearer.post('/v1/api-keys', {name: 'x', scope: 'team', team_id: team.id});
    assert.equal(expect(byToken, 403).code, 'step_up_required');
    const wrong = await client.post('/v1/session/step-up', {password: 'not this one'}, page);
    assert.equal(expect(wrong, 403).code, 'wrong_credentials');
    assert.equal(expect(await issue(), 403).code, 'step_up_required');
    expect(await client.post('/v1/session/step-up', {password: passwordOf('kim')}, page), 204);
    hub.secret(expect(await issue(), 201).raw_key);
});

test('a changed password ends the other sessions and is the one that counts', async () => {
    const old = passwordOf('pat');
    const fresh = hub.secret('quite another password');
    const here = await hub.person('pat', []);
    const there = await hub.signIn('pat@example.com', old);
    const change = (body) => here.post('/v1/me/password', body);
    assert.equal(expect(await change({current_password: 'wrong one', new_password: fresh}), 403).code, 'wrong_credentials');
    assert.equal(expect(await change({current_password: old, new_password: 'short'}), 422).errors[0].pointer, '/new_password');
    expect(await there.get('/v1/me'), 200);
    expect(await change({current_password: old, new_password: fresh}), 204);
    expect(await here.get('/v1/me'), 200);
    expect(await there.get('/v1/me'), 401);
    expect(await hub.nobody.post('/v1/session', {email: 'pat@example.com', password: old}), 401);
    await hub.signIn('pat@example.com', fresh);
});

test('too many failures make everybody wait alike, whether there is such an account or not', async (t) => {
    const own = await startHub(t, {config: 'scans: {paused: true}'});
    const answers = {};
    for (const email of ['ada@example.com', 'nobody@example.com']) {
        const all = [];
        for (let i = 0; i < 11; ++i) all.push(await own.nobody.post('/v1/session', {email, password: 'wrong'}));
        assert.deepEqual(
            all.map((answer) => answer.status),
            [...Array(10).fill(401), 429],
        );
        const last = all.at(-1);
        assert.equal(last.body.code, 'too_many_attempts');
        assert.ok(Number(last.headers['retry-after']) >= 1);
        delete last.body.request_id;
        answers[email] = last.body;
        // The right password waits too.
        if (email === own.superAdmin.email) expect(await own.nobody.post('/v1/session', own.superAdmin), 429);
    }
    assert.deepEqual(answers['ada@example.com'], answers['nobody@example.com']);
    const rows = (await own.admin.read('/v1/admin/audit?action=sign_in_failed')).items;
    assert.ok(rows.length >= 2 && rows.length <= 4, `${rows.length} rows for 20 failures`);
    assert.ok(!JSON.stringify(rows).includes('nobody@'));
});

test('many sign-ins at once are answered, and others do not wait for them', async (t) => {
    const own = await startHub(t, {config: 'scans: {paused: true}'});
    const signIns = Array.from({length: 40}, (_, i) =>
        own.nobody.post('/v1/session', {email: `someone${i}@example.com`, password: 'wrong'}),
    );
    const began = Date.now();
    await own.admin.read('/v1/teams');
    const waited = Date.now() - began;
    const all = await Promise.all(signIns);
    const took = Date.now() - began;
    assert.ok(all.every((answer) => [401, 503].includes(answer.status)));
    assert.ok(waited < took, `a list of teams took ${waited} of ${took} ms`);
});

test('one-time codes: enrolment, sign-in, replay, recovery and the way out', async () => {
    const email = 'uma@example.com';
    const password = passwordOf('uma');
    const uma = await hub.person('uma', [{role: 'team_admin', team_id: team.id}]);
    const begun = await uma.make('/v1/me/totp', undefined);
    hub.secret(begun.secret);
    assert.ok(begun.otpauth_url.startsWith('otpauth://totp/TrustHub:uma@example.com?secret=' + begun.secret));
    await hub.signIn(email, password);
    expect(await uma.post('/v1/me/totp/confirm', {code: '000000'}), 422);
    const {recovery_codes: recovery} = await uma.make('/v1/me/totp/confirm', {code: totp(begun.secret, -1)});
    recovery.forEach((code) => hub.secret(code));
    assert.equal(new Set(recovery).size, 10);
    assert.equal(expect(await uma.post('/v1/me/totp'), 409).code, 'totp_enabled');

    const signIn = (more) => hub.nobody.post('/v1/session', {email, password, ...more});
    assert.equal(expect(await signIn(), 401).code, 'totp_required');
    const wrong = expect(await signIn({totp: '000000'}), 401);
    const both = expect(await signIn({password: 'wrong'}), 401);
    assert.equal(wrong.code, 'unauthenticated');
    assert.equal(wrong.detail, both.detail);
    const code = totp(begun.secret);
    hub.secret(expect(await signIn({totp: code}), 201).access_token);
    const used = expect(await signIn({totp: code}), 401);
    assert.equal(used.code, 'totp_code_used');
    assert.match(used.detail, /wait for the next one/);
    assert.equal(expect(await signIn({totp: code, password: 'wrong'}), 401).code, 'unauthenticated');
    hub.secret(expect(await signIn({totp: recovery[3].toUpperCase()}), 201).access_token);
    assert.equal(expect(await signIn({totp: recovery[3]}), 401).code, 'totp_code_used');

    assert.equal((await uma.read('/v1/session')).totp_enabled, true);
    const remove = (json) => uma.call('DELETE', '/v1/me/totp', {json});
    expect(await remove({password, code: '000000'}), 403);
    expect(await remove({password: 'wrong', code: recovery[4]}), 403);
    const spent = expect(await remove({password, code: recovery[3]}), 403);
    assert.equal(spent.code, 'wrong_credentials');
    assert.match(spent.detail, /used already/);
    expect(await remove({password, code: recovery[4]}), 204);
    hub.secret(expect(await signIn(), 201).access_token);
});

test('where admins need one-time codes, those without may only turn them on', async (t) => {
    const own = await startHub(t, {config: 'scans: {paused: true}\nsessions: {require_totp_for_admins: true}'});
    for (const path of ['/v1/users', '/v1/admin/audit', '/v1/api-keys'])
        assert.equal(expect(await own.admin.get(path), 403).code, 'totp_enrolment_required');
    assert.equal((await own.admin.read('/v1/session')).totp_enrolment_required, true);
    const {secret} = await own.admin.make('/v1/me/totp', undefined);
    own.secret(secret);
    const confirmed = await own.admin.make('/v1/me/totp/confirm', {code: totp(secret)});
    confirmed.recovery_codes.forEach((code) => own.secret(code));
    await own.admin.read('/v1/users');
    const team = await own.team('Payments');
    await own.person('dev', [{role: 'developer', team_id: team.id}]).then((dev) => dev.read('/v1/teams'));
});

test('on the host a password is reset, sessions end, and one-time codes come off', async (t) => {
    const own = await startHub(t, {config: 'scans: {paused: true}'});
    const {secret} = await own.admin.make('/v1/me/totp', undefined);
    own.secret(secret);
    (await own.admin.make('/v1/me/totp/confirm', {code: totp(secret)})).recovery_codes.forEach((code) => own.secret(code));
    const file = join(own.folder, 'password');
    writeFileSync(file, 'short\n');
    assert.equal(own.command('users', 'reset', '--email', 'ada@example.com', '--password-file', file).status, 1);
    const password = own.secret('a password from the host');
    writeFileSync(file, password + '\n');
    assert.equal(own.command('users', 'reset', '--email', 'nobody@example.com', '--password-file', file).status, 1);
    const done = own.command('users', 'reset', '--email', 'Ada@example.com', '--password-file', file, '--totp', '--json');
    assert.equal(done.status, 0, done.stderr);
    assert.equal(JSON.parse(done.stdout).email, 'ada@example.com');
    expect(await own.admin.get('/v1/me'), 401);
    expect(await own.nobody.post('/v1/session', own.superAdmin), 401);
    const admin = await own.signIn('ada@example.com', password);
    const row = (await admin.read('/v1/admin/audit?action=reset')).items[0];
    assert.equal(row.actor.kind, 'host');
    const listed = JSON.parse(own.command('users', 'list', '--json').stdout);
    assert.deepEqual(
        listed.map(({email, totp: on, roles}) => ({email, on, roles})),
        [{email: 'ada@example.com', on: false, roles: [{role: 'super_admin'}]}],
    );
    assert.match(own.command('users', 'list').stdout, /^ada@example\.com {2}active {2}super_admin/);
});

test('sessions survive a restart of the hub', async (t) => {
    const own = new Hub();
    t.after(() => own.close());
    await own.start();
    await own.setUp();
    await own.restart();
    await own.admin.read('/v1/me');
});
