// story: every command of README's quick start works as it stands
import assert from 'node:assert/strict';
import test from 'node:test';

import {quickStart, runAsReader, startTrialHub} from '../support/guide.mjs';

test('story: every command of README\'s quick start works as it stands', async (t) => {
    const {stdout, output} = await runAsReader(await startTrialHub(t), quickStart());
    assert.match(stdout, /"status": "succeeded"/);
    assert.match(stdout, /"pkg:pypi\/requests@2\.32\.3"/);
    assert.match(stdout, /"attempt_log": \[\s*\{/);
    assert.match(stdout, /"target_table": "webhook_deliveries"/);
    assert.match(stdout, /"intact": true/);
    assert.match(stdout, /"trigger": "api"/);
    assert.match(stdout, /\/invitation#token=/);
    assert.doesNotMatch(output, /"status": ?[45]\d\d/, 'no command answers an error');
});
