// what somebody has to look at becomes one alert, is mailed to whom it concerns, and ends with its reason
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import test, {after} from 'node:test';

import {expect, passwordOf, startHub, until} from '../support/hub.mjs';
import {authority, header, startMailSink} from './mail_sink.mjs';

const ca = authority({after});
const sink = await startMailSink({after}, ca);
const hub = await startHub(
    {after},
    {
        config: `scans: {paused: true}\nmail: {host: 127.0.0.1, port: ${sink.port}, ca: ${ca.file}, from: hub@example.com}`,
    },
);
const payments = await hub.team('Payments');
const elsewhere = await hub.team('Elsewhere');
const lead = await hub.person('lead', [{role: 'team_admin', team_id: payments.id}]);
const dev = await hub.person('dev', [{role: 'developer', team_id: payments.id}]);
const stranger = await hub.person('stranger', [{role: 'team_admin', team_id: elsewhere.id}]);
const project = await hub.project(payments.id, 'https://github.com/shop/app');

/// The alert about a key, once there is one that `fits`.
const alertOf = (key, fits = () => true, by = hub.admin) =>
    until(
        async () => (await by.all('/v1/alerts')).find((one) => one.target.id === key.issued.id && fits(one)),
        'the alert',
    );
const resolved = (key) => alertOf(key, (alert) => alert.state === 'resolved');
const mailsAbout = (key) => sink.mails.filter((mail) => mail.text.includes(key.issued.key_prefix));
const revoke = async (key) => expect(await hub.admin.delete(`/v1/api-keys/${key.issued.id}`), 204);

/// The clock of a running hub cannot be turned: times in the database are moved instead.
async function whileStopped(statement) {
    await hub.stop();
    const done = spawnSync('sqlite3', [join(hub.data, 'trusthub.db'), statement], {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stderr);
    await hub.start();
    await hub.renewAdmin();
}

test('a decoy that is used raises an alert, mails who made it, and ends when it is revoked', async () => {
    const decoy = await hub.key({scope: 'team', team_id: payments.id, canary: true, name: 'dec\r\noy'}, lead);
    expect(await decoy.get('/v1/me'), 401);
    const alert = await alertOf(decoy);
    assert.equal(alert.kind, 'api_key_canary_used');
    assert.equal(alert.severity, 'critical');
    assert.equal(alert.state, 'open');
    assert.equal(alert.team_id, payments.id);
    assert.equal(alert.target.table, 'api_keys');
    assert.equal(alert.target.label, `${decoy.issued.key_prefix} (dec  oy)`);
    assert.match(alert.summary, /from 127\.0\.0\.1\.$/);
    assert.equal(alert.count, 1);
    assert.equal(alert.mail_configured, true);
    await until(() => mailsAbout(decoy).length > 0, 'the mail');
    const [mail] = mailsAbout(decoy);
    assert.deepEqual(mail.to, ['lead@example.com']);
    assert.equal(mail.secure, true);
    assert.ok(mail.text.includes(alert.action));
    assert.ok(header(mail, 'Subject'));
    const told = await alertOf(decoy, (one) => one.mails[0]?.status === 'sent');
    assert.equal(told.mails[0].user_id, lead.user.id);
    await revoke(decoy);
    assert.equal((await resolved(decoy)).resolution, 'key_revoked');
});

test('a leak is one alert, whatever the number of places, with what to do', async () => {
    const key = await hub.key({scope: 'project', project_id: project.id}, lead);
    await hub.nobody.get(`/v1/scans?key=${key.token}`);
    const alert = await alertOf(key);
    assert.equal(alert.kind, 'api_key_leaked');
    assert.match(alert.summary, /turned up in the URL of a request\.$/);
    assert.match(alert.action, /^Revoke the key, or rotate it with "overlap_hours":0/);
    assert.match(alert.action, /where it was seen \(request \S+, sent from 127\.0\.0\.1\)/);
    // The log tells of the same key: the same matter.
    await until(() => mailsAbout(key).length > 0, 'the mail');
    const rotated = expect(await hub.admin.post(`/v1/api-keys/${key.issued.id}/rotate`, {}), 201);
    hub.secret(rotated.raw_key);
    expect(await hub.admin.delete(`/v1/api-keys/${key.issued.id}/overlap`), 204);
    assert.equal((await resolved(key)).resolution, 'key_expired');
    assert.equal((await hub.admin.all('/v1/alerts?kind=api_key_leaked')).filter((one) => one.target.id === key.issued.id).length, 1);
});

test('a rotation that waits for a person raises an alert, which the rotation ends', async () => {
    const wanted = {scope: 'team', team_id: payments.id, rotation: {every_days: 30, overlap_hours: 1}};
    const byHand = await hub.key(wanted, lead), replanned = await hub.key(wanted, lead);
    await whileStopped('UPDATE api_key_rotation_schedules SET due_at = 1');
    const alert = await alertOf(byHand);
    assert.equal(alert.kind, 'api_key_rotation_due');
    assert.match(alert.summary, /waits for a person: nobody is named who would take/);
    hub.secret((await hub.admin.make(`/v1/api-keys/${byHand.issued.id}/rotate`, {})).raw_key);
    assert.equal((await resolved(byHand)).resolution, 'key_rotated');
    await alertOf(replanned);
    const path = `/v1/api-keys/${replanned.issued.id}/rotation-schedule`;
    expect(await hub.admin.call('PUT', path, {json: {every_days: 90}}), 200);
    const [again] = (await hub.admin.all('/v1/alerts')).filter((one) => one.target.id === replanned.issued.id);
    assert.equal(again.state, 'resolved'); // in the same commit
    assert.equal(again.resolution, 'schedule_changed');
});

test('the notice before a key ends raises an alert, and its mail goes to the team when nobody is responsible', async () => {
    const gone = await hub.person('gone', [{role: 'team_admin', team_id: payments.id}]);
    const key = await hub.key({scope: 'team', team_id: payments.id, expires_in_days: 90}, gone);
    expect(await hub.admin.patch(`/v1/users/${gone.user.id}`, {status: 'disabled'}), 200);
    const inDays = (days) =>
        `UPDATE api_keys SET expires_at = CAST(strftime('%s','now') AS INTEGER) * 1000 + ${days} * 86400000, ` +
        `created_at = 1 WHERE id = '${key.issued.id}'`;
    await whileStopped(inDays(6.5));
    const alert = await alertOf(key);
    assert.equal(alert.kind, 'api_key_expiring');
    assert.match(alert.summary, /ends in 7 days\.$/);
    await until(() => mailsAbout(key).length > 0, 'the mail');
    assert.deepEqual(mailsAbout(key).map((mail) => mail.to[0]), ['lead@example.com']);
    await whileStopped(inDays(0.5));
    const later = await alertOf(key, (one) => one.count === 2);
    assert.equal(later.id, alert.id);
    assert.match(later.summary, /ends in 1 day\.$/);
    await until(() => mailsAbout(key).length === 2, 'the mail of the next notice');
    await revoke(key);
    await resolved(key);
});

test('who may see an alert: its team, who has the key, the organization; nobody else', async () => {
    const decoy = await hub.key({scope: 'project', project_id: project.id, canary: true}, dev);
    expect(await decoy.get('/v1/me'), 401);
    const {id} = await alertOf(decoy);
    const ids = async (by) => (await by.all('/v1/alerts')).map((one) => one.id);
    const leadAgain = await hub.signIn('lead@example.com', passwordOf('lead'));
    const devAgain = await hub.signIn('dev@example.com', passwordOf('dev'));
    const strangerAgain = await hub.signIn('stranger@example.com', passwordOf('stranger'));
    for (const by of [leadAgain, devAgain, hub.admin]) {
        assert.ok((await ids(by)).includes(id));
        assert.equal((await by.read(`/v1/alerts/${id}`)).id, id);
    }
    assert.deepEqual(await ids(strangerAgain), []);
    expect(await strangerAgain.get(`/v1/alerts/${id}`), 404);
    expect(await strangerAgain.post(`/v1/alerts/${id}/acknowledge`), 404);
    assert.equal((await ids(devAgain)).length, 1);

    const key = await hub.key({scope: 'team', team_id: payments.id, type: 'read_only', permissions: ['alerts:read']});
    assert.ok((await ids(key)).includes(id));
    expect(await key.post(`/v1/alerts/${id}/acknowledge`), 401);
    const other = await hub.key({scope: 'team', team_id: elsewhere.id, type: 'read_only', permissions: ['alerts:read']});
    assert.deepEqual(await ids(other), []);
    expect(await other.get(`/v1/alerts/${id}`), 403);
    const narrow = await hub.key({scope: 'team', team_id: payments.id});
    expect(await narrow.get('/v1/alerts'), 403);

    const mine = await devAgain.make(`/v1/alerts/${id}/acknowledge`, undefined, 200);
    assert.equal(mine.state, 'acknowledged');
    assert.equal(mine.acknowledged_by, dev.user.id);
    const again = await hub.admin.make(`/v1/alerts/${id}/acknowledge`, undefined, 200);
    assert.equal(again.acknowledged_by, dev.user.id);
    const rows = await hub.admin.read(`/v1/admin/audit?target_table=alerts&action=acknowledge`);
    assert.equal(rows.items.length, 1);
    assert.equal(rows.items[0].target_id, id);
    await revoke(decoy);
    await resolved(decoy);
    const late = expect(await hub.admin.post(`/v1/alerts/${id}/acknowledge`), 409);
    assert.equal(late.code, 'alert_resolved');
});

test('events of alerts are read by those who read alerts, whoever else reads events', async () => {
    const decoy = await hub.key({scope: 'team', team_id: payments.id, canary: true});
    expect(await decoy.get('/v1/me'), 401);
    await alertOf(decoy);
    const opened = (await hub.admin.all('/v1/events?type=alert.opened')).find((event) => event.data.target.id === decoy.issued.id);
    const scope = {scope: 'team', team_id: payments.id, type: 'read_only'};
    const both = await hub.key({...scope, permissions: ['events:read', 'alerts:read']});
    const events = await hub.key({...scope, permissions: ['events:read']});
    assert.ok((await both.all('/v1/events?type=alert.opened')).some(({id}) => id === opened.id));
    expect(await both.get(`/v1/events/${opened.id}`), 200);
    assert.deepEqual(await events.all('/v1/events?type=alert.opened'), []);
    const seen = (await events.all('/v1/events')).map(({type}) => type);
    assert.ok(seen.length > 0 && !seen.some((type) => type.startsWith('alert.')));
    expect(await events.get(`/v1/events/${opened.id}`), 403);
    const person = await hub.signIn('dev@example.com', passwordOf('dev'));
    expect(await person.get(`/v1/events/${opened.id}`), 404);
    const said = expect(await hub.admin.post(`/v1/api-keys/${events.issued.id}/explain`, {method: 'GET', path: `/v1/events/${opened.id}`}), 200);
    assert.equal(said.status, 403);
    await revoke(decoy);
    await resolved(decoy);
});

test("an endpoint hears of its own team's alerts, one of the organization of all", async () => {
    const types = ['alert.opened', 'alert.acknowledged', 'alert.resolved'];
    const endpointOf = (more) => hub.endpoint('http://127.0.0.1:9/', types, more);
    const mine = await endpointOf({team_id: payments.id}), theirs = await endpointOf({team_id: elsewhere.id}), all = await endpointOf({});
    const decoy = await hub.key({scope: 'team', team_id: payments.id, canary: true});
    const ofAll = await hub.key({scope: 'org', canary: true});
    for (const key of [decoy, ofAll]) {
        expect(await key.get('/v1/me'), 401);
        await hub.admin.make(`/v1/alerts/${(await alertOf(key)).id}/acknowledge`, undefined, 200);
        await revoke(key);
        await resolved(key);
    }
    const heard = async (endpoint) => {
        const told = [];
        for (const delivery of await hub.admin.all(`/v1/endpoints/${endpoint.id}/deliveries`)) {
            const event = await hub.admin.read(`/v1/events/${delivery.event_id}`);
            assert.ok(types.includes(event.type));
            assert.ok(event.data.summary && event.data.action);
            told.push(`${event.type} ${event.data.target.id === decoy.issued.id ? 'team' : 'org'}`);
        }
        return told.sort();
    };
    const steps = (whose) => ['acknowledged', 'opened', 'resolved'].map((step) => `alert.${step} ${whose}`);
    assert.deepEqual(await heard(mine), steps('team'));
    assert.deepEqual(await heard(theirs), []);
    assert.deepEqual(await heard(all), [...steps('team'), ...steps('org')].sort());
    for (const action of ['create', 'resolve']) {
        const rows = await hub.admin.all(`/v1/admin/audit?target_table=alerts&action=${action}`);
        assert.equal(rows.filter((row) => row.details.target_id === decoy.issued.id).length, 1, action);
    }
});

test('lists are filtered by state and kind, and paged', async () => {
    const open = await hub.admin.all('/v1/alerts?state=open');
    assert.ok(open.every((alert) => alert.state === 'open'));
    const all = await hub.admin.all('/v1/alerts');
    assert.ok(all.length > 3);
    assert.deepEqual((await hub.admin.all('/v1/alerts', 2)).map((one) => one.id), all.map((one) => one.id));
    const leaks = await hub.admin.read('/v1/alerts?kind=api_key_leaked&state=resolved');
    assert.equal(leaks.total, leaks.items.length);
    assert.match(expect(await hub.admin.get('/v1/alerts?kind=nonsense'), 422).errors[0].detail, /api_key_expiring/);
    assert.match(expect(await hub.admin.get('/v1/alerts?state=nonsense'), 422).errors[0].detail, /acknowledged/);
});
