import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diskBudget } from './disk-budget.js';

const mebibyte = 1_048_576;

for (const [diskMiB, quotaMiB, logMiB, segmentMiB, memoryMiB, freeMiB] of [
  [100_000, 2_048, 128, 16, 64, 64],
  [100_000, 0, 128, 16, 64, 64],
  [100_000, 256, 32, 4, 16, 64],
  [512, 2_048, 64, 8, 32, 64],
  [256, 2_048, 32, 4, 16, 64],
  [64, 2_048, 16, 2, 8, 32],
  [100_000, 4, 16, 2, 8, 64],
] as const) {
  test(`a disk of ${diskMiB} MiB with a quota of ${quotaMiB} MiB`, () => {
    assert.deepEqual(diskBudget(diskMiB * mebibyte, quotaMiB * mebibyte), {
      logBytesMax: logMiB * mebibyte,
      segmentBytes: segmentMiB * mebibyte,
      unflushedBytesMax: memoryMiB * mebibyte,
      uncommittedBytesMax: memoryMiB * mebibyte,
      freeBytesMin: freeMiB * mebibyte,
    });
  });
}
