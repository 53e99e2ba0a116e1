import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cancel, Clock, Logger } from '@flotilla/base';
import type { MvccStore } from '@flotilla/mvcc';
import { snapshotRetryMs } from '../limits.js';
import type { Member } from '../member.js';
import { formatId } from '../node/ids.js';
import { encodeSnapshot } from './encode-snapshot.js';
import { planSnapshots, type SchedulePlanOptions, snapshotName } from './schedule-plan.js';
import { writeSnapshotFile } from './snapshot-file.js';

/** `--snapshot-schedule-*` */
export interface SnapshotSchedule {
  readonly intervalMs: number;
  readonly dir: string;
  /** How many are kept. */
  readonly retention: number;
}

/**
 * Saves a snapshot at each interval, one at a time, and removes old ones. The folder remembers when the last one was, so
 * restarts neither add nor miss any. What goes wrong is logged, and tried again.
 */
export function startSnapshotSchedule(member: Member<MvccStore>, schedule: SnapshotSchedule, clock: Clock, log: Logger): Cancel {
  let stopped = false;
  let cancel: Cancel = () => {};
  const run = () => {
    saveIfDue(member, schedule, clock, log)
      .catch((error: unknown) => {
        log.error({ err: error, dir: schedule.dir }, 'scheduled snapshot failed');
        return Math.min(snapshotRetryMs, schedule.intervalMs);
      })
      .then((waitMs) => {
        if (!stopped) cancel = clock.after(waitMs, run);
      });
  };
  run();
  return () => {
    stopped = true;
    cancel();
  };
}

/** @returns how long to wait until the next look, in milliseconds */
async function saveIfDue(member: Member<MvccStore>, schedule: SnapshotSchedule, clock: Clock, log: Logger): Promise<number> {
  const { dir, intervalMs, retention } = schedule;
  const options = { clusterId: formatId(member.clusterId), memberName: member.name, intervalMs, retention };
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const { waitMs } = await tidy(dir, options, clock);
  if (waitMs > 0) return waitMs;
  const path = join(dir, snapshotName(options, clock.wallMs()));
  const beganMs = clock.monotonicMs();
  const { contentBytes, blobs } = await encodeSnapshot(member);
  await writeSnapshotFile(path, blobs);
  log.info({ path, bytes: contentBytes, tookMs: Math.round(clock.monotonicMs() - beganMs) }, 'saved scheduled snapshot');
  return (await tidy(dir, options, clock)).waitMs;
}

async function tidy(dir: string, options: SchedulePlanOptions, clock: Clock): Promise<{ readonly waitMs: number }> {
  const plan = planSnapshots(await readdir(dir), options, clock.wallMs());
  for (const name of plan.remove) await rm(join(dir, name), { force: true });
  return plan;
}
