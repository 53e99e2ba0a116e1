import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { ManualClock, silentLogger } from '@flotilla/base';
import { Alarms } from './alarms.js';
import { databaseBytesPeriodMs, spaceLookBytesMin } from './limits.js';
import { LoneMember } from './server/lone-member.js';
import { SpaceWatch } from './space-watch.js';

const freeBytesMin = 1_000_000;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test('the database is measured now and again, and NOSPACE goes up while the disk still has its reserve', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'flotilla-space-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const clock = new ManualClock();
  const member = new LoneMember();
  let free = freeBytesMin;
  let looks = 0;
  let measured = 0;
  const written = 0;
  const watch = new SpaceWatch({
    ...{ dataDir, freeBytesMin, clock, log: silentLogger, alarms: new Alarms(member, silentLogger) },
    measureDatabase: async () => {
      measured++;
    },
    logBytesWritten: () => written,
    freeBytes: async () => {
      looks++;
      return free;
    },
  });
  await until(() => looks === 1 && clock.pending === 1);
  assert.equal(measured, 1);
  assert.deepEqual(member.store.alarms(), []);
  free = freeBytesMin - 1;
  clock.advance(databaseBytesPeriodMs);
  await until(() => clock.pending === 1);
  assert.deepEqual(member.store.alarms(), [{ memberId: member.id, type: 'no-space' }]);
  const { raftIndex } = member.status();
  clock.advance(databaseBytesPeriodMs);
  await until(() => clock.pending === 1);
  assert.equal(looks, 3);
  assert.equal(member.status().raftIndex, raftIndex, 'an alarm that is up is not raised again');
  watch.stop();
  clock.advance(databaseBytesPeriodMs);
  assert.equal(looks, 3);
});

test('what the kernel says of a real folder is enough for tests', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'flotilla-space-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const clock = new ManualClock();
  const member = new LoneMember();
  const watch = new SpaceWatch({
    ...{ dataDir, freeBytesMin, clock, log: silentLogger, alarms: new Alarms(member, silentLogger) },
    measureDatabase: async () => {},
    logBytesWritten: () => 0,
  });
  await until(() => clock.pending === 1);
  assert.deepEqual(member.store.alarms(), []);
  watch.stop();
});

test('who writes fast is looked at sooner', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'flotilla-space-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const clock = new ManualClock();
  const member = new LoneMember();
  let [free, written, looks] = [101_000_000, 0, 0];
  const watch = new SpaceWatch({
    ...{ dataDir, freeBytesMin, clock, log: silentLogger, alarms: new Alarms(member, silentLogger) },
    measureDatabase: async () => {},
    logBytesWritten: () => written,
    freeBytes: async () => {
      looks++;
      return free;
    },
  });
  const wrote = async (bytes: number) => {
    written += bytes;
    watch.written();
    await until(() => clock.pending === 1);
  };
  await wrote(0);
  await wrote(12_400_000);
  assert.equal(looks, 1, 'an eighth of what there is to take is not taken yet');
  await wrote(200_000);
  assert.equal(looks, 2);
  free = freeBytesMin - 1;
  await wrote(13_000_000);
  assert.deepEqual(member.store.alarms(), [{ memberId: member.id, type: 'no-space' }]);
  await wrote(spaceLookBytesMin - 1);
  assert.equal(looks, 3, 'and with nothing left to take, not at every write');
  watch.stop();
});
