// people are invited, service accounts have stewards, roles end, and somebody attests who may do what
import assert from 'node:assert/strict';
import {createHash, createPublicKey, verify} from 'node:crypto';
import test, {after} from 'node:test';

import {expect, passwordOf, startHub, until} from '../support/hub.mjs';

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const payments = await hub.team('Payments');
const shipping = await hub.team('Shipping');
const project = await hub.project(payments.id, 'https://github.com/shop/ledger.git');
const people = {
    team_admin: await hub.person('tess', [{role: 'team_admin', team_id: payments.id}]),
    developer: await hub.person('dev', [{role: 'developer', team_id: payments.id}]),
    auditor: await hub.person('aud', [{role: 'auditor'}]),
};
const kDeveloper = [{role: 'developer', team_id: payments.id}];

async function invite(by, body) {
    const sent = await by.make('/v1/invitations', body);
    const token = hub.secret(sent.accept_url.split('#token=')[1]);
    return {...sent, token};
}
const accept = (token, more = {}) =>
    hub.nobody.post('/v1/invitations/accept', {token, name: 'Eve', password: hub.secret(passwordOf('eve')), ...more});

test('somebody who is invited becomes a user with the roles that were offered, once', async () => {
    const sent = await invite(people.team_admin, {email: 'Eve@Example.com', name: 'Eve', roles: kDeveloper});
    assert.equal(sent.email, 'eve@example.com');
    assert.equal(sent.status, 'pending');
    assert.ok(sent.accept_url.startsWith(`${hub.base}/invitation#token=`));
    assert.match((await hub.nobody.get('/invitation')).text, /Join this hub/);
    expect(await accept(sent.token, {password: 'short'}), 422);
    expect(await accept('x'.repeat(43)), 410);
    const user = expect(await accept(sent.token), 201);
    assert.equal(user.id, sent.user_id);
    assert.deepEqual(user.roles, [{role: 'developer', team_id: payments.id}]);
    assert.equal(expect(await accept(sent.token), 410).code, 'invitation_invalid');
    const eve = await hub.signIn('eve@example.com', passwordOf('eve'));
    await eve.read(`/v1/projects/${project.id}`);
    expect(await hub.admin.post('/v1/invitations', {email: 'eve@example.com'}), 409);
    const types = (await hub.admin.all('/v1/events')).map((event) => event.type);
    assert.ok(types.includes('user.invited') && types.includes('user.created'));
    const invited = (await people.team_admin.read('/v1/events?type=user.invited')).items[0];
    const {data} = await people.team_admin.read(`/v1/events/${invited.id}`);
    assert.equal(data.user_id, user.id);
    assert.ok(!JSON.stringify(data).includes(sent.token));
});

test('a link that was resent, withdrawn or given by somebody without the right serves nobody', async () => {
    const sent = await invite(hub.admin, {email: 'mia@example.com', roles: kDeveloper});
    const again = await hub.admin.make(`/v1/invitations/${sent.id}/resend`, undefined);
    const token = hub.secret(again.accept_url.split('#token=')[1]);
    expect(await accept(sent.token), 410);
    expect(await hub.admin.delete(`/v1/invitations/${sent.id}`), 204);
    expect(await accept(token), 410);
    assert.equal(expect(await hub.admin.delete(`/v1/invitations/${sent.id}`), 409).code, 'invitation_closed');

    const rogue = await hub.person('rogue', [{role: 'super_admin'}]);
    const door = await invite(rogue, {email: 'door@example.com', roles: [{role: 'super_admin'}]});
    expect(await hub.admin.patch(`/v1/users/${rogue.user.id}`, {status: 'disabled'}), 200);
    expect(await accept(door.token), 410);
});

test('who was added without a password gets one by an invitation, and keeps id and roles', async () => {
    const body = {email: 'nopass@example.com', name: 'No Pass', roles: kDeveloper};
    const user = await hub.admin.make('/v1/users', body);
    const sent = await invite(hub.admin, {email: body.email, roles: kDeveloper});
    assert.equal(sent.user_id, user.id);
    assert.deepEqual(sent.roles, user.roles);
    const signedIn = expect(await accept(sent.token, {name: 'Nora'}), 201);
    assert.deepEqual([signedIn.id, signedIn.name, signedIn.roles], [user.id, 'Nora', user.roles]);
    const nora = await hub.signIn(body.email, passwordOf('eve'));
    assert.equal((await nora.read('/v1/me')).user.id, user.id);
    expect(await accept(sent.token), 410);
    const again = expect(await hub.admin.post('/v1/invitations', {email: body.email}), 409);
    assert.equal(again.code, 'email_taken');
    assert.match(again.detail, /trusthub users reset/);
    const rows = await hub.admin.all(`/v1/admin/audit?q=${user.id}`);
    assert.ok(rows.some((row) => row.action === 'update' && row.target_table === 'users' &&
        row.actor.id === user.id && row.details.changed.includes('password')));
});

test('nobody but a super_admin gets into an account, and by no link from before it rose', async () => {
    const make = (name, roles) => hub.admin.make('/v1/users', {email: `${name}@example.com`, name, roles});
    await make('chief', [...kDeveloper, {role: 'super_admin'}]);
    await make('near', kDeveloper);
    for (const name of ['chief', 'near', 'aud']) {
        const refused = await people.team_admin.post('/v1/invitations', {email: `${name}@example.com`, roles: kDeveloper});
        assert.equal(expect(refused, 409).code, 'email_taken');
        assert.doesNotMatch(refused.body.detail, /has a way in|disabled/, 'nothing more is told of them');
    }
    // Raised after the link was made.
    const riser = await make('riser', kDeveloper);
    const sent = await invite(hub.admin, {email: riser.email, roles: kDeveloper});
    expect(await people.team_admin.post(`/v1/invitations/${sent.id}/resend`), 403);
    expect(await hub.admin.patch(`/v1/users/${riser.id}`, {roles: [{role: 'super_admin'}]}), 200);
    assert.equal(expect(await accept(sent.token), 410).code, 'invitation_invalid');
    // No key makes anybody's way in.
    await make('quiet', kDeveloper);
    const key = await hub.key({scope: 'org', type: 'admin'});
    expect(await key.post('/v1/invitations', {email: 'quiet@example.com', roles: kDeveloper}), 409);
});

test('a team_admin invites to own teams only, others to none, and each sees their own', async () => {
    const offers = [
        [{roles: [{role: 'super_admin'}]}, 403],
        [{roles: [{role: 'developer', team_id: shipping.id}]}, 403],
        [{roles: []}, 403],
        [{}, 403],
    ];
    for (const [body, status] of offers)
        expect(await people.team_admin.post('/v1/invitations', {email: 'ian@example.com', ...body}), status);
    for (const who of [people.developer, people.auditor])
        expect(await who.post('/v1/invitations', {email: 'ian@example.com', roles: kDeveloper}), 403);
    const org = await invite(hub.admin, {email: 'org@example.com', roles: [{role: 'auditor'}]});
    const theirs = await invite(hub.admin, {email: 'ship@example.com', roles: [{role: 'developer', team_id: shipping.id}]});
    const own = await invite(people.team_admin, {email: 'own@example.com', roles: kDeveloper});
    const seen = (await people.team_admin.all('/v1/invitations')).map((one) => one.id);
    assert.ok(seen.includes(own.id) && !seen.includes(org.id) && !seen.includes(theirs.id));
    expect(await people.developer.get('/v1/invitations'), 403);
    assert.ok((await people.auditor.all('/v1/invitations')).some((one) => one.id === org.id));
    for (const one of [org, theirs]) {
        expect(await people.team_admin.delete(`/v1/invitations/${one.id}`), 404);
        expect(await people.team_admin.post(`/v1/invitations/${one.id}/resend`), 404);
    }
    expect(await people.auditor.delete(`/v1/invitations/${org.id}`), 403);
    const key = await hub.key({scope: 'org', type: 'admin'});
    assert.equal(
        expect(await key.post('/v1/invitations', {email: 'k@example.com', roles: [{role: 'super_admin'}]}), 403).code,
        'insufficient_scope',
    );
    await invite(key, {email: 'k@example.com', roles: kDeveloper});
    const text = JSON.stringify(await hub.admin.all('/v1/invitations'));
    for (const one of [org, theirs, own]) assert.ok(!text.includes(one.token));
});

test('an invitation for two teams is seen by who sees both, its sender among them', async () => {
    const lead = [{role: 'team_admin', team_id: payments.id}, {role: 'team_admin', team_id: shipping.id}];
    const both = await hub.person('bo', lead);
    const roles = lead.map(({team_id}) => ({role: 'developer', team_id}));
    const sent = await invite(both, {email: 'two@example.com', roles});
    const seen = async (who) => (await who.all('/v1/invitations')).some(({id}) => id === sent.id);
    assert.ok(await seen(both));
    assert.ok(await seen(hub.admin));
    assert.ok(!(await seen(people.team_admin)), 'of one of the teams only');
    expect(await people.team_admin.delete(`/v1/invitations/${sent.id}`), 404);
    expect(await both.delete(`/v1/invitations/${sent.id}`), 204);
});

test('nobody gives a role for longer than they have theirs, by whatever way', async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const later = new Date(Date.now() + 7_200_000).toISOString();
    const acting = await hub.person('acting', [{role: 'super_admin', expires_at: soon}]);
    const ways = {
        '/v1/users': () => ({email: `${Math.random()}@example.com`, name: 'X'}),
        '/v1/service-accounts': () => ({name: 'X'}),
        '/v1/invitations': () => ({email: `${Math.random()}@example.com`}),
    };
    for (const [path, body] of Object.entries(ways)) {
        for (const expires_at of [undefined, later])
            expect(await acting.post(path, {...body(), roles: [{role: 'auditor', expires_at}]}), 403);
        const made = await acting.make(path, {...body(), roles: [{role: 'auditor', expires_at: soon}]});
        if (made.accept_url) hub.secret(made.accept_url.split('#token=')[1]);
        if (path === '/v1/service-accounts') expect(await hub.admin.delete(`${path}/${made.id}`), 204);
    }
    const {user} = await hub.person('lasting', kDeveloper);
    const more = (expires_at) => ({roles: [...kDeveloper, {role: 'auditor', expires_at}]});
    expect(await acting.patch(`/v1/users/${user.id}`, more()), 403);
    // What somebody has already is not given by whoever leaves it to them.
    expect(await acting.patch(`/v1/users/${user.id}`, more(soon)), 200);
    expect(await acting.patch(`/v1/users/${user.id}`, {roles: kDeveloper}), 200);
    expect(await hub.admin.patch(`/v1/users/${user.id}`, more()), 200);
});

test('a service account never signs in, shows no address, and has an active steward', async () => {
    const {user: admin} = await hub.admin.read('/v1/me');
    const steward = await hub.person('stew', []);
    const account = await hub.admin.make('/v1/service-accounts', {name: 'pipeline', steward_id: steward.user.id, roles: kDeveloper});
    assert.equal(account.email, undefined);
    assert.equal((await steward.read(`/v1/service-accounts/${account.id}`)).id, account.id);
    expect(await people.developer.get(`/v1/service-accounts/${account.id}`), 404);
    assert.equal((await hub.admin.make('/v1/service-accounts', {name: 'other'})).steward_id, admin.id);
    expect(await hub.admin.get(`/v1/users/${account.id}`), 404);
    expect(await hub.admin.patch(`/v1/users/${account.id}`, {name: 'x'}), 404);
    assert.ok(!(await hub.admin.all('/v1/users')).some((user) => user.id === account.id));
    expect(await hub.nobody.post('/v1/session', {email: `service:${account.id}`, password: 'x'}), 401);
    for (const who of [people.team_admin, people.developer]) {
        expect(await who.post('/v1/service-accounts', {name: 'x'}), 403);
        expect(await who.get(`/v1/service-accounts/${account.id}`), 404);
    }
    const gone = await hub.admin.post('/v1/service-accounts', {name: 'x', steward_id: account.id});
    assert.equal(expect(gone, 422).errors[0].pointer, '/steward_id');
    const path = `/v1/service-accounts/${account.id}`;
    const changed = expect(await hub.admin.patch(path, {name: 'releases', steward_id: admin.id, roles: []}), 200);
    assert.deepEqual([changed.name, changed.steward_id, changed.roles], ['releases', admin.id, []]);
    assert.equal((await hub.admin.all('/v1/service-accounts')).length, 2);
    expect(await hub.admin.delete(path), 204);
    expect(await hub.admin.get(path), 404);
    const users = await hub.admin.read('/v1/admin/audit?target_table=users');
    assert.ok(!JSON.stringify(users).includes('service:'));
});

test('a role with an end date is shown with its end and gives nothing after it', async () => {
    const ends = new Date(Date.now() + 1_500).toISOString();
    const max = await hub.person('max', [{role: 'developer', team_id: payments.id, expires_at: ends}]);
    const {roles} = await max.read(`/v1/users/${max.user.id}`);
    assert.equal(Date.parse(roles[0].expires_at), Date.parse(ends));
    const key = await hub.key({scope: 'project', project_id: project.id}, max);
    await key.read(`/v1/projects/${project.id}/scans`);
    while (Date.now() <= Date.parse(ends)) await max.read('/v1/me');
    expect(await key.get(`/v1/projects/${project.id}/scans`), 403);
    expect(await max.get(`/v1/projects/${project.id}`), 404);
    assert.deepEqual((await max.read(`/v1/users/${max.user.id}`)).roles, []);
});

test('whoever is disabled is out at once, with all sessions and keys', async () => {
    const gus = await hub.person('gus', kDeveloper);
    const second = await hub.signIn('gus@example.com', passwordOf('gus'));
    const key = await hub.key({scope: 'project', project_id: project.id}, gus);
    await key.read('/v1/me');
    expect(await hub.admin.patch(`/v1/users/${gus.user.id}`, {status: 'disabled'}), 200);
    for (const client of [gus, second, key]) expect(await client.get('/v1/me'), 401);
    expect(await hub.nobody.post('/v1/session', {email: 'gus@example.com', password: passwordOf('gus')}), 401);
    const events = await hub.admin.read('/v1/events?type=user.disabled');
    const {data} = await hub.admin.read(`/v1/events/${events.items[0].id}`);
    assert.deepEqual([data.user_id, data.status, data.changed], [gus.user.id, 'disabled', ['status']]);
});

test('a changed name is audited with what it was', async () => {
    const ned = await hub.person('ned', []);
    expect(await hub.admin.patch(`/v1/users/${ned.user.id}`, {name: 'Edward'}), 200);
    const rows = (await hub.admin.read('/v1/admin/audit?target_table=users&action=update')).items;
    const row = rows.find((one) => one.target_id === ned.user.id);
    assert.deepEqual([row.details.before.name, row.details.after.name], ['ned', 'Edward']);
});

test('the access report, its attestation and its signed form mark keys with an open leak', async () => {
    const leaky = await hub.key({scope: 'project', project_id: project.id, expires_in_days: 30});
    const sound = await hub.key({scope: 'project', project_id: project.id, expires_in_days: 30});
    await hub.nobody.get(`/healthz?key=${leaky.token}`);
    const current = () => hub.admin.read('/v1/access-reviews/current');
    const of = (report, key) => report.keys.find((one) => one.id === key.issued.id);
    const report = await until(async () => {
        const now = await current();
        return of(now, leaky).open_leak && now;
    }, 'the leak');
    assert.deepEqual(of(report, leaky).findings, ['open_leak']);
    assert.deepEqual([of(report, sound).open_leak, of(report, sound).findings], [false, []]);
    assert.equal(report.summary.keys_with_open_leak, 1);
    const review = await hub.admin.make('/v1/access-reviews', {});
    assert.equal(of((await hub.admin.read(`/v1/access-reviews/${review.id}`)).report, leaky).open_leak, true);
    const envelope = await hub.admin.read(`/v1/access-reviews/${review.id}/export`);
    const signed = JSON.parse(Buffer.from(envelope.payload, 'base64'));
    assert.deepEqual(of(signed.report, leaky).findings, ['open_leak']);
    expect(await hub.admin.delete(`/v1/api-keys/${leaky.issued.id}`), 204);
    assert.equal((await current()).summary.keys_with_open_leak, 0);
});

test('the access report names who may do what, and what is questionable about keys', async () => {
    const owner = await hub.person('left', kDeveloper);
    const orphan = await hub.key({scope: 'project', project_id: project.id}, owner);
    const sound = await hub.key({scope: 'project', project_id: project.id, expires_in_days: 30});
    const revoked = await hub.key({scope: 'project', project_id: project.id});
    expect(await hub.admin.delete(`/v1/api-keys/${revoked.issued.id}`), 204);
    expect(await hub.admin.patch(`/v1/users/${owner.user.id}`, {status: 'disabled'}), 200);
    const report = await people.auditor.read('/v1/access-reviews/current');
    const keyOf = (client) => report.keys.find((key) => key.id === client.issued.id);
    assert.deepEqual(keyOf(orphan).findings, ['never_expires', 'orphaned', 'without_rights']);
    assert.equal(keyOf(orphan).owner.email, 'left@example.com');
    assert.deepEqual(keyOf(sound).findings, []);
    assert.equal(keyOf(revoked), undefined);
    const ada = report.people.find((person) => person.email === 'ada@example.com');
    assert.ok(ada.last_sign_in_at && ada.totp === false && ada.roles[0].role === 'super_admin');
    assert.equal(report.summary.people, report.people.length);
    assert.equal(report.summary.keys, report.keys.length);
    assert.ok(report.summary.keys_orphaned >= 1 && report.summary.admins_without_totp >= 2);
    for (const who of [people.team_admin, people.developer])
        expect(await who.get('/v1/access-reviews/current'), 403);
});

test('the access report shows what owners have left of a key, and who has nothing left', async () => {
    const owner = await hub.person('demoted', kDeveloper);
    const wanted = {scope: 'project', project_id: project.id, expires_in_days: 30};
    const own = await hub.key({...wanted, permissions: ['scans:read', 'scans:trigger']}, owner);
    const admin = await hub.person('chain', [{role: 'team_admin', team_id: payments.id}]);
    const parent = await hub.key({scope: 'team', team_id: payments.id, type: 'admin', expires_in_days: 30}, admin);
    const account = await hub.admin.make('/v1/service-accounts', {name: 'of the chain', roles: kDeveloper});
    const child = await hub.key({...wanted, permissions: ['scans:read'], service_account_id: account.id}, parent);
    const seen = async (key) => {
        const report = await hub.admin.read('/v1/access-reviews/current');
        const {findings, permissions, effective_permissions} = report.keys.find((one) => one.id === key.issued.id);
        return [findings, permissions.length, effective_permissions];
    };
    const roles = async (person, wanted) => expect(await hub.admin.patch(`/v1/users/${person.user.id}`, {roles: wanted}), 200);
    assert.deepEqual(await seen(own), [[], 2, ['scans:read', 'scans:trigger']]);
    assert.deepEqual(await seen(child), [[], 1, ['scans:read']]);
    await roles(owner, [{role: 'account_manager', team_id: payments.id}]);
    assert.deepEqual(await seen(own), [['limited_by_owner'], 2, ['scans:read']]);
    await roles(owner, []);
    assert.deepEqual(await seen(own), [['without_rights'], 2, []]);
    await roles(admin, []);
    assert.deepEqual(await seen(child), [['without_rights'], 1, []], 'an issuer up the chain');
    const {summary} = await hub.admin.read('/v1/access-reviews/current');
    assert.ok(summary.keys_without_rights >= 3 && 'keys_limited_by_owner' in summary);
    const review = await hub.admin.make('/v1/access-reviews', {});
    const kept = await hub.admin.read(`/v1/access-reviews/${review.id}`);
    assert.deepEqual(kept.report.keys.find((one) => one.id === own.issued.id).effective_permissions, []);
    const stranger = await hub.key({...wanted, permissions: ['scans:read']});
    expect(await hub.admin.delete(`/v1/api-keys/${parent.issued.id}`), 204);
    assert.deepEqual(await seen(child), [['without_rights'], 1, []], 'the key that issued it is revoked');
    assert.deepEqual(await seen(stranger), [[], 1, ['scans:read']]);
});

test('a review is attested by a super_admin, stays as it was, and its export can be verified', async () => {
    expect(await people.auditor.post('/v1/access-reviews', {note: 'x'}), 403);
    const made = await hub.admin.make('/v1/access-reviews', {note: 'third quarter'});
    const later = await hub.person('later', []);
    const review = await people.auditor.read(`/v1/access-reviews/${made.id}`);
    assert.equal(review.note, 'third quarter');
    assert.equal(review.attested_by.email, 'ada@example.com');
    assert.ok(!review.report.people.some((person) => person.id === later.user.id));
    assert.equal((await people.auditor.all('/v1/access-reviews'))[0].id, made.id);

    const answer = await people.auditor.get(`/v1/access-reviews/${made.id}/export`);
    const envelope = expect(answer, 200);
    assert.match(answer.headers['content-disposition'], /^attachment; filename="access-review-/);
    const payload = Buffer.from(envelope.payload, 'base64');
    const signed = Buffer.concat([
        Buffer.from(`DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${payload.length} `),
        payload,
    ]);
    // RFC 8410: what stands before the 32 bytes of an Ed25519 key in SubjectPublicKeyInfo.
    const key = createPublicKey({
        key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(envelope.public_key, 'base64')]),
        format: 'der',
        type: 'spki',
    });
    const signature = Buffer.from(envelope.signatures[0].sig, 'base64');
    assert.ok(verify(null, signed, key, signature));
    signed[signed.length - 5] ^= 1;
    assert.ok(!verify(null, signed, key, signature));
    const {attestation, report} = JSON.parse(payload);
    assert.deepEqual(attestation.id, made.id);
    assert.deepEqual(report, review.report);
    // Canonical JSON sorts its members, so the text of the report can be cut out of the payload.
    const text = payload.toString().slice(payload.indexOf('"report":') + '"report":'.length, -1);
    assert.equal(createHash('sha256').update(text).digest('hex'), made.report_sha256);
    const row = (await hub.admin.read('/v1/admin/audit?action=attest')).items[0];
    assert.deepEqual([row.target_id, row.details.report_sha256], [made.id, made.report_sha256]);
});

test('what a key has issued for a service account does not outlive the rights of the owner of that key', async () => {
    const boss = await hub.person('boss', [{role: 'super_admin'}]);
    const account = await hub.admin.make('/v1/service-accounts', {name: 'nightly', roles: kDeveloper});
    const issuer = await hub.key({scope: 'org', type: 'admin'}, boss);
    const key = await hub.key({scope: 'project', project_id: project.id, service_account_id: account.id}, issuer);
    const path = `/v1/projects/${project.id}/scans`;
    const change = async (what) => expect(await hub.admin.patch(`/v1/users/${boss.user.id}`, what), 200);
    await key.read(path);
    await change({roles: []});
    expect(await key.get(path), 403);
    await change({roles: kDeveloper});
    await key.read(path);
    await change({status: 'disabled'});
    expect(await key.get(path), 401);
    await change({status: 'active'});
    await key.read(path);
});

test('a role that is held for a team needs a team that can be one, and says so once', async () => {
    for (const named of [{}, {team_id: null}, {team_id: ''}, {team_id: 'nope'}]) {
        const body = {email: 'ida@example.com', roles: [{role: 'developer', ...named}]};
        const refused = expect(await hub.admin.post('/v1/invitations', body), 422);
        assert.deepEqual(refused.errors.map((error) => error.pointer), ['/roles/0/team_id'], JSON.stringify(named));
    }
});
