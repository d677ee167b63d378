// Two teams with a project in each, people in every role, and the scopes that keys are issued for.
import {startHub} from '../support/hub.mjs';

/// The hub that has them.
export async function startTwoTeams(t) {
    const hub = await startHub(t, {config: 'scans: {paused: true}'});
    const payments = await hub.team('Payments');
    const shipping = await hub.team('Shipping');
    const ledger = await hub.project(payments.id, 'https://github.com/shop/ledger.git');
    const parcels = await hub.project(shipping.id, 'https://github.com/shop/parcels.git');
    const people = {
        super_admin: hub.admin,
        team_admin: await hub.person('tess', [{role: 'team_admin', team_id: payments.id}]),
        developer: await hub.person('dev', [{role: 'developer', team_id: payments.id}]),
        account_manager: await hub.person('max', [{role: 'account_manager', team_id: payments.id}]),
        auditor: await hub.person('aud', [{role: 'auditor'}]),
    };
    const kScopes = {
        org: {scope: 'org'},
        team: {scope: 'team', team_id: payments.id},
        project: {scope: 'project', project_id: ledger.id},
    };
    return {hub, payments, shipping, ledger, parcels, people, kScopes};
}
