// [slow] kill -9 under load, fifty times, loses nothing that was acknowledged
import test from 'node:test';

import {killRounds} from './kill9.mjs';

const kRounds = Number(process.env.TRUSTHUB_ROUNDS ?? 50);

test(`after ${kRounds} kills under load every receipt, scan, event and audit row is there`, (t) =>
    killRounds(t, kRounds));
