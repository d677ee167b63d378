// people see what is their team's, and get in by the front door only
import assert from 'node:assert/strict';
import test, {after} from 'node:test';

import {Client, expect, problem, startHub} from '../support/hub.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const payments = await hub.team('Payments');
const shipping = await hub.team('Shipping');
const ledger = await hub.project(payments.id, 'https://github.com/shop/ledger.git');
const parcels = await hub.project(shipping.id, 'https://github.com/shop/parcels.git');
const people = {
    team_admin: await hub.person('tess', [{role: 'team_admin', team_id: payments.id}]),
    developer: await hub.person('dev', [{role: 'developer', team_id: payments.id}]),
    account_manager: await hub.person('max', [{role: 'account_manager', team_id: payments.id}]),
    auditor: await hub.person('aud', [{role: 'auditor'}]),
};

test('to people of one team, things of another are not there; changing beyond their rights is 403', async () => {
    const endpoint = await hub.endpoint('https://example.com/hook', ['scan.*'], {team_id: shipping.id});
    const key = await hub.key({scope: 'team', team_id: shipping.id});
    const scan = expect(await hub.admin.post(`/v1/projects/${parcels.id}/scans`, {kind: 'source'}), 200);
    const paths = [
        `/v1/projects/${parcels.id}`,
        `/v1/projects/${parcels.id}/scans`,
        `/v1/scans/${scan.id}`,
        `/v1/endpoints/${endpoint.id}`,
        `/v1/endpoints/${endpoint.id}/deliveries`,
        `/v1/api-keys/${key.issued.id}`,
        `/v1/teams/${shipping.id}`,
        `/v1/projects/${parcels.id}/webhook-secret`,
    ];
    for (const client of [people.team_admin, people.developer, people.account_manager])
        for (const path of paths) problem(await client.get(path), 404, 'not_found');
    problem(await people.developer.delete(`/v1/projects/${parcels.id}`), 404, 'not_found');
    problem(await people.developer.delete(`/v1/projects/${ledger.id}`), 403, 'forbidden');
    problem(await people.developer.post(`/v1/projects/${ledger.id}/webhook-secret`, {}), 403, 'forbidden');
    problem(await people.team_admin.post('/v1/teams', {name: 'Mine'}), 403, 'forbidden');
    problem(await people.developer.post('/v1/users', {email: 'x@example.com', name: 'X'}), 403, 'forbidden');
    problem(
        await people.developer.post('/v1/endpoints', {
            url: 'https://example.com/',
            event_types: ['*'],
            team_id: payments.id,
        }),
        403,
        'forbidden',
    );
    for (const list of ['/v1/projects', '/v1/endpoints', '/v1/teams']) {
        const items = await people.team_admin.all(list);
        assert.ok(
            items.every((item) => (item.team_id ?? item.id) === payments.id),
            `${list} ${JSON.stringify(items)}`,
        );
    }
});

test('events, receipts and audit rows stay with their team', async () => {
    const push = (project, after) =>
        sendGithub(hub, {
            secret: project.secret,
            payload: githubPush({url: project.repository.url, after: after.repeat(40)}),
        });
    const ours = expect(await push(ledger, '1'), 200);
    const theirs = expect(await push(parcels, '2'), 200);
    const receipts = (await people.team_admin.all('/v1/receipts')).map((receipt) => receipt.id);
    assert.ok(receipts.includes(ours.receipt_id) && !receipts.includes(theirs.receipt_id));
    problem(await people.team_admin.get(`/v1/receipts/${theirs.receipt_id}`), 404, 'not_found');
    const events = await people.team_admin.all('/v1/events');
    assert.ok(events.length > 0 && events.every((event) => event.team_id === payments.id));
    const rows = await people.team_admin.all('/v1/audit');
    assert.ok(rows.length > 0 && rows.every((row) => row.team_id === payments.id));
    problem(await people.team_admin.get('/v1/admin/audit'), 403, 'forbidden');
    expect(await people.auditor.get('/v1/admin/audit'), 200);
});

test('signing out ends the session; a cookie alone changes nothing from another page', async () => {
    const person = await hub.person('zoe', [{role: 'developer', team_id: payments.id}]);
    assert.match(person.setCookie, /^__Host-[^=;]+=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    const byCookie = new Client(hub);
    const cookie = {Cookie: person.setCookie.split(';')[0]};
    expect(await byCookie.get('/v1/me', cookie), 200);
    expect(await byCookie.delete('/v1/session', cookie), 401);
    expect(await byCookie.delete('/v1/session', {...cookie, Origin: 'https://evil.example'}), 401);
    expect(await byCookie.get('/v1/me', cookie), 200);
    expect(await person.delete('/v1/session'), 204);
    expect(await person.get('/v1/me'), 401);
    expect(await byCookie.get('/v1/me', cookie), 401);
});

test('a second set-up, a wrong password and an unknown address are refused', async () => {
    const person = {email: 'eve@example.com', name: 'Eve', password: 'a password long enough'};
    const again = await hub.nobody.post('/v1/setup', {token: 'x'.repeat(43), ...person});
    assert.ok([409, 410].includes(again.status), again.text);
    const wrong = await hub.nobody.post('/v1/session', {email: 'ada@example.com', password: 'wrong'});
    const unknown = await hub.nobody.post('/v1/session', {email: 'nobody@example.com', password: 'wrong'});
    assert.equal(
        problem(wrong, 401, 'unauthenticated').detail,
        problem(unknown, 401, 'unauthenticated').detail,
    );
});
