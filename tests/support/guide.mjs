// Guides under test: the commands of a document, run as a reader pastes them, against a hub of the test's own.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

import {Hub, until} from './hub.mjs';

const kDemo = '/tmp/trusthub-demo';

/// A document of the repository, by its path there.
export const documentText = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/// What stands in the shell blocks, each as it is pasted.
export const commandsOf = (text) => [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]);

const kTimes = {twice: 2, 'three times': 3, 'five times': 5};

/// Each block with the statement before it and what its answer is to hold. Statuses are named in their order, once
/// for each.
export const stepsOf = (text) =>
    [...text.matchAll(/([^\n]+)\n\n```sh\n([\s\S]*?)^```\n\nLook for ([\s\S]*?)(?:\n\n|\n*$(?![\s\S]))/gm)].map(
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

/// A script that says nothing for so long hangs.
const kSilence = 120_000;

const kMark = '@@@ step';

/// What each step answered, errors of its tools included, after README's quick start. A step that fails spoils no
/// other one's report.
export async function answersOf(hub, steps) {
    const script = steps.map(({command}, index) => `printf '\\n${kMark} ${index}\\n'\n${command}`).join('\n');
    const {stdout} = await runAsReader(hub, `exec 2>&1\n${quickStart()}\n${script}`, {goOn: true});
    return stdout.split(new RegExp(`^${kMark} \\d+$`, 'm')).slice(1);
}

/// The answer must be there, free of complaints of the tools, and hold what the step says.
export function checkStep({wanted, unwanted, statuses}, answer) {
    assert.ok(answer, 'it was run');
    assert.doesNotMatch(answer, /^(bash|curl|jq|openssl|base32): /m);
    assert.deepEqual(answer.match(/HTTP\/1\.1 \d+/g) ?? [], statuses, answer);
    for (const part of wanted) assert.ok(answer.includes(part), `no ${part} in ${answer}`);
    for (const part of unwanted) assert.ok(!answer.includes(part), `${part} in ${answer}`);
}

/// README's quick start as one script.
export function quickStart() {
    const part = documentText('README.md').split('<!-- quickstart:begin')[1].split('<!-- quickstart:end')[0];
    return commandsOf(part).join('\n');
}

/// A hub as `config/trial.yaml` makes it, with further lines of configuration, not set up yet.
export async function startTrialHub(t, {config = '', env = {}} = {}) {
    assert.ok(documentText('config/trial.yaml').includes(kDemo), 'config/trial.yaml opens the folder of the guides');
    const hub = new Hub({env});
    t.after(() => hub.close());
    hub.configure(`scans: {allow_local: [demo]}\n${config}`);
    await hub.start();
    await until(() => readFileSync(join(hub.data, 'setup-link')), 'the set-up link');
    return hub;
}

/// Runs the script; each of its commands must succeed, unless `goOn`. Only what differs from one reader's
/// machine to another is replaced: address, data folder, demo folder. `output` holds errors too.
export async function runAsReader(hub, script, {goOn = false} = {}) {
    const here = script
        .replace('HUB=http://127.0.0.1:8080', `HUB=${hub.base}`)
        .replaceAll('data/setup-link', join(hub.data, 'setup-link'))
        .replaceAll(kDemo, join(hub.folder, 'demo'));
    assert.ok(here.includes(`HUB=${hub.base}`), 'the guide names the address');
    const env = {PATH: process.env.PATH, HOME: hub.folder};
    // Not waiting in its place: what the script talks to may live in this process.
    const bash = spawn('bash', [goOn ? '-u' : '-eu', '-o', 'pipefail', '-c', here], {
        env, stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = {stdout: '', stderr: ''};
    // However long it takes on a busy machine, it goes on; what hangs says nothing more.
    let silent = false;
    const hangs = () => {
        silent = true;
        bash.kill();
    };
    let watch = setTimeout(hangs, kSilence);
    for (const name of ['stdout', 'stderr'])
        bash[name].setEncoding('utf8').on('data', (text) => {
            said[name] += text;
            clearTimeout(watch);
            watch = setTimeout(hangs, kSilence);
        });
    const status = await new Promise((resolve, reject) => bash.on('error', reject).on('close', resolve));
    clearTimeout(watch);
    const output = `${said.stdout}\n${said.stderr}`;
    assert.ok(!silent, `the script said nothing more for ${kSilence} ms, after: ${output.slice(-2000)}`);
    if (!goOn) assert.equal(status, 0, output);
    return {stdout: said.stdout, output};
}
