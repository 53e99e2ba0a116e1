import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock, seededRandom } from '@flotilla/base';
import { TargetPicker } from './target-picker.js';

const targets = [1, 2, 3].map((n) => ({ ip: `10.244.1.${n}`, port: 80 }));
const none = new Set<string>();

function picker(affinityMs?: number) {
  const clock = new ManualClock();
  const made = new TargetPicker(clock, seededRandom(1));
  made.update(targets, affinityMs);
  return { picker: made, clock };
}

test('everybody gets a turn, also across an update that changes nothing', () => {
  const { picker: turns } = picker();
  const first = [1, 2].map(() => turns.pick('c', none)?.ip);
  turns.update([...targets], undefined);
  const all = [...first, turns.pick('c', none)?.ip];
  assert.equal(new Set(all).size, 3);
  assert.equal(turns.pick('c', none)?.ip, all[0]);
});

test('those that refused are passed over, until none is left', () => {
  const { picker: turns } = picker();
  assert.equal(turns.pick('c', new Set(['10.244.1.1:80', '10.244.1.3:80']))?.ip, '10.244.1.2');
  assert.equal(turns.pick('c', new Set(['10.244.1.1:80', '10.244.1.2:80', '10.244.1.3:80'])), undefined);
});

test('with affinity a client stays, until it is quiet too long or its target goes', () => {
  const { picker: sticky, clock } = picker(10_000);
  const first = sticky.pick('a', none)!;
  for (let i = 0; i < 5; i++) {
    clock.advance(9_000);
    assert.deepEqual(sticky.pick('a', none), first);
    sticky.pick('b', none);
  }
  const refused = sticky.pick('a', new Set([`${first.ip}:80`]))!;
  assert.notDeepEqual(refused, first);
  assert.deepEqual(sticky.pick('a', none), refused, 'moved for good');
  sticky.update(
    targets.filter((target) => target.ip !== refused.ip),
    10_000,
  );
  assert.notDeepEqual(sticky.pick('a', none), refused);
  const before = sticky.pick('c', none);
  clock.advance(10_000);
  assert.notDeepEqual(sticky.pick('c', none), before, 'the next turn is somebody else');
});
