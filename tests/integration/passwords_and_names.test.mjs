// passwords that would be guessed and names that nobody could tell apart are refused everywhere
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {after} from 'node:test';

import {expect, Hub, passwordOf, startHub} from '../support/hub.mjs';

const hub = await startHub({after});
const team = await hub.team('Payments Team');

const kGuessed = {
    'Password2026!': /commonest/,
    aaaabbbbcccc: /five different/,
    'zq!grace.hopper!97': /e-mail address/,
    'zq admiral hopper 97': /name of the account/,
};
const email = 'grace.hopper@example.com';
const name = 'Admiral Hopper';

function refused(answer, reason, pointer = '/password') {
    const {errors} = expect(answer, 422);
    assert.deepEqual(errors.map((error) => error.pointer), [pointer]);
    assert.match(errors[0].detail, reason);
}

test('no way of the API takes a password that would be guessed', async (t) => {
    const fresh = new Hub();
    t.after(() => fresh.close());
    await fresh.start();
    const invited = await hub.admin.make('/v1/invitations', {email, roles: []});
    const token = invited.accept_url.split('#token=')[1];
    hub.secret(token);
    for (const [password, reason] of Object.entries(kGuessed)) {
        refused(await fresh.nobody.post('/v1/setup', {token: 'x'.repeat(43), email, name, password}), reason);
        refused(await hub.admin.post('/v1/users', {email, name, password}), reason);
        refused(await hub.nobody.post('/v1/invitations/accept', {token, name, password}), reason);
    }
    await hub.nobody.make('/v1/invitations/accept', {token, name, password: hub.secret('quite another one')});
    const grace = await hub.signIn(email, 'quite another one');
    for (const [password, reason] of Object.entries(kGuessed)) {
        const change = {current_password: 'quite another one', new_password: password};
        refused(await grace.post('/v1/me/password', change), reason, '/new_password');
    }
    await hub.signIn(email, 'quite another one');
});

test('no command and no environment takes one either', async (t) => {
    const mia = await hub.person('mia.miller', []);
    for (const [password, reason] of Object.entries({...kGuessed, 'zq!mia.miller!97': /e-mail address/})) {
        const input = {input: `${password}\n`};
        const made = hub.command('users', 'create-admin', '--email', 'grace.hopper@example.org', '--name', name, input);
        if (!password.includes('mia')) {
            assert.equal(made.status, 1, password);
            assert.match(made.stderr, reason);
        }
        if (password.includes('hopper')) continue;
        const reset = hub.command('users', 'reset', '--email', mia.user.email, input);
        assert.equal(reset.status, 1, password);
        assert.match(reset.stderr, reason);
    }
    await hub.signIn(mia.user.email, passwordOf('mia.miller'));
    const fresh = new Hub();
    t.after(() => fresh.close());
    const file = join(fresh.folder, 'password');
    writeFileSync(file, 'Password2026!\n', {mode: 0o600});
    fresh.env = {TRUSTHUB_ADMIN_EMAIL: email, TRUSTHUB_ADMIN_PASSWORD_FILE: file};
    await assert.rejects(fresh.start(), /commonest/);
});

test('a name of blanks alone is refused wherever things are named', async () => {
    for (const blank of ['  ', '\t', '\u00a0\u3000', '\u200b\u2060']) {
        for (const [path, body] of [
            ['/v1/teams', {}],
            ['/v1/api-keys', {scope: 'org'}],
            ['/v1/service-accounts', {}],
            ['/v1/users', {email: 'x@example.com'}],
            ['/v1/connections', {connector: 'github', team_id: team.id}],
            ['/v1/projects', {team_id: team.id}],
        ]) {
            const {errors} = expect(await hub.admin.post(path, {...body, name: blank}), 422);
            const error = errors.find(({pointer}) => pointer === '/name');
            assert.match(error.detail, /seen/, path);
        }
    }
    expect(await hub.admin.patch(`/v1/teams/${team.id}`, {name: ' '}), 422);
    assert.equal((await hub.team('  Around ')).name, 'Around');
});

test('a team that looks like another one is a conflict; the same team may change its looks', async () => {
    const shipping = await hub.team('Zoë Shipping');
    for (const name of ['payments team', 'PAYMENTS  TEAM', ' Payments\u00a0Team', 'Pay\u200bments Team', 'ZOË shipping']) {
        assert.equal(expect(await hub.admin.post('/v1/teams', {name}), 409).code, 'name_taken', name);
    }
    const to = (name) => hub.admin.patch(`/v1/teams/${shipping.id}`, {name});
    assert.equal(expect(await to('payments TEAM'), 409).code, 'name_taken');
    assert.equal(expect(await to('ZOË SHIPPING'), 200).name, 'ZOË SHIPPING');
});
