// What a row of route_matrix.md calls with: the thing behind its {id}, its body, its query and its headers.
import {expect, until} from '../support/hub.mjs';
import {githubPush} from '../support/senders.mjs';
import {connect, document, grant, hub, next, person, review, somebody} from './matrix_places.mjs';

const kPassword = 'the password of somebody';

/// What GET …/{id} finds in a place; with `fresh` a new one, that a change may use up. A row may have its own.
export const things = {
    users: async () => (await hub.admin.make('/v1/users', {email: `${next()}@example.com`, name: 'X'})).id,
    teams: async ({team}, fresh) => (fresh ? (await hub.team(next())).id : team.id),
    projects: async ({team, project}, fresh) =>
        fresh ? (await hub.project(team.id, `https://github.com/shop/${next()}`)).id : project.id,
    'api-keys': async ({team}) => (await hub.key({scope: 'team', team_id: team.id})).issued.id,
    scans: async ({project}) =>
        (
            await hub.admin.make(
                `/v1/projects/${project.id}/scans`,
                {kind: 'source', ref: `refs/heads/${next()}`},
                200,
            )
        ).id,
    receipts: async ({receipt}) => receipt,
    events: async ({team}) => (await emit(team)).id,
    endpoints: async ({team, endpoint}, fresh) =>
        fresh
            ? (await hub.endpoint('http://127.0.0.1:9/', ['user.invited'], {team_id: team.id})).id
            : endpoint.id,
    deliveries: async ({team}) => (await emit(team)).deliveries[0].id,
    sessions: async (where, fresh, caller) => sessionOf(caller.user ? await person([]) : hub.admin),
    'DELETE /v1/sessions/{id} (own)': async (where, fresh, caller) =>
        caller.user
            ? sessionOf(await hub.signIn(caller.user.email, caller.password))
            : things.sessions(where, fresh, caller),
    'service-accounts': async ({team}) =>
        (await hub.admin.make('/v1/service-accounts', {name: next(), roles: developerOf(team)})).id,
    invitations: async ({team}) => (await invite(developerOf(team))).id,
    'DELETE /v1/invitations/{id} (org)': async () => (await invite(grant('auditor'))).id,
    'POST /v1/invitations/{id}/resend (org)': async () => (await invite(grant('auditor'))).id,
    connections: async ({team, connection}, fresh) => (fresh ? await connect(team) : connection).id,
    webhooks: async ({connection}) => connection.id,
    alerts: async ({team}) => (await alarm(team)).id,
    'access-reviews': async () => review.id,
    "POST /v1/api-keys/{id}/rotate (of one's own)": issuedBy,
    "PUT /v1/api-keys/{id}/rotation-schedule (of one's own)": issuedBy,
    'DELETE /v1/api-keys/{id}/overlap': async (where) => {
        const id = await things['api-keys'](where);
        const successor = await hub.admin.make(`/v1/api-keys/${id}/rotate`, {});
        hub.secret(successor.raw_key);
        return successor.id;
    },
    'DELETE /v1/api-keys/{id}/rotation-schedule': async (where) => {
        const id = await things['api-keys'](where);
        const json = {every_days: 90};
        expect(await hub.admin.call('PUT', `/v1/api-keys/${id}/rotation-schedule`, {json}), 200);
        return id;
    },
};
/// Rows whose thing is one caller's, and not the next one's.
export const perCaller = new Set([
    'DELETE /v1/sessions/{id}',
    'DELETE /v1/sessions/{id} (own)',
    "POST /v1/api-keys/{id}/rotate (of one's own)",
    "PUT /v1/api-keys/{id}/rotation-schedule (of one's own)",
]);

/// A key that the caller issued; where they may issue none, one of the team's.
async function issuedBy(where, fresh, caller) {
    for (const scope of [{scope: 'team', team_id: where.team.id}, {scope: 'project', project_id: where.project.id}]) {
        const {status, body} = await caller.post('/v1/api-keys', key(scope));
        if (status !== 201) continue;
        hub.secret(body.raw_key);
        return body.id;
    }
    return things['api-keys'](where);
}

const developerOf = (team) => [{role: 'developer', team_id: team.id}];
const sessionOf = async (client) => (await client.read('/v1/session')).session.id;

async function invite(roles) {
    const made = await hub.admin.make('/v1/invitations', {email: `${next()}@example.com`, roles});
    return {...made, token: hub.secret(made.accept_url.split('#token=')[1])};
}

/// Somebody uses a decoy of the team.
async function alarm(team) {
    const decoy = await hub.key({scope: 'team', team_id: team.id, canary: true});
    await decoy.get('/v1/me');
    const about = ({target}) => target.id === decoy.issued.id;
    return until(async () => (await hub.admin.read('/v1/alerts?limit=200')).items.find(about), 'the alert');
}

function emit(team) {
    const example = document.components.schemas.NewEvent.examples[0];
    const data = {certification_id: 'c', name: 'ISO 27001', status: 'valid'};
    return hub.admin.make('/v1/events', {...example, type: 'certification.updated', data, team_id: team.id});
}

const key = (scope) => ({name: next(), ...scope});
/// Bodies of the rows that need one which is not the example of the document: what the row names, in a place.
export const bodies = {
    'POST /v1/setup': () => ({token: 'x'.repeat(20), email: 'a@example.com', name: 'A', password: kPassword}),
    'POST /v1/session': async () => {
        const {user, password} = await person([]);
        return {email: user.email, password};
    },
    'POST /v1/session/step-up': (where, {password = 'x'}) => ({password}),
    'POST /v1/me/password': (where, {password = 'x'}) => ({
        current_password: password,
        new_password: `${password}, changed`,
    }),
    'POST /v1/me/password (wrong password)': () => ({
        current_password: 'a wrong password',
        new_password: kPassword,
    }),
    'POST /v1/me/totp/confirm (not begun)': () => ({code: '000000'}),
    'DELETE /v1/me/totp (not on)': (where, {password = 'x'}) => ({password, code: '000000'}),
    'POST /v1/service-accounts': ({team}) => ({name: next(), roles: developerOf(team)}),
    'PATCH /v1/service-accounts/{id}': () => ({name: next()}),
    'POST /v1/invitations (org)': () => ({email: `${next()}@example.com`, roles: grant('auditor')}),
    'POST /v1/invitations (team)': ({team}) => ({email: `${next()}@example.com`, roles: developerOf(team)}),
    'POST /v1/invitations/accept': async ({team}) => ({
        token: (await invite(developerOf(team))).token,
        name: 'X',
        password: kPassword,
    }),
    'PATCH /v1/api-keys/{id}': () => ({name: next()}),
    'POST /v1/api-keys/{id}/explain': () => ({method: 'GET', path: '/v1/me'}),
    'PUT /v1/api-keys/{id}/rotation-schedule': () => ({every_days: 90}),
    "PUT /v1/api-keys/{id}/rotation-schedule (of one's own)": () => ({every_days: 90}),
    'POST /v1/webhooks/{id}': ({url}) => githubPush({url, after: '1'.repeat(40), nonce: next()}),
    'POST /v1/leaks': () => [],
    'POST /v1/connections (team left out)': () => ({connector: 'github', name: next()}),
    'POST /v1/connections (team)': ({team}) => ({connector: 'github', name: next(), team_id: team.id}),
    'PATCH /v1/connections/{id}': () => ({name: next()}),
    'POST /v1/users': () => ({email: `${next()}@example.com`, name: 'X', roles: []}),
    'PATCH /v1/users/{id}': () => ({name: next()}),
    'POST /v1/teams': () => ({name: next()}),
    'PATCH /v1/teams/{id}': () => ({name: next()}),
    'POST /v1/projects': ({team}) => ({
        name: next(),
        team_id: team.id,
        repository: {provider: 'github', url: `https://github.com/shop/${next()}`},
    }),
    'PATCH /v1/projects/{id}': () => ({name: next()}),
    'POST /v1/projects/{id}/scans': () => ({kind: 'source', ref: next()}),
    'POST /v1/api-keys (org)': () => key({scope: 'org'}),
    'POST /v1/api-keys (team)': ({team}) => key({scope: 'team', team_id: team.id}),
    'POST /v1/api-keys (project)': ({project}) => key({scope: 'project', project_id: project.id}),
    'POST /v1/api-keys (for a service account)': async ({team, project}) => ({
        ...key({scope: 'project', project_id: project.id}),
        service_account_id: await things['service-accounts']({team}),
    }),
    "POST /v1/api-keys (for another team's service account)": async ({project, other}) => ({
        ...key({scope: 'project', project_id: project.id}),
        permissions: [],
        service_account_id: await things['service-accounts']({team: other.team}),
    }),
    'POST /v1/events': ({team}) => ({
        type: 'account.created',
        data: {account_id: next(), name: 'Acme', status: 'active'},
        team_id: team.id,
    }),
    'POST /v1/endpoints': ({team}) => ({
        url: 'http://127.0.0.1:9/',
        event_types: ['user.invited'],
        team_id: team.id,
    }),
    'PATCH /v1/endpoints/{id}': () => ({description: next()}),
    'POST /v1/endpoints/{id}/test': () => ({type: 'scan.completed'}),
};
/// Changes that may be made to the same thing again and again; the others get a new one each time.
export const repeatable = new Set(['POST /v1/projects/{id}/scans', 'PATCH /v1/teams/{id}']);
/// Query of the rows that name one: `GET /v1/receipts (project)`.
export const queries = {
    'GET /v1/receipts (project)': ({project}) => `?project_id=${project.id}`,
    'GET /v1/sessions (of others)': () => `?user_id=${somebody.id}`,
};
/// Headers of the rows that need some.
export const headers = {
    'POST /v1/webhooks/{id}': () => ({'X-GitHub-Event': 'push', 'X-GitHub-Delivery': next()}),
};
/// A call that ends or changes its own credential gets somebody with the same roles.
export const ownCredential = new Set([
    'DELETE /v1/session',
    'DELETE /v1/sessions',
    'POST /v1/me/password',
    'POST /v1/me/totp',
    'POST /v1/me/totp/confirm (not begun)',
    'DELETE /v1/me/totp (not on)',
]);
