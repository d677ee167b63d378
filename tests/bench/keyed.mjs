// me, scan_get: GET requests with an API key, against GET /healthz over as many connections to the same hub.
import {expect, Hub} from '../support/hub.mjs';
import {busyBefore, interleaved, median, medianRatio, round, spread, wrk} from './measure.mjs';

const kConnections = 32;
const kRounds = 15;
const kSeconds = 1;
const kBars = {me: 0.75, scan_get: 0.45};

/// Every limit is checked and taken, none is ever reached.
const kWide = '{requests: 1000000, per_seconds: 1}';
const kConfig = `scans: {paused: true}\nlimits: {key: ${kWide}, team: ${kWide}, organization: ${kWide}}`;

export async function keyed() {
    const busy = await busyBefore();
    const hub = await new Hub({config: kConfig, logFile: true}).start();
    await hub.setUp();
    const project = await hub.project((await hub.team('Bench')).id, 'https://github.com/bench/app.git');
    const key = await hub.key({scope: 'project', project_id: project.id});
    const scan = await key.make(`/v1/projects/${project.id}/scans`, {kind: 'source'}, 200);
    const authorized = ['-H', `Authorization: Bearer ${key.token}`];
    const paths = {me: '/v1/me', scan_get: `/v1/scans/${scan.id}`};
    for (const path of Object.values(paths)) expect(await key.get(path), 200);

    const sample = async (path, headers) => {
        const rate = await wrk(hub.base + path, kConnections, kSeconds, headers);
        hub.emptyLog();
        return rate;
    };
    const samplers = [() => sample('/healthz', []),
                      ...Object.values(paths).map((path) => () => sample(path, authorized))];
    for (const warmUp of samplers) await warmUp();
    const [healthz, ...all] = await interleaved(kRounds, samplers);
    await hub.close();
    return Object.keys(paths).map((name, i) => (
        {name, value: round(median(all[i])), unit: 'requests/s', ratio: medianRatio(all[i], healthz), bar: kBars[name],
         note: `${spread(all[i])}, healthz ${spread(healthz)} requests/s; ${busy}`}));
}
