// story: every command of docs/alerts-and-mail.md shows what stands beside it, with the configuration it names
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {after} from 'node:test';

import {answersOf, checkStep, commandsOf, documentText, startTrialHub, stepsOf} from '../support/guide.mjs';
import {authority, startMailSink} from './mail_sink.mjs';

const kGuide = documentText('docs/alerts-and-mail.md');
const steps = stepsOf(kGuide);
const [section] = /^mail:\n[\s\S]*?(?=^```)/m.exec(kGuide);

const ca = authority({after});
const password = 'a password in a file';
const sink = await startMailSink({after}, {...ca, user: 'trusthub', password});
const file = join(ca.folder, 'smtp-password');
writeFileSync(file, `${password}\n`);
const config = section
    .replace('smtp.example.com', `127.0.0.1\n  port: ${sink.port}\n  ca: ${ca.file}`)
    .replace('${file:smtp-password}', `\${file:${file}}`);
const hub = await startTrialHub({after}, {config});
const answers = await answersOf(hub, steps);

test('each command of the guide says what to look for', () => {
    assert.equal(steps.length, commandsOf(kGuide).length);
    for (const {statement, wanted} of steps) assert.ok(wanted.length > 0, statement);
});

for (const [index, step] of steps.entries())
    test(`step ${index + 1}: ${step.statement}`, () => checkStep(step, answers[index]));
