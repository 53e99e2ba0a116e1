import { test } from 'node:test';
import { decoderTargets } from './decoders.js';
import { attack } from './fuzz.js';

for (const seed of [1, 2, 3, 4]) {
  test(`whatever decoders are given, they decode or refuse it (seed ${seed})`, () => attack(decoderTargets, seed, 1_500));
}
