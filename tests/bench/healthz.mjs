// healthz_N: GET /healthz over N keep-alive connections, against one nginx worker that answers as much.
import {Hub} from '../support/hub.mjs';
import {answerOf, busyBefore, interleaved, median, medianRatio, round, spread, startNginx, wrk} from './measure.mjs';

const kBar = 0.7;
const kRounds = 5;
const kSeconds = 2;

/// nginx's own five headers cannot be left out; what the hub has beyond them is added, to the byte.
function locationLike(answer) {
    const own = ['Server: nginx', 'Date: Mon, 01 Jan 2024 00:00:00 GMT', 'Content-Type: application/json',
                 `Content-Length: ${answer.body.length}`, 'Connection: keep-alive'];
    const size = (lines) => lines.reduce((sum, line) => sum + line.length + 2, 0);
    const added = Array.from({length: Math.max(0, answer.headers.length - own.length)}, (_, i) => `X-Added-${i}: x`);
    const missing = size(answer.headers) - size(own) - size(added);
    const type = missing > 2 ? `application/json;p=${'x'.repeat(missing - 3)}` : 'application/json';
    return `default_type "${type}"; ${added.map((line) => `add_header ${line.replace(':', '')};`).join(' ')}
            return 200 '${answer.body}';`;
}

const described = (answer) => `${answer.headers.length} headers, ${answer.bytes} + ${answer.body.length} bytes`;

export async function healthz(connections) {
    const busy = await busyBefore();
    const hub = await new Hub({logFile: true}).start();
    const healthzUrl = `${hub.base}/healthz`;
    const answer = await answerOf(healthzUrl);
    const nginx = await startNginx(locationLike(answer));
    const samplers = [healthzUrl, nginx.url].map((url) => () => wrk(url, connections, kSeconds));
    for (const warmUp of samplers) await warmUp();
    const [ours, theirs] = await interleaved(kRounds, samplers);
    const peer = await answerOf(nginx.url);
    await nginx.stop();
    await hub.close();
    return [{name: `healthz_${connections}`, value: round(median(ours)), unit: 'requests/s',
             ratio: medianRatio(ours, theirs), bar: kBar,
             note: `hub ${spread(ours)}, nginx ${spread(theirs)} requests/s; the hub sends ${described(answer)}, ` +
                   `nginx ${described(peer)}; ${busy}`}];
}
