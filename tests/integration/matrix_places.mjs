// Where route_matrix.md is tried: a hub that runs as long as the test, two teams in it, and everybody who calls.
import {after} from 'node:test';

import {expect, kNoLimits, passwordOf, startHub} from '../support/hub.mjs';
import {githubPush, sendGithub} from '../support/senders.mjs';

export const hub = await startHub({after}, {config: `scans: {paused: true}\n${kNoLimits}`});
export const document = expect(await hub.nobody.get('/openapi.json'), 200);
export const operations = new Map(
    Object.entries(document.paths).flatMap(([path, item]) =>
        ['get', 'post', 'put', 'patch', 'delete']
            .filter((method) => item[method])
            .map((method) => [`${method.toUpperCase()} ${path}`, item[method]]),
    ),
);

let count = 0;
/// A name that nothing has yet.
export const next = () => `matrix-${++count}`;

/// Two teams with the same things in each; credentials belong to A.
async function place(name) {
    const team = await hub.team(name);
    const url = `https://github.com/shop/${name}`;
    const project = await hub.project(team.id, url);
    const endpoint = await hub.endpoint('http://127.0.0.1:9/', ['scan.completed'], {team_id: team.id});
    // Its first attempt is a week away, so that nothing happens to its deliveries by itself.
    const quiet = await hub.endpoint('http://127.0.0.1:9/', ['certification.updated'], {
        team_id: team.id,
        retry: {schedule_s: [604800]},
    });
    const pushed = await sendGithub(hub, {
        secret: project.secret,
        payload: githubPush({url, after: '1'.repeat(40)}),
    });
    const connection = await connect(team);
    return {team, url, project, endpoint, quiet, connection, receipt: expect(pushed, 200).receipt_id};
}
export const connect = (team) =>
    hub.admin.make('/v1/connections', {connector: 'github', name: next(), team_id: team.id});
export const places = {A: await place('A'), B: await place('B')};
for (const where of Object.values(places)) where.shared = {};
places.A.other = places.B;
places.B.other = places.A;
export const review = await hub.admin.make('/v1/access-reviews', {note: 'the first'});
export const somebody = await hub.admin.make('/v1/users', {email: 'somebody@example.com', name: 'Somebody'});
export const grant = (role, team) => [{role, ...(team && {team_id: team.team.id})}];
const reach = {
    org: {scope: 'org'},
    team: {scope: 'team', team_id: places.A.team.id},
    project: {scope: 'project', project_id: places.A.project.id},
};

/// The people among the columns.
export const grants = {
    super_admin: grant('super_admin'),
    auditor: grant('auditor'),
    account_manager: grant('account_manager'),
    'account_manager A': grant('account_manager', places.A),
    'team_admin A': grant('team_admin', places.A),
    'developer A': grant('developer', places.A),
};
/// The columns of the table, in its order.
export const callers = {nobody: hub.nobody};
for (const [column, roles] of Object.entries(grants)) callers[column] = await person(roles);
for (const type of ['read_only', 'read_write', 'admin', 'webhook'])
    for (const scope of ['org', 'team', 'project'])
        callers[`${type} ${scope === 'org' ? scope : `${scope} A`}`] = await hub.key({
            ...reach[scope],
            type,
        });

export async function person(roles) {
    const name = next();
    return Object.assign(await hub.person(name, roles), {password: passwordOf(name)});
}
