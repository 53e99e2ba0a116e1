import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type Logger, ManualClock, silentLogger } from '@flotilla/base';
import type { StoredContents } from '@flotilla/mvcc';
import { LoneMember } from '../server/lone-member.js';
import { planSnapshots, snapshotName } from './schedule-plan.js';
import { startSnapshotSchedule } from './snapshot-schedule.js';
import { snapshotStatus } from './snapshot-status.js';

const options = { clusterId: 'c1', memberName: 'n1', intervalMs: 60_000, retention: 2 };
const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const at = (agoMs: number, memberName = 'n1') => snapshotName({ ...options, memberName }, now - agoMs);

test('names tell cluster, time and member', () => {
  assert.equal(snapshotName(options, now + 678), 'c1-20260102T030405Z-n1.snapshot');
  assert.equal(snapshotName({ ...options, memberName: 'a/b c' }, now), 'c1-20260102T030405Z-a_b_c.snapshot');
});

test('when a snapshot is due, and what goes', () => {
  for (const [what, names, waitMs, remove] of [
    ['an empty folder', [], 0, []],
    ['the last one is old enough', [at(60_000)], 0, []],
    ['it is not', [at(20_000)], 40_000, []],
    ['another member made one', [at(90_000), at(10_000, 'n2')], 50_000, []],
    [
      'more than are to be kept, whoever made them',
      [at(1_000), at(70_000, 'n2'), at(140_000), at(200_000)],
      59_000,
      [at(140_000), at(200_000)],
    ],
    ['one is being written', [`${at(5_000, 'n2')}.part`], 55_000, []],
    ['its writer died', [`${at(60_000, 'n2')}.part`], 0, [`${at(60_000, 'n2')}.part`]],
    ['a clock was ahead', [at(-600_000)], 60_000, []],
    [
      'files of others',
      ['c2-20260102T030405Z-n1.snapshot', 'c1-20260102T030405Z-n1.txt', 'notes', 'c1-nonsense.snapshot'],
      0,
      [],
    ],
  ] as const) {
    assert.deepEqual(planSnapshots(names, options, now), { waitMs, remove }, what);
  }
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function start(t: TestContext, schedule: { dir?: string; log?: Logger; member?: LoneMember; clock?: ManualClock } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-schedule-'));
  const {
    dir = join(folder, 'made', 'by', 'it'),
    log = silentLogger,
    member = new LoneMember(),
    clock = new ManualClock(),
  } = schedule;
  const stop = startSnapshotSchedule(member, { dir, intervalMs: 60_000, retention: 2 }, clock, log);
  t.after(() => {
    stop();
    rmSync(folder, { recursive: true });
  });
  return { dir, clock, member, stop, idle: () => until(() => clock.pending === 1), folder };
}

test('snapshots are saved at each interval, and the newest are kept', async (t) => {
  const { dir, clock, idle, member } = start(t);
  await idle();
  const [first = ''] = readdirSync(dir);
  assert.equal((await snapshotStatus(join(dir, first))).revision, member.store.revision);
  clock.advance(59_000);
  await idle();
  assert.deepEqual(readdirSync(dir), [first]);
  for (let i = 0; i < 3; i++) {
    clock.advance(60_000);
    await idle();
  }
  const kept = readdirSync(dir).sort();
  assert.equal(kept.length, 2);
  assert.ok(!kept.includes(first));
});

test('members that share a folder share the work', async (t) => {
  const { dir, clock, idle } = start(t);
  await idle();
  const other = new ManualClock();
  other.advance(clock.monotonicMs() + 5_000);
  const second = start(t, { dir, clock: other });
  await second.idle();
  assert.equal(readdirSync(dir).length, 1);
});

test('a folder that takes nothing costs a line in the log, and the next attempt comes', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-schedule-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const dir = join(folder, 'dir');
  writeFileSync(dir, 'in the way');
  const lines: string[] = [];
  const log = { ...silentLogger, error: (_fields: object, message: string) => void lines.push(message) } as Logger;
  const { clock, idle } = start(t, { dir, log });
  await idle();
  assert.deepEqual(lines, ['scheduled snapshot failed']);
  rmSync(dir);
  clock.advance(60_000);
  await idle();
  assert.equal(lines.length, 1);
  assert.equal(readdirSync(dir).length, 1);
});

test('a snapshot that fails half-way leaves nothing behind', async (t) => {
  const member = new LoneMember();
  const { contents } = member.store;
  member.store.contents = (): StoredContents => ({
    ...contents.call(member.store),
    pages: (async function* () {
      yield [[new Uint8Array(1), new Uint8Array(200_000)]] as const;
      throw new Error('the disk is gone');
    })(),
  });
  const lines: string[] = [];
  const log = { ...silentLogger, error: (_fields: object, message: string) => void lines.push(message) } as Logger;
  const { dir, idle } = start(t, { member, log });
  await idle();
  assert.deepEqual(lines, ['scheduled snapshot failed']);
  assert.deepEqual(readdirSync(dir), []);
});
