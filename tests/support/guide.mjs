// Guides under test: the commands of a document, run as a reader pastes them, against a hub of the test's own.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

import {Hub, until} from './hub.mjs';

const kDemo = '/tmp/trusthub-demo';

/// A document of the repository, by its path there.
export const documentText = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/// What stands in the shell blocks, each as it is pasted.
export const commandsOf = (text) => [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]);

/// README's quick start as one script.
export function quickStart() {
    const part = documentText('README.md').split('<!-- quickstart:begin')[1].split('<!-- quickstart:end')[0];
    return commandsOf(part).join('\n');
}

/// A hub as `config/trial.yaml` makes it, not set up yet.
export async function startTrialHub(t) {
    assert.ok(documentText('config/trial.yaml').includes(kDemo), 'config/trial.yaml opens the folder of the guides');
    const hub = new Hub();
    t.after(() => hub.close());
    hub.configure('scans: {allow_local: [demo]}');
    await hub.start();
    await until(() => readFileSync(join(hub.data, 'setup-link')), 'the set-up link');
    return hub;
}

/// Runs the script; each of its commands must succeed, unless `goOn`. Only what differs from one reader's
/// machine to another is replaced: address, data folder, demo folder. `output` holds errors too.
export function runAsReader(hub, script, {goOn = false} = {}) {
    const here = script
        .replace('HUB=http://127.0.0.1:8080', `HUB=${hub.base}`)
        .replaceAll('data/setup-link', join(hub.data, 'setup-link'))
        .replaceAll(kDemo, join(hub.folder, 'demo'));
    assert.ok(here.includes(`HUB=${hub.base}`), 'the guide names the address');
    const env = {PATH: process.env.PATH, HOME: hub.folder};
    const run = spawnSync('bash', [goOn ? '-u' : '-eu', '-o', 'pipefail', '-c', here], {
        encoding: 'utf8', env, timeout: 120_000, maxBuffer: 16 << 20,
    });
    const output = `${run.stdout}\n${run.stderr}`;
    if (!goOn) assert.equal(run.status, 0, output);
    return {stdout: run.stdout, output};
}
