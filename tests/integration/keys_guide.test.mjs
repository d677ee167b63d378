// story: every command of docs/keys-roles-webhooks.md shows what stands beside it
import assert from 'node:assert/strict';
import test, {before} from 'node:test';

import {commandsOf, documentText, quickStart, runAsReader, startTrialHub} from '../support/guide.mjs';

const kGuide = documentText('docs/keys-roles-webhooks.md');
const kMark = '@@@ step';
const kTimes = {twice: 2, 'three times': 3, 'five times': 5};

/// Each block with the statement before it and what its answer is to hold. Statuses are named in their order, once for each.
const steps = [...kGuide.matchAll(/([^\n]+)\n\n```sh\n([\s\S]*?)^```\n\nLook for ([\s\S]*?)(?:\n\n|\n$|$)/gm)].map(
    ([, statement, command, look]) => {
        // Up to the first remark: what follows `;`, `:`, `(` or the full stop is for the reader only.
        const [naming] = /^(?:`[^`]+`|[^`;:(.])*/.exec(look);
        const named = [...naming.matchAll(/(no )?`([^`]+)`(?:,? (twice|three times|five times))?/g)];
        const of = (no) => named.filter((match) => Boolean(match[1]) === no).map((match) => match[2]);
        const statuses = named.flatMap(([, , part, times]) =>
            part.startsWith('HTTP/') ? Array(kTimes[times] ?? 1).fill(part) : [],
        );
        return {statement, command, wanted: of(false), unwanted: of(true), statuses};
    },
);

/// What each step answered, errors of its tools included. A step that fails spoils no other one's report.
const answers = [];
before(async () => {
    const {hub, closed} = await trial();
    const script = steps.map(({command}, index) => `printf '\\n${kMark} ${index}\\n'\n${command}`).join('\n');
    try {
        const {stdout} = runAsReader(hub, `exec 2>&1\n${quickStart()}\n${script}`, {goOn: true});
        answers.push(...stdout.split(new RegExp(`^${kMark} \\d+$`, 'm')).slice(1));
    } finally {
        await closed();
    }
});

/// The hub lives as long as the script: all steps are one reader's session.
async function trial() {
    let close;
    const hub = await startTrialHub({after: (closing) => (close = closing)});
    return {hub, closed: () => close()};
}

test('each command of the guide says what to look for', () => {
    assert.ok(steps.length > 50, `${steps.length} steps`);
    assert.equal(steps.length, commandsOf(kGuide).length);
    for (const {statement, wanted} of steps) assert.ok(wanted.length > 0, statement);
});

for (const [index, {statement, wanted, unwanted, statuses}] of steps.entries())
    test(`step ${index + 1}: ${statement}`, () => {
        const answer = answers[index];
        assert.ok(answer, 'it was run');
        assert.doesNotMatch(answer, /^(bash|curl|jq|openssl|base32): /m);
        assert.deepEqual(answer.match(/HTTP\/1\.1 \d+/g) ?? [], statuses, answer);
        for (const part of wanted) assert.ok(answer.includes(part), `no ${part} in ${answer}`);
        for (const part of unwanted) assert.ok(!answer.includes(part), `${part} in ${answer}`);
    });
