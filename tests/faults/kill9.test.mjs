// kill -9 under load loses nothing that was acknowledged
import test from 'node:test';

import {killRounds} from './kill9.mjs';

test('after five kills under load every receipt, scan, event and audit row is there', (t) =>
    killRounds(t, 5));
