// story: every command of README's quick start works as it stands
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';

import {Hub, until} from '../support/hub.mjs';

const kReadme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const kTrial = readFileSync(new URL('../../config/trial.yaml', import.meta.url), 'utf8');
const kDemo = '/tmp/trusthub-demo';

/// The commands between the markers, joined as a reader pastes them one after the other.
function quickStart() {
    const part = kReadme.split('<!-- quickstart:begin')[1].split('<!-- quickstart:end')[0];
    return [...part.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]).join('\n');
}

test('story: every command of README\'s quick start works as it stands', async (t) => {
    assert.ok(kTrial.includes(kDemo), 'config/trial.yaml opens the folder that README uses');
    const hub = new Hub();
    t.after(() => hub.close());
    hub.configure('scans: {allow_local: [demo]}');
    await hub.start();
    await until(() => readFileSync(join(hub.data, 'setup-link')), 'the set-up link');
    // Only what differs from one reader's machine to another: address, data folder, demo folder.
    const script = quickStart()
        .replace('HUB=http://127.0.0.1:8080', `HUB=${hub.base}`)
        .replaceAll('data/setup-link', join(hub.data, 'setup-link'))
        .replaceAll(kDemo, join(hub.folder, 'demo'));
    assert.ok(script.includes(`HUB=${hub.base}`), 'README names the address');
    const run = spawnSync('bash', ['-euo', 'pipefail', '-c', script],
                          {encoding: 'utf8', env: {PATH: process.env.PATH, HOME: hub.folder}, timeout: 120_000});
    const output = `${run.stdout}\n${run.stderr}`;
    assert.equal(run.status, 0, output);
    assert.match(run.stdout, /"status": "succeeded"/);
    assert.match(run.stdout, /"pkg:pypi\/requests@2\.32\.3"/);
    assert.match(run.stdout, /"attempt_log": \[\s*\{/);
    assert.match(run.stdout, /"target_table": "webhook_deliveries"/);
    assert.match(run.stdout, /"intact": true/);
    assert.match(run.stdout, /"trigger": "api"/);
    assert.doesNotMatch(output, /"status": ?[45]\d\d/, 'no command answers an error');
});
