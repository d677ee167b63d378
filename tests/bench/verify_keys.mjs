// verify_keys: from the text of an API key to its principal on one thread, over a hundred keys and
// over a million that were all used before.
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';

import {busyBefore, figuresOf, round} from './measure.mjs';

const kLimit = 300_000;
const kFlat = 0.67;  // no more than 1.5 times the time

export async function verifyKeys() {
    const busy = await busyBefore();
    const folder = mkdtempSync(join(process.env.TMPDIR, 'keys-'));
    const {few, many, ratio} = await figuresOf('bench_verify_keys', [folder, 100, 1_000_000]);
    const unit = 'verifications/s';
    const note = `${round(few)} over 100 keys, ${round(many)} over 1,000,000; ${busy}`;
    return [{name: 'verify_keys', value: round(many), unit, ratio: many / kLimit, bar: 1, note},
            {name: 'verify_keys_flat', value: round(many), unit, ratio, bar: kFlat}];
}
