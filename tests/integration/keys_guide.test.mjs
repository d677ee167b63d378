// story: every command of docs/keys-roles-webhooks.md shows what stands beside it
import assert from 'node:assert/strict';
import test, {before} from 'node:test';

import {answersOf, checkStep, commandsOf, documentText, startTrialHub, stepsOf} from '../support/guide.mjs';

const kGuide = documentText('docs/keys-roles-webhooks.md');
const steps = stepsOf(kGuide);

const answers = [];
before(async () => {
    const {hub, closed} = await trial();
    try {
        answers.push(...(await answersOf(hub, steps)));
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

test('a paragraph that says what to look for counts to its end, whatever its lines', () => {
    const block = (look) => `So it is:\n\n\`\`\`sh\ntrue\n\`\`\`\n\nLook for ${look}`;
    const text = `${block('`one`,\n`two` and no `three`: not `this`.\n\n')}Beside it \`other\`.\n\n${block('`four`\nand `five`.\n')}`;
    const read = stepsOf(text).map(({wanted, unwanted}) => [wanted, unwanted]);
    assert.deepEqual(read, [[['one', 'two'], ['three']], [['four', 'five'], []]]);
});

for (const [index, step] of steps.entries())
    test(`step ${index + 1}: ${step.statement}`, () => checkStep(step, answers[index]));
