// what the host's commands take and tell is text, bounded, and held to the rules of the API
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';

import {binary, expect, Hub, startHub} from '../support/hub.mjs';

const kPassword = 'a password of some length';

/// Bytes of a word stand in an environment variable's place: node gives programs no words but UTF-8.
function inShell(hub, script) {
    return spawnSync('bash', ['-c', `"$0" ${script} --config "$1"`, binary, hub.config], {
        input: `${kPassword}\n`,
        encoding: 'utf8',
        env: {PATH: process.env.PATH},
    });
}

function sql(hub, text) {
    const done = spawnSync('sqlite3', [join(hub.data, 'trusthub.db'), text], {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stderr ?? String(done.error));
    return done.stdout.trim();
}

test('words that are no UTF-8 are refused with 2, whether a hub runs or not', async (t) => {
    const hub = await startHub(t);
    const refuseAll = () => {
        for (const script of [
            String.raw`users create-admin --email eve@example.com --name $'x\xff\xfe'`,
            String.raw`users create-admin --email $'eve\xff@example.com'`,
            String.raw`api-keys create --owner ada@example.com --scope org --name $'k\xc3'`,
            String.raw`api-keys revoke $'tos_\xff'`,
        ]) {
            const refused = inShell(hub, script);
            assert.equal(refused.status, 2, script + refused.stderr);
            assert.match(refused.stderr, /must be UTF-8 text/);
            assert.equal(refused.stdout, '');
        }
    };
    refuseAll();
    await hub.stop();
    refuseAll();
    await hub.start();
    await hub.renewAdmin();
    assert.equal((await hub.admin.all('/v1/users')).length, 1);
});

test('who is made on the host is named as the API would have it', async (t) => {
    const hub = await startHub(t);
    const make = (...more) =>
        hub.command('users', 'create-admin', '--email', 'eve@example.com', ...more, {input: `${kPassword}\n`});
    for (const name of ['   ', '\u3000\u200b', 'n'.repeat(201)]) {
        const refused = make('--name', name);
        assert.equal(refused.status, 1, refused.stdout);
        assert.match(refused.stderr, /\/name: must be/);
    }
    assert.equal(make('--name', '  Eve ').status, 0);
    const eve = (await hub.admin.all('/v1/users')).find(({email}) => email === 'eve@example.com');
    assert.equal(eve.name, 'Eve');
});

test('an id that is none is refused as what it should be', async (t) => {
    const hub = await startHub(t);
    const refused = hub.command('api-keys', 'create', '--owner', 'ada@example.com', '--name', 'k', '--scope', 'team',
        '--team', 'platform');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /\/team_id: must be the id of a team/);
    const answer = await hub.admin.post('/v1/service-accounts', {name: 's', steward_id: 'mia'});
    assert.match(expect(answer, 422).errors[0].detail, /the id of a user/);
});

test('names move no cursor and turn no text in a list of keys', async (t) => {
    const hub = await startHub(t);
    const {issued} = await hub.key({scope: 'org', name: 'a\u009b31mb\u202ec\u2028d\u001b[2Je'});
    const {stdout} = hub.command('api-keys', 'list');
    const line = stdout.split('\n').find((one) => one.startsWith(issued.key_prefix));
    assert.ok(line.includes('a 31mb c d [2Je'), JSON.stringify(line));
});

test('a list of very many keys shows the newest 10,000 and says that there are more', async (t) => {
    const hub = await startHub(t);
    const {issued} = await hub.key({scope: 'org', name: 'copied'});
    await hub.stop();
    const columns = sql(hub, "SELECT group_concat(name) FROM pragma_table_info('api_keys')").split(',');
    const values = columns.map((name) => ({
        id: "printf('0099a1b2-0000-7000-8000-%012d', n.i)",
        key_prefix: "printf('tos_%08d', n.i)",
        key_hmac: "printf('%064d', n.i)",
        name: "printf('copy %s', hex(zeroblob(40)))",
    })[name] ?? `k.${name}`);
    sql(hub, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
        INSERT INTO api_keys (${columns}) SELECT ${values} FROM n, api_keys k WHERE k.id = '${issued.id}'`);
    await hub.start();
    for (const place of ['in the hub', 'alone']) {
        const asJson = hub.command('api-keys', 'list', '--json');
        assert.equal(asJson.status, 0, asJson.stderr);
        const listed = JSON.parse(asJson.stdout);
        assert.equal(listed.length, 10_000, place);
        assert.equal(listed[0].id, issued.id, 'the newest first');
        const table = hub.command('api-keys', 'list');
        assert.equal(table.stdout.trimEnd().split('\n').length, 10_001);
        for (const {stderr} of [asJson, table]) assert.match(stderr, /There are more keys.*GET \/v1\/api-keys/);
        await hub.stop();
    }
    await hub.start();
    await hub.renewAdmin();
    assert.equal((await hub.admin.read('/v1/api-keys?limit=2')).items[0].id, issued.id);
});

test('a file of too many keys is to be split, and nothing of it is imported', async (t) => {
    const hub = await startHub(t);
    const fileOf = (count) =>
        Array.from({length: count}, (_, i) => JSON.stringify({
            key: `tos_${String(i).padStart(8, '0')}_${'0123456789abcdef'.repeat(2)}`, name: 'old', scope: 'org',
        })).join('\n');
    const owner = ['--owner', hub.superAdmin.email];
    const large = hub.command('api-keys', 'import', '-', ...owner, {input: fileOf(10_001)});
    assert.equal(large.status, 1);
    assert.match(large.stderr, /^line 10001: a file has at most 10,000 keys: split it/m);
    assert.match(large.stderr, /Nothing was imported/);
    assert.doesNotMatch(large.stderr, /Remove the file/, 'its keys are nowhere else yet');
    assert.equal((await hub.admin.read('/v1/api-keys')).total, 0);
    const right = hub.command('api-keys', 'import', '-', ...owner, {input: fileOf(10_000)});
    assert.match(right.stdout, /^10000 imported, 0 refused\.$/m, right.stderr.slice(0, 500));
});

test('a list of very many people shows the first 10,000 and says that there are more', async (t) => {
    const hub = await startHub(t);
    await hub.stop();
    const columns = sql(hub, "SELECT group_concat(name) FROM pragma_table_info('users')").split(',');
    const values = columns.map((name) => ({
        id: "printf('7099a1b2-0000-7000-8000-%012d', n.i)",
        email: "printf('copy%d@example.com', n.i)",
    })[name] ?? `u.${name}`);
    const add = (from, to) =>
        sql(hub, `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})
            INSERT INTO users (${columns}) SELECT ${values} FROM n, users u WHERE u.email = '${hub.superAdmin.email}'`);
    add(1, 9_999);
    const all = hub.command('users', 'list', '--json');
    assert.equal(JSON.parse(all.stdout).length, 10_000);
    assert.doesNotMatch(all.stderr, /There are more/);
    add(10_000, 15_000);
    await hub.start();
    for (const place of ['in the hub', 'alone']) {
        const asJson = hub.command('users', 'list', '--json');
        assert.equal(asJson.status, 0, asJson.stderr);
        const listed = JSON.parse(asJson.stdout);
        assert.equal(listed.length, 10_000, place);
        assert.equal(listed[0].email, hub.superAdmin.email, 'in the order in which they were added');
        const table = hub.command('users', 'list');
        assert.equal(table.stdout.trimEnd().split('\n').length, 10_000);
        for (const {stderr} of [asJson, table]) assert.match(stderr, /There are more people.*GET \/v1\/users/);
        await hub.stop();
    }
});

test('an administrator made by any way takes the set-up link away', async (t) => {
    for (const way of ['in the hub', 'alone', 'environment']) {
        const hub = new Hub();
        t.after(() => hub.close());
        await hub.start();
        const file = join(hub.data, 'setup-link');
        assert.ok(existsSync(file));
        if (way !== 'in the hub') await hub.stop();
        if (way === 'environment') {
            const password = join(hub.folder, 'password');
            writeFileSync(password, kPassword + '\n', {mode: 0o600});
            hub.env = {TRUSTHUB_ADMIN_EMAIL: 'ada@example.com', TRUSTHUB_ADMIN_PASSWORD_FILE: password};
            await hub.start();
        } else {
            const made = hub.command('users', 'create-admin', '--email', 'ada@example.com', {input: `${kPassword}\n`});
            assert.equal(made.status, 0, made.stderr);
        }
        assert.ok(!existsSync(file), way);
    }
});
