import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock, silentLogger } from '@flotilla/base';
import { encodeCommand } from '@flotilla/mvcc';
import { parseAutoCompaction, startAutoCompaction } from './auto-compaction.js';
import { LoneMember } from './server/lone-member.js';

async function putTimes(member: LoneMember, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await member.propose(encodeCommand({ put: { key: Buffer.from('k'), value: Buffer.from(String(i)) } }));
  }
}

test('the flags are read as etcd reads them', () => {
  for (const [mode, retention, expected] of [
    ['periodic', '0', { mode: 'off' }],
    ['periodic', '2', { mode: 'periodic', retentionMs: 7_200_000 }],
    ['periodic', '10m', { mode: 'periodic', retentionMs: 600_000 }],
    ['revision', '1000', { mode: 'revision', revisions: 1_000 }],
  ] as const) {
    assert.deepEqual(parseAutoCompaction(mode, retention), expected);
  }
  assert.throws(() => parseAutoCompaction('never', '1'), /unexpected value "never" for --auto-compaction-mode/);
  assert.throws(() => parseAutoCompaction('revision', '1h'), /want a number of revisions/);
  assert.throws(() => parseAutoCompaction('periodic', 'soon'), /want a duration/);
});

test('periodic compaction keeps the history of its retention', async () => {
  const clock = new ManualClock();
  const member = new LoneMember();
  const stop = startAutoCompaction(member, { mode: 'periodic', retentionMs: 1_000 }, clock, silentLogger);
  await putTimes(member, 5);
  clock.advance(1_000);
  assert.equal(member.store.compactRevision, 0, 'nothing is old enough');
  await putTimes(member, 5);
  clock.advance(100);
  assert.equal(member.store.compactRevision, 6, 'what was there a retention ago');
  stop();
  assert.equal(clock.pending, 0);
});

test('revision compaction keeps so many revisions', async () => {
  const clock = new ManualClock();
  const member = new LoneMember();
  const stop = startAutoCompaction(member, { mode: 'revision', revisions: 3 }, clock, silentLogger);
  await putTimes(member, 9);
  clock.advance(300_000);
  assert.equal(member.store.compactRevision, 7);
  stop();
});

test('users that have to sign in do not keep a member from compacting by itself', async () => {
  const clock = new ManualClock();
  const member = new LoneMember();
  const stop = startAutoCompaction(member, { mode: 'revision', revisions: 3 }, clock, silentLogger);
  await putTimes(member, 9);
  for (const auth of [
    { kind: 'userAdd', user: 'root' },
    { kind: 'roleAdd', role: 'root' },
    { kind: 'userGrantRole', user: 'root', role: 'root' },
    { kind: 'enable' },
  ] as const) {
    await member.propose(encodeCommand({ auth }));
  }
  assert.equal(member.store.auth.enabled, true);
  clock.advance(300_000);
  assert.equal(member.store.compactRevision, 7);
  stop();
});
