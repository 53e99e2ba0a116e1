import assert from 'node:assert/strict';
import test from 'node:test';
import { ManualClock, seededRandom } from '@flotilla/base';
import { contractSuite } from '../contract/index.js';
import { openLocal } from './local-store.js';

const open = () => {
  const clock = new ManualClock();
  return { clock, kv: openLocal({ clock, random: seededRandom(1) }) };
};

contractSuite('local', async () => ({ kv: open().kv, close: async () => {} }));

test('a lease that nobody keeps alive expires', async () => {
  const { clock, kv } = open();
  const { id } = await kv.leaseGrant(10);
  const key = Buffer.from('a');
  await kv.put({ key, value: key, lease: id });
  clock.advance(9_000);
  assert.equal((await kv.range({ key })).count, 1);
  clock.advance(1_200);
  assert.equal((await kv.range({ key })).count, 0);
  await kv.close();
  assert.equal(clock.pending, 0);
});
