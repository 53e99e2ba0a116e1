import { statfs } from 'node:fs/promises';
import type { Cancel, Clock, Logger } from '@flotilla/base';
import type { Alarms } from './alarms.js';
import { databaseBytesPeriodMs } from './limits.js';

export interface SpaceWatchOptions {
  readonly dataDir: string;
  /** The alarm goes up when the disk has less than this left. */
  readonly freeBytesMin: number;
  readonly alarms: Pick<Alarms, 'raise' | 'isUp'>;
  /** Looks up the size of the database on disk. */
  readonly measureDatabase: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Bytes that the file system under a folder has left for us. Default: asks the kernel. */
  readonly freeBytes?: (dir: string) => Promise<number>;
}

/**
 * Looks at the size of the database and at what the disk has left, now and then: both change slowly. Raises NOSPACE while
 * there is still room to say so.
 */
export function watchSpace(options: SpaceWatchOptions): Cancel {
  const { clock, log } = options;
  let cancel: Cancel = () => {};
  let stopped = false;
  const again = () => {
    measure(options)
      .catch((error: unknown) => log.warn({ err: error }, 'cannot measure the database'))
      .finally(() => {
        if (!stopped) cancel = clock.after(databaseBytesPeriodMs, again);
      });
  };
  again();
  return () => {
    stopped = true;
    cancel();
  };
}

async function measure(options: SpaceWatchOptions): Promise<void> {
  const { dataDir, freeBytesMin, alarms, measureDatabase, log, freeBytes = askKernel } = options;
  await measureDatabase();
  const free = await freeBytes(dataDir);
  if (free >= freeBytesMin || alarms.isUp('no-space')) return;
  log.error({ dataDir, free, reserve: freeBytesMin }, 'the disk is nearly full: raising alarm NOSPACE');
  await alarms.raise('no-space');
}

async function askKernel(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}
