// The hub that generated requests are sent to: its document, and a stock of things to name and callers to be.
// It runs as long as the test.
import {after} from 'node:test';

import {Client, expect, kNoLimits, passwordOf, startHub, until} from '../support/hub.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

export const kMethods = ['get', 'post', 'put', 'patch', 'delete'];

export const hub = await startHub(
    {after},
    {config: `scans: {paused: true}\ntrusted_proxies: [127.0.0.0/8]\n${kNoLimits}`},
);

/// The requests' wrong passwords count against their own address, not against the people's.
class Elsewhere extends Client {
    call(method, path, more = {}) {
        return super.call(method, path, {...more, headers: {...more.headers, 'X-Forwarded-For': '192.0.2.1'}});
    }
}
hub.nobody = new Elsewhere(hub);
export const document = expect(await hub.nobody.get('/openapi.json'), 200);
const rows = (await hub.nobody.get('/docs/errors')).text.matchAll(
    /<tr id="([a-z_]+)">.*?<td>(\d+)<\/td><td>(.*?)<\/td>/g,
);
/// As the hub lists them at /docs/errors.
export const errorCodes = new Map(
    [...rows].map(([, code, status, title]) => [code, {status: Number(status), title}]),
);
export const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    kMethods.filter((method) => item[method]).map((method) => ({path, method, ...item[method]})),
);

/// Whether it takes everybody.
export const open = ({security}) => security.length === 0 || security.some((one) => !Object.keys(one).length);
/// Of its query parameters.
export const queryNames = ({parameters = []}) =>
    parameters
        .map(({$ref}) => document.components.parameters[$ref.split('/').at(-1)])
        .filter((one) => one.in === 'query')
        .map((one) => one.name);

/// Things to name and credentials to call with.
export const pool = {ids: {}, clients: {nobody: hub.nobody}};
let tag = 0;

/// A new team with its people; the requests may have disabled or demoted the earlier ones. hub.admin stocks
/// the shelves and sends none of the requests, which may end what they come with.
async function recruit() {
    const {id} = await hub.team(`Team ${++tag}`);
    pool.ids.teams = id;
    pool.ids.stewards = (await hub.admin.read('/v1/me')).user.id;
    Object.assign(pool.clients, {
        admin: await hub.person(`root-${tag}`, [{role: 'super_admin'}]),
        developer: await hub.person(`dev-${tag}`, [{role: 'developer', team_id: id}]),
        team_admin: await hub.person(`lead-${tag}`, [{role: 'team_admin', team_id: id}]),
        leaver: await hub.person(`leaver-${tag}`, [{role: 'developer', team_id: id}]),
    });
}

/// Another session of one of them.
async function visit(name) {
    const client = await hub.signIn(pool.clients[name].user.email, passwordOfPerson(pool.clients[name]));
    const {user, session} = await client.read('/v1/session');
    return Object.assign(client, {user, session: session.id});
}

/// New things and keys in the team, instead of those that the requests used up.
export async function restock() {
    const {ids, clients} = pool;
    const of = {team_id: ids.teams};
    // Sessions last, their tokens do not.
    for (const name of ['admin', 'developer', 'team_admin']) {
        const renewed = await clients[name].post('/v1/session/token');
        if (renewed.status === 201) clients[name].token = hub.secret(renewed.body.access_token);
    }
    hub.admin.token = hub.secret((await hub.admin.make('/v1/session/token')).access_token);
    const url = `https://github.com/shop/${++tag}`;
    const project = await hub.project(of.team_id, url);
    const endpoint = await hub.endpoint('http://127.0.0.1:9/', ['*'], of);
    const event = await hub.admin.make('/v1/events', {
        type: 'access.granted',
        data: {grant_id: 'g', document_id: 'd', account_id: 'a'},
        ...of,
    });
    const pushed = await sendGithub(hub, {
        secret: project.secret,
        payload: githubPush({url, after: '1'.repeat(40)}),
    });
    ids.projects = project.id;
    ids.endpoints = endpoint.id;
    ids.users = (await hub.admin.make('/v1/users', {email: `u${tag}@example.com`, name: 'U'})).id;
    ids.events = event.id;
    ids.deliveries = event.deliveries[0].id;
    ids.receipts = expect(pushed, 200).receipt_id;
    ids.scans = (await hub.admin.make(`/v1/projects/${project.id}/scans`, {kind: 'source'}, 200)).id;
    clients.read_only = await hub.key({scope: 'team', ...of, type: 'read_only'});
    clients.read_write = await hub.key({scope: 'project', project_id: project.id});
    clients.admin_key = await hub.key({scope: 'org', type: 'admin'});
    clients.webhook = await hub.key({scope: 'project', project_id: project.id, type: 'webhook'});
    ids['api-keys'] = (await hub.key({scope: 'team', ...of})).issued.id;
    const connection = await hub.admin.make('/v1/connections', {connector: 'github', name: `C ${tag}`, ...of});
    ids.connections = ids.webhooks = connection.id;
    const roles = [{role: 'developer', ...of}];
    ids['service-accounts'] = (await hub.admin.make('/v1/service-accounts', {name: `S ${tag}`, roles})).id;
    const invitation = await hub.admin.make('/v1/invitations', {email: `i${tag}@example.com`, roles});
    ids.invitations = invitation.id;
    ids.tokens = hub.secret(invitation.accept_url.split('#token=')[1]);
    ids['access-reviews'] = (await hub.admin.make('/v1/access-reviews', {note: `${tag}`})).id;
    const decoy = await hub.key({scope: 'team', ...of, canary: true});
    await decoy.get('/v1/me');
    const [alert] = await until(async () => {
        const {items} = await hub.admin.read('/v1/alerts?state=open');
        return items.length > 0 && items;
    }, 'the alert of a decoy');
    ids.alerts = alert.id;
    clients.leaver = await visit('leaver');
    ids.sessions = (await visit('admin')).session;
}

export const passwordOfPerson = ({user}) => passwordOf(user.email.split('@')[0]);

export async function refill() {
    await recruit();
    await restock();
}
await hub.person('signer', []);
await refill();
