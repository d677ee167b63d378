// pushes share commits, and each costs a bounded number of SQL statements
import assert from 'node:assert/strict';
import test, {after} from 'node:test';

import {expect, startHub, until} from '../support/hub.mjs';
import {RawConnection, responsesIn} from '../support/raw_http.mjs';
import {githubPush, sendGithub, sha256Signature} from '../support/senders.mjs';

const kPushes = 100;
// Savepoint and release; project, duplicate, waiting scan; scan, receipt, event and two audit rows.
const kStatementsOfPush = 10;
// BEGIN, the head of the audit chain, COMMIT.
const kStatementsOfGroup = 3;
// What the hub does by itself meanwhile: a data key of a new month, housekeeping.
const kSlack = 20;

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const url = 'https://github.com/shop/counted';
const {secret} = await hub.project((await hub.team('Payments')).id, url);

let number = 0;
const nextPush = () => {
    number += 1;
    return githubPush({url, ref: `refs/heads/branch-${number}`, after: String(number).padStart(40, '0')});
};

async function counts() {
    const {text} = await hub.nobody.get('/metrics');
    const value = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)[1]);
    return {commits: value('trusthub_store_commits'), statements: value('trusthub_store_statements')};
}

async function costOf(action) {
    const before = await counts();
    await action();
    const afterwards = await counts();
    return {commits: afterwards.commits - before.commits, statements: afterwards.statements - before.statements};
}

/// All requests leave at once, each on a connection of its own that is open already.
async function pushAtOnce() {
    const connections = Array.from({length: kPushes}, () => new RawConnection(hub));
    await Promise.all(connections.map((connection) => connection.open));
    const requests = connections.map((_, i) => {
        const body = JSON.stringify(nextPush());
        return 'POST /v1/webhooks/github HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n' +
            `X-GitHub-Event: push\r\nX-GitHub-Delivery: at-once-${number}-${i}\r\n` +
            `X-Hub-Signature-256: ${sha256Signature(secret, body)}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    });
    const cost = await costOf(async () => {
        connections.forEach((connection, i) => connection.write(requests[i]));
        await until(() => connections.every(({received}) => received.includes('"enqueued"')), 'every push is answered');
    });
    assert.ok(connections.every(({received}) => responsesIn(received).status === 200));
    for (const connection of connections) connection.end();
    return cost;
}

// The first push makes the data keys.
expect(await sendGithub(hub, {secret, payload: nextPush()}), 200);

test('a push on its own costs one commit and 13 statements', async () => {
    const cost = await costOf(async () => {
        for (let i = 0; i < kPushes; ++i) expect(await sendGithub(hub, {secret, payload: nextPush()}), 200);
    });
    assert.ok(cost.commits >= kPushes && cost.commits <= kPushes + kSlack, `${cost.commits} commits`);
    assert.ok(cost.statements <= kPushes * (kStatementsOfPush + kStatementsOfGroup) + kSlack,
              `${cost.statements / kPushes} statements a push`);
});

test('100 pushes at once share commits', async () => {
    // How many meet in a group is up to the machine: one round of some must show that they do.
    const rounds = [];
    while (rounds.length < 5 && !rounds.some(({commits}) => commits <= kPushes / 2)) rounds.push(await pushAtOnce());
    assert.ok(rounds.some(({commits}) => commits <= kPushes / 2), `commits: ${rounds.map(({commits}) => commits)}`);
    for (const {commits, statements} of rounds)
        assert.ok(statements <= kPushes * kStatementsOfPush + commits * kStatementsOfGroup + kSlack,
                  `${statements} statements in ${commits} commits`);
});
