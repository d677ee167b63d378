// keys are issued for what their issuer reaches, and a new key is told how to call and what limits it
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import test, {after} from 'node:test';

import {expect, kNowhere, problem} from '../support/hub.mjs';
import {startTwoTeams} from './two_teams.mjs';

const {hub, payments, shipping, ledger, parcels, people, kScopes} = await startTwoTeams({after});

test('each role may issue exactly the scopes of the product document', async () => {
    const may = {
        super_admin: ['org', 'team', 'project'],
        team_admin: ['team', 'project'],
        developer: ['project'],
        account_manager: [],
        auditor: [],
    };
    for (const [role, client] of Object.entries(people)) {
        for (const [scope, wanted] of Object.entries(kScopes)) {
            const answer = await client.post('/v1/api-keys', {name: 'a key', ...wanted});
            const label = `${role} ${scope}: ${answer.text}`;
            assert.equal(answer.status, may[role].includes(scope) ? 201 : 403, label);
            if (answer.status === 201) hub.secret(answer.body.raw_key);
        }
    }
});

test('a developer or team_admin issues no key for another team or its projects', async () => {
    for (const client of [people.team_admin, people.developer]) {
        const team = await client.post('/v1/api-keys', {name: 'x', scope: 'team', team_id: shipping.id});
        expect(team, 403);
        // A project outside one's teams looks like one that is not there.
        const project = await client.post('/v1/api-keys', {
            name: 'x',
            scope: 'project',
            project_id: parcels.id,
        });
        const none = await client.post('/v1/api-keys', {name: 'x', scope: 'project', project_id: kNowhere});
        assert.deepEqual(
            problem(project, 422, 'invalid_input').errors,
            problem(none, 422, 'invalid_input').errors,
        );
    }
});

test('an incoherent scope is refused with 422 that names the member', async () => {
    const cases = [
        [{scope: 'org', team_id: payments.id}, '/team_id'],
        [{scope: 'team'}, '/team_id'],
        [{scope: 'project'}, '/project_id'],
        [{scope: 'galaxy'}, '/scope'],
        [{}, '/scope'],
        [{...kScopes.project, team_id: shipping.id}, '/team_id'],
        [{...kScopes.project, permissions: ['scans:trigger', 'world:rule']}, '/permissions'],
        [{...kScopes.project, type: 'read_only', permissions: ['scans:trigger']}, '/permissions'],
        [{...kScopes.project, type: 'root'}, '/type'],
    ];
    for (const [wanted, pointer] of cases) {
        const body = problem(
            await hub.admin.post('/v1/api-keys', {name: 'x', ...wanted}),
            422,
            'invalid_input',
        );
        assert.ok(
            body.errors.some((error) => error.pointer.startsWith(pointer)),
            JSON.stringify(body),
        );
    }
});

test('a key is shown once, with examples that carry no key', async () => {
    const {issued} = await hub.key(kScopes.project);
    assert.match(issued.raw_key, /^tos_[0-9a-f]{8}_[0-9A-Za-z]{32}$/);
    assert.equal(issued.key_prefix, issued.raw_key.slice(0, issued.key_prefix.length));
    assert.deepEqual(issued.permissions, ['scans:read', 'scans:trigger']);
    assert.ok(!JSON.stringify(issued.examples).includes(issued.raw_key));
    const read = await hub.admin.get(`/v1/api-keys/${issued.id}`);
    assert.equal(expect(read, 200).raw_key, undefined);
    assert.ok(!read.text.includes(issued.raw_key));
});

test('the examples of a new key are calls that this very key may make', async () => {
    const cases = [
        [kScopes.project, `/v1/projects/${ledger.id}/scans"`],
        [{...kScopes.project, type: 'read_only'}, `/v1/projects/${ledger.id}/scans"`],
        [{...kScopes.project, permissions: ['receipts:read']}, '/v1/receipts'],
        [{...kScopes.project, permissions: ['endpoints:read']}, '/v1/me"'],
        [{...kScopes.team, type: 'read_only'}, '/v1/receipts'],
        [{...kScopes.team, permissions: ['endpoints:read', 'scans:read']}, '/v1/endpoints'],
        [{...kScopes.team, permissions: ['scans:trigger']}, '/v1/projects/<project-id>/scans"'],
        [{...kScopes.org, type: 'admin'}, '/v1/projects/<project-id>/scans"'],
        [{...kScopes.org, permissions: ['alerts:read']}, '/v1/alerts'],
        [{...kScopes.org, permissions: []}, '/v1/me"'],
    ];
    const kTriple = "'".repeat(3);
    for (const [wanted, path] of cases) {
        const {issued, token} = await hub.key(wanted);
        const {curl, github_actions, jenkins} = issued.examples;
        assert.ok(curl.includes(path), `${JSON.stringify(wanted)}: ${curl}`);
        assert.equal(/ -d /.test(curl), issued.permissions.includes('scans:trigger'), curl);
        assert.ok(github_actions.includes(curl) && jenkins.includes(`${kTriple}${curl}${kTriple}`));
        assert.ok(!curl.endsWith("'"), 'it would end the text in Jenkins');
        const run = curl.replace('<project-id>', ledger.id).replace(/http:\/\/[^/"]+/, hub.base);
        const out = execFileSync('bash', ['-c', `${run} -o /dev/null -w '%{http_code}'`], {
            env: {PATH: process.env.PATH, TRUSTHUB_API_KEY: token},
        });
        assert.equal(String(out), '200', run);
    }
    const hook = (await hub.key({...kScopes.team, type: 'webhook'})).issued.examples;
    assert.deepEqual(Object.keys(hook).sort(), ['curl', 'header']);
    assert.match(hook.curl, /\/v1\/webhooks\/<connection-id>"$/);
    assert.equal(hook.header, 'Authorization: Bearer ${TRUSTHUB_API_KEY}');
    assert.ok(hook.curl.includes(hook.header));
    assert.deepEqual((await hub.key({...kScopes.team, canary: true})).issued.examples, {});
});

test("a key with less than its type lets through says whose rights limit it", async () => {
    const warned = async (wanted, by) => (await hub.key(wanted, by)).issued.warnings;
    assert.deepEqual(await warned({...kScopes.org, type: 'admin'}), []);
    assert.deepEqual(await warned(kScopes.project, people.developer), []);
    const weak = await hub.admin.make('/v1/service-accounts', {name: 'weak', roles: []});
    const own = {...kScopes.org, type: 'admin', service_account_id: weak.id};
    const none = (await hub.key(own)).issued;
    assert.deepEqual(none.permissions, []);
    assert.deepEqual(none.warnings.map(({code}) => code), ['limited_by_owner', 'no_permissions']);
    assert.match(none.warnings[0].text, /scans:trigger.*: the service account weak, which owns it, may not do that there\.$/);
    const [less, ...rest] = await warned({...kScopes.team, type: 'admin'}, people.team_admin);
    assert.deepEqual([less.code, rest], ['limited_by_issuer', []]);
    assert.deepEqual(await warned({...kScopes.team, type: 'read_write'}, people.team_admin), [], 'nothing of use is missing');
    assert.match(less.text, /^The key lacks .*: tess, who issues it, may not do that there\.$/);
    assert.deepEqual((await warned({...kScopes.team, permissions: []})).map(({code}) => code), ['no_permissions']);
    assert.deepEqual(await warned({...kScopes.team, canary: true}), []);
    const printed = hub.command('api-keys', 'create', '--owner', 'dev@example.com', '--name', 'k', '--scope', 'project',
        '--project', ledger.id, '--type', 'admin');
    assert.equal(printed.status, 0, printed.stderr);
    hub.secret(printed.stdout.trim());
    assert.match(printed.stderr, /^warning: The key lacks .*: dev, who issues it, may not do that there\.$/m);
    const older = hub.secret(`tos_0badcafe_${'Ab-_9'.repeat(8)}`);
    const line = {key: older, name: 'old', ...kScopes.project, type: 'admin', owner: 'dev@example.com'};
    const taken = hub.command('api-keys', 'import', '-', {input: `\n${JSON.stringify(line)}\n`});
    assert.equal(taken.status, 0, taken.stderr);
    assert.match(taken.stderr, /^line 2: warning: The key lacks .*: dev, who issues it,/m);
});

test('a key that ends before it was asked to, or outlives the rights behind it, is issued with a warning', async () => {
    const parent = await hub.key({...kScopes.team, type: 'admin', expires_in_days: 30});
    const child = {...kScopes.project, permissions: ['scans:read']};
    const warned = async (wanted, by) => (await hub.key(wanted, by)).issued.warnings;
    assert.deepEqual(await warned({...child, expires_in_days: 20}, parent), []);
    for (const wanted of [child, {...child, expires_in_days: 31}]) {
        const [warning, ...rest] = await warned(wanted, parent);
        assert.deepEqual([warning.code, rest], ['expires_with_issuer', []]);
        assert.ok(warning.text.includes(parent.issued.expires_at), warning.text);
    }
    const expires_at = new Date(Date.now() + 10 * 86_400_000).toISOString();
    const temp = await hub.person('temp', [{role: 'developer', team_id: payments.id, expires_at}]);
    assert.deepEqual(await warned({...child, expires_in_days: 9}, temp), []);
    assert.deepEqual((await warned({...child, expires_in_days: 11}, temp)).map(({code}) => code), ['issuer_role_ends']);
    assert.deepEqual((await warned(child, temp)).map(({code}) => code), ['issuer_role_ends']);
    const both = await hub.person('both', [
        {role: 'developer', team_id: payments.id, expires_at}, {role: 'account_manager', team_id: payments.id},
    ]);
    assert.deepEqual(await warned(child, both), []);
});

test('a steward hands on no right that acts by roles which the steward does not have', async () => {
    const account = (name, role) => hub.admin.make('/v1/service-accounts',
        {name, steward_id: people.developer.user.id, roles: [{role, team_id: payments.id}]});
    const above = await account('above', 'team_admin');
    const wanted = {name: 'of it', type: 'admin', ...kScopes.project, service_account_id: above.id};
    const cut = await people.developer.make('/v1/api-keys', wanted);
    hub.secret(cut.raw_key);
    assert.ok(cut.permissions.includes('scans:trigger') && !cut.permissions.includes('keys:write'));
    assert.ok(cut.warnings.some((warning) => warning.code === 'limited_by_issuer'));
    const asked = {...wanted, permissions: ['keys:write']};
    const refused = expect(await people.developer.post('/v1/api-keys', asked), 403);
    assert.match(refused.detail, /roles that you neither hold nor administer/);
    hub.secret((await people.team_admin.make('/v1/api-keys', asked)).raw_key);
    const equal = await account('equal', 'developer');
    hub.secret((await people.developer.make('/v1/api-keys', {...asked, service_account_id: equal.id})).raw_key);
});
