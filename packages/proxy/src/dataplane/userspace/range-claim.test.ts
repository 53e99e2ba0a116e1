import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, silentLogger } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import { RangeClaim } from './range-claim.js';

const deps = { clock: systemClock, random: seededRandom(1), log: silentLogger };
const address = { host: '127.72.1.0', port: 10_249 };

test('one of several holds the range; when it goes, another one takes over', async (t) => {
  const held: number[] = [];
  let wake = () => {};
  const claims = [0, 1, 2].map(
    (index) =>
      new RangeClaim(address, deps, () => {
        held.push(index);
        wake();
      }),
  );
  t.after(() => {
    for (const claim of claims) claim.close();
  });
  for (const claim of claims) await claim.start();
  assert.deepEqual(held, [0]);
  for (let i = 0; i < 2; i++) {
    const taken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    claims[held.at(-1)!]!.close();
    await taken;
  }
  assert.deepEqual([...held].sort(), [0, 1, 2]);
  assert.deepEqual(
    claims.map((claim) => claim.held),
    [0, 1, 2].map((index) => index === held[2]),
  );
});

test('a range that is not local is a clear error', async () => {
  const claim = new RangeClaim({ host: '203.0.113.0', port: 10_249 }, deps, () => {});
  await assert.rejects(claim.start(), { message: 'listen tcp 203.0.113.0:10249: bind: cannot assign requested address' });
  claim.close();
});
