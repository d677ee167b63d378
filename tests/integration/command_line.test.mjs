// the command line sets up, checks and guards a hub
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {randomInt} from 'node:crypto';
import {chmodSync, existsSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync} from 'node:fs';
import {userInfo} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';

import {binary, Client, expect, Hub, startHub, until} from '../support/hub.mjs';
import {startReceiver} from '../support/receiver.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

const kPassword = 'a password of some length';

function run(...words) {
    return spawnSync(binary, words, {encoding: 'utf8', env: {PATH: process.env.PATH}});
}

function hubOf(t, options) {
    const hub = new Hub(options);
    t.after(() => hub.close());
    return hub;
}

test('a wrong configuration ends with 2 and path:line: reason', (t) => {
    const hub = hubOf(t);
    const cases = {
        'lisen: 127.0.0.1:1': /hub\.yaml:5: .*lisen.*listen/,
        'scans: {workers: many}': /hub\.yaml:4: .*workers/,
        'log: {level: loud}': /hub\.yaml:5: .*level.*debug/,
        'data: twice': /hub\.yaml:5: .*data/,
        'tls: {certificate: a.crt}': /hub\.yaml:5: .*key/,
        'keys: {prefix: "${env:NOT_SET_AT_ALL}"}': /hub\.yaml:5: .*NOT_SET_AT_ALL/,
    };
    for (const [line, reason] of Object.entries(cases)) {
        hub.configure(line);
        for (const command of ['check', 'serve']) {
            const result = hub.command(command);
            assert.equal(result.status, 2, `${command} ${line}: ${result.stdout}${result.stderr}`);
            assert.match(result.stderr, reason, line);
        }
    }
    hub.configure('');
    assert.equal(hub.command('check').status, 0);
    assert.match(hub.command('check', '--print').stdout, /listen: 127\.0\.0\.1:0/);
});

test('what is only a warning is called one, and ends with 0', (t) => {
    const hub = hubOf(t);
    hub.configure('mail: {host: 127.0.0.1, from: hub@example.com, user: hub, password: literal}');
    const warned = hub.command('check');
    assert.equal(warned.status, 0, warned.stderr);
    assert.match(warned.stderr, /^warning: [^\n]*hub\.yaml:5: [^\n]*literal secret/m);
    for (const line of warned.stderr.trimEnd().split('\n')) assert.match(line, /^warning: .*hub\.yaml:\d+: /);
    hub.configure('lisen: 127.0.0.1:1');
    assert.match(hub.command('check').stderr, /^(?!warning)[^\n]*hub\.yaml:5: .*lisen/m);
});

test('off loopback without TLS serve ends with 2', (t) => {
    const hub = hubOf(t);
    writeFileSync(hub.config, `listen: 0.0.0.0:0\ndata: ${hub.data}\n`);
    assert.equal(hub.command('serve').status, 2);
    hub.configure('');
    assert.equal(hub.command('serve', '--listen', '0.0.0.0:0').status, 2);
    for (const [words, group] of [[['nonsense'], 'trusthub'], [['users', 'lst', '--json'], 'trusthub users']]) {
        const unknown = run(...words);
        assert.equal(unknown.status, 2);
        assert.match(unknown.stderr, new RegExp(`^\`(nonsense|lst)\` is no subcommand of ${group}; there are `));
    }
    assert.match(run('version').stdout, /^trusthub \d+\.\d+\.\d+\n$/);
});

test('a second serve on the same data folder refuses, the first goes on', async (t) => {
    const hub = await startHub(t);
    const second = hub.command('serve');
    assert.notEqual(second.status, 0);
    assert.match(second.stderr, /data/);
    expect(await hub.nobody.get('/healthz'), 200);
});

test('what the hub writes for itself is readable by its user only', async (t) => {
    const hub = await startHub(t);
    // The folder keeps others out, whatever the files in it say.
    for (const name of ['.', 'trusthub.db', 'master.key'])
        assert.equal(statSync(join(hub.data, name)).mode & 0o077, 0, name);
});

test('a set-up link works once, and a new one ends the old one', async (t) => {
    const hub = hubOf(t);
    await hub.start();
    const tokenOf = (text) => hub.secret(/#token=(\S+)/.exec(text)[1]);
    const old = tokenOf(await until(() => readFileSync(join(hub.data, 'setup-link'), 'utf8'), 'the link'));
    const printed = hub.command('setup-link', '--json');
    assert.equal(printed.status, 0, printed.stderr);
    const {setup_link} = JSON.parse(printed.stdout);
    assert.ok(setup_link.startsWith(`${hub.base}/setup#`), 'the address where the hub serves');
    const fresh = tokenOf(setup_link);
    const file = join(hub.data, 'setup-link');
    assert.equal(tokenOf(readFileSync(file, 'utf8')), fresh, 'the file holds the new link');
    assert.equal(statSync(file).mode & 0o077, 0);
    const person = {email: 'ada@example.com', name: 'Ada', password: hub.secret(kPassword)};
    expect(await hub.nobody.post('/v1/setup', {token: old, ...person}), 410);
    expect(await hub.nobody.post('/v1/setup', {token: fresh, ...person}), 201);
    assert.equal(existsSync(file), false, 'a used link is not kept');
    expect(await hub.nobody.post('/v1/setup', {token: fresh, ...person, email: 'eve@example.com'}), 409);
    assert.notEqual(hub.command('setup-link').status, 0);
    const page = await hub.nobody.get('/setup');
    assert.match(expect(page, 200) ?? page.headers['content-type'], /text\/html/);
});

test('the environment and the command line make a super_admin', async (t) => {
    const file = (hub) => {
        const path = join(hub.folder, 'password');
        writeFileSync(path, hub.secret(kPassword) + '\n', {mode: 0o600});
        return path;
    };
    const hub = hubOf(t);
    hub.env = {TRUSTHUB_ADMIN_EMAIL: 'ada@example.com', TRUSTHUB_ADMIN_PASSWORD_FILE: file(hub)};
    await hub.start();
    const ada = await hub.signIn('ada@example.com', kPassword);
    assert.deepEqual(
        (await ada.read('/v1/me')).user.roles.map((role) => role.role),
        ['super_admin'],
    );
    const made = hub.command(
        'users',
        'create-admin',
        '--email',
        'eve@example.com',
        '--password-file',
        file(hub),
    );
    assert.equal(made.status, 0, made.stderr);
    await hub.signIn('eve@example.com', kPassword);
});

test('a running hub does the commands of its host itself: what they tell goes out at once', async (t) => {
    const hub = await startHub(t);
    const socket = join(hub.data, 'admin.sock');
    assert.ok(statSync(socket).isSocket());
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    const receiver = await startReceiver(t);
    await hub.endpoint(receiver.url, ['user.created', 'api_key.created', 'api_key.revoked']);
    const told = async (type) => JSON.parse((await receiver.waitFor(type)).body);
    const password = hub.secret(kPassword);
    const made = hub.command('users', 'create-admin', '--email', 'eve@example.com', {input: `${password}\n`});
    assert.equal(made.status, 0, made.stderr);
    assert.equal((await told('user.created')).data.email, 'eve@example.com');
    const issued = hub.command('api-keys', 'create', '--owner', 'eve@example.com', '--name', '--canary of eve',
        '--scope', 'org', '--permission', 'scans:read', '--permission', 'events:read', '--json');
    assert.equal(issued.status, 0, issued.stderr);
    const key = JSON.parse(issued.stdout);
    hub.secret(key.raw_key);
    assert.equal(key.name, '--canary of eve');
    assert.deepEqual(key.permissions, ['events:read', 'scans:read']);
    await told('api_key.created');
    const caller = new Client(hub, key.raw_key);
    await caller.read('/v1/me');
    assert.equal(hub.command('api-keys', 'revoke', key.id).status, 0);
    expect(await caller.get('/v1/me'), 401);
    await told('api_key.revoked');
    const unknown = hub.command('api-keys', 'revoke', 'tos_00000000');
    assert.deepEqual([unknown.status, unknown.stdout], [1, '']);
    assert.match(unknown.stderr, /no key/);
    const rows = (await hub.admin.read('/v1/admin/audit?target_table=api_keys')).items;
    const changes = rows.filter(({action}) => action !== 'refuse').map(({action, actor}) => [action, actor.kind]);
    assert.deepEqual(changes, [['revoke', 'host'], ['create', 'host']]);

    await hub.stop();
    assert.ok(!existsSync(socket));
    assert.match(hub.command('users', 'list').stdout, /eve@example\.com  active  super_admin/);
});

test('rows of the host name the account that gave the command and the owner of the key', async (t) => {
    const hub = await startHub(t);
    await hub.team('T');
    const {uid, username} = userInfo();
    const password = hub.secret(kPassword);
    const create = (...more) => hub.command('users', 'create-admin', '--email', ...more, {input: `${password}\n`});
    const issue = () => hub.command('api-keys', 'create', '--owner', 'eve@example.com', '--name', 'k', '--scope', 'org', '--json');
    assert.equal(create('eve@example.com', '--name', 'Eve of the host').status, 0);
    const inHub = JSON.parse(issue().stdout);
    assert.equal(hub.command('api-keys', 'revoke', inHub.id).status, 0);
    await hub.stop();
    const alone = JSON.parse(issue().stdout);
    assert.equal(create('mia@example.com').status, 0);
    for (const {raw_key} of [inHub, alone]) hub.secret(raw_key);
    await hub.start();
    await hub.renewAdmin();
    const rows = (await hub.admin.all('/v1/admin/audit')).filter(({actor}) => actor.kind === 'host');
    const users = (await hub.admin.all('/v1/users')).map(({email, name}) => `${email} ${name}`);
    assert.ok(users.includes('eve@example.com Eve of the host') && users.includes('mia@example.com mia@example.com'));
    const eve = (await hub.admin.all('/v1/users')).find(({email}) => email === 'eve@example.com');
    assert.ok(rows.length >= 5);
    for (const row of rows) assert.deepEqual(row.details.host_account, {name: username, uid}, row.action);
    const keys = rows.filter((row) => row.target_table === 'api_keys');
    assert.deepEqual(keys.map((row) => row.action), ['create', 'revoke', 'create']);
    for (const row of keys) assert.equal(row.details.owner_id, eve.id);
    const {items} = await hub.admin.read('/v1/admin/audit?action=create&target_table=teams');
    assert.equal(items.length, 1);
    assert.ok(items.every((row) => !('host_account' in row.details)));
});

test('api-keys list shows owner, end, last use and how each key stands, within 120 columns', async (t) => {
    const hub = await startHub(t);
    const team = await hub.team('T');
    const lead = await hub.person('lead', [{role: 'team_admin', team_id: team.id}]);
    const demoted = await hub.person('demoted', [{role: 'team_admin', team_id: team.id}]);
    const scope = {scope: 'team', team_id: team.id, type: 'admin'};
    const keys = {
        active: await hub.key({...scope, name: 'n'.repeat(100), expires_in_days: 30}),
        decoy: await hub.key({...scope, canary: true}),
        revoked: await hub.key(scope),
        superseded: await hub.key(scope),
        overlap: await hub.key(scope),
        owner_disabled: await hub.key(scope, lead),
        without_rights: await hub.key(scope, demoted),
    };
    await keys.active.read('/v1/me');
    keys.issuing_key_ended = await hub.key({scope: 'team', team_id: team.id}, keys.revoked);
    expect(await hub.admin.delete(`/v1/api-keys/${keys.revoked.issued.id}`), 204);
    for (const name of ['superseded', 'overlap']) {
        const overlap_hours = name === 'overlap' ? 1 : 0;
        hub.secret((await hub.admin.make(`/v1/api-keys/${keys[name].issued.id}/rotate`, {overlap_hours})).raw_key);
    }
    expect(await hub.admin.patch(`/v1/users/${lead.user.id}`, {status: 'disabled'}), 200);
    expect(await hub.admin.patch(`/v1/users/${demoted.user.id}`, {roles: []}), 200);
    const listed = JSON.parse(hub.command('api-keys', 'list', '--all', '--json').stdout);
    const lines = hub.command('api-keys', 'list', '--all').stdout.trimEnd().split('\n');
    assert.match(lines[0], /^PREFIX +NAME +OWNER +TYPE +SCOPE +STATUS +ENDS +LAST USE$/);
    assert.equal(lines.length, 1 + listed.length);
    for (const line of lines) assert.ok([...line].length <= 120, line);
    for (const [status, {issued}] of Object.entries(keys)) {
        assert.equal(listed.find(({id}) => id === issued.id).effective_status, status);
        const line = lines.find((one) => one.startsWith(issued.key_prefix));
        assert.match(line, new RegExp(` ${status} `), line);
        const owner = {owner_disabled: / lead /, without_rights: / demoted /}[status] ?? / Ada /;
        assert.match(line, owner);
    }
    const active = lines.find((one) => one.startsWith(keys.active.issued.key_prefix));
    assert.ok(active.includes(` ${keys.active.issued.expires_at.slice(0, 10)} `) && active.includes('n…'), active);
});

test('connectors takes the configuration of the hub, and refuses one that does not fit', (t) => {
    const hub = hubOf(t);
    hub.configure(`plugins: ${join(hub.folder, 'nothing')}`);
    const none = run('connectors', 'list', '--config', hub.config);
    assert.equal(none.stdout, run('connectors', 'list', '--config', hub.config, '--data', hub.data).stdout);
    assert.doesNotMatch(none.stdout, /github/);
    assert.match(run('connectors', 'list').stdout, /github/);
    hub.configure('lisen: 1');
    assert.equal(run('connectors', 'list', '--config', hub.config).status, 2);
    assert.match(run('connectors', 'list', '--help').stdout, /--config/);
});

test('where the hub does not answer its host, a command changes nothing beside it', async (t) => {
    const hub = await startHub(t);
    unlinkSync(join(hub.data, 'admin.sock'));
    const refused = hub.command('users', 'reset', '--email', hub.superAdmin.email, {input: `${kPassword}\n`});
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /another|uses|running|lock/i);
    await hub.signIn(hub.superAdmin.email, hub.superAdmin.password);
});

test('without its master key a hub does not start, and makes no new one', async (t) => {
    const hub = await startHub(t);
    await hub.stop();
    const key = join(hub.data, 'master.key');
    renameSync(key, key + '.away');
    await assert.rejects(hub.start(), /master key/);
    assert.ok(!existsSync(key));
    renameSync(key + '.away', key);
    await hub.start();
    await hub.admin.read('/v1/me');
});

test('a changed or removed audit row is found, and verify ends with 1', async (t) => {
    const hub = await startHub(t);
    for (const name of ['a', 'b', 'c', 'd']) await hub.team(name);
    await hub.stop();
    assert.equal(hub.command('audit', 'verify').status, 0);
    const sql = (text) => {
        const result = spawnSync('sqlite3', [join(hub.data, 'trusthub.db'), text], {encoding: 'utf8'});
        assert.equal(result.status, 0, result.stderr ?? String(result.error));
    };
    sql("CREATE TABLE kept AS SELECT * FROM audit_log; UPDATE audit_log SET action = 'delete' WHERE seq = 3");
    const changed = hub.command('audit', 'verify');
    assert.equal(changed.status, 1, changed.stdout + changed.stderr);
    assert.match(changed.stdout, /broken at row 3/);
    sql(
        'DELETE FROM audit_log; INSERT INTO audit_log SELECT * FROM kept; DELETE FROM audit_log WHERE seq = 4',
    );
    assert.match(hub.command('audit', 'verify').stdout, /broken at row [45]/);
});

test('the connectors are loaded, and one that others may write is refused', async (t) => {
    const hub = await startHub(t);
    const list = run('connectors', 'list');
    assert.equal(list.status, 0, list.stderr);
    for (const id of ['github', 'gitlab', 'inventory'])
        assert.match(list.stdout, new RegExp(`^${id} .* loads$`, 'm'));
    assert.equal(run('connectors', 'show', 'github').status, 0);
    const served = (await hub.admin.read('/v1/connectors')).items;
    assert.deepEqual(served.map((item) => item.id).sort(), ['github', 'gitlab', 'inventory']);

    const copy = join(hub.folder, 'plugins');
    spawnSync('cp', ['-r', join(binary, '../plugins'), copy]);
    chmodSync(join(copy, 'github.so'), 0o777);
    await hub.stop();
    hub.configure(`plugins: ${copy}`);
    await hub.start();
    const github = (await hub.admin.read('/v1/connectors')).items.find((item) => item.id === 'github');
    assert.equal(github.loaded, false);
    assert.match(github.refusal, /github\.so: found .*, needed /);
    expect(await hub.nobody.post('/v1/webhooks/github', {}, {'X-GitHub-Event': 'push'}), 404);
});

test('SIGTERM under load loses no acknowledged push, and ends with 0', async (t) => {
    const hub = await startHub(t, {config: 'scans: {paused: true}'});
    const team = await hub.team('Payments');
    const url = 'https://github.com/shop/ledger';
    const project = await hub.project(team.id, url);
    const acknowledged = [];
    const sender = async (name) => {
        for (let i = 0; ; ++i) {
            const payload = githubPush({url, ref: `refs/heads/${name}`, after: String(i).padStart(40, '0')});
            const answer = await sendGithub(hub, {secret: project.secret, payload}).catch(() => null);
            if (answer?.status !== 200) return;
            acknowledged.push(answer.body.receipt_id);
        }
    };
    const sending = Promise.all(Array.from({length: 8}, (_, i) => sender(`branch-${i}`)));
    await until(() => acknowledged.length > 100, 'some pushes');
    await hub.stop();
    await sending;
    await hub.start();
    const receipts = new Set((await hub.admin.all('/v1/receipts')).map((receipt) => receipt.id));
    for (const id of acknowledged) assert.ok(receipts.has(id), id);
});

test('a hub that is killed during its first starts comes up in the end', async (t) => {
    const hub = hubOf(t);
    for (let i = 0; i < 15; ++i) {
        const starting = hub.start().catch(() => {});
        await new Promise((done) => setTimeout(done, randomInt(0, 60)));
        await hub.kill9();
        await starting;
    }
    await hub.start();
    await hub.setUp();
    assert.equal(hub.command('audit', 'verify').status, 0);
});
