import { statfs } from 'node:fs/promises';
import type { Cancel, Clock, Logger } from '@flotilla/base';
import type { Alarms } from './alarms.js';
import { databaseBytesPeriodMs, spaceLookBytesMin, spaceLookPart } from './limits.js';

export interface SpaceWatchOptions {
  readonly dataDir: string;
  /** The alarm goes up when the disk has less than this left. */
  readonly freeBytesMin: number;
  readonly alarms: Pick<Alarms, 'raise' | 'isUp'>;
  /** Looks up the size of the database on disk. */
  readonly measureDatabase: () => Promise<void>;
  /** All that was ever written to the log, in bytes. */
  readonly logBytesWritten: () => number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Bytes that the file system under a folder has left for us. Default: asks the kernel. */
  readonly freeBytes?: (dir: string) => Promise<number>;
}

/**
 * Looks at the size of the database and at what the disk has left, now and then, and when enough was written to change the answer.
 * Raises NOSPACE while there is still room to say so.
 */
export class SpaceWatch {
  readonly #options: SpaceWatchOptions;
  #cancel: Cancel = () => {};
  #stopped = false;
  #looking = false;
  /** The next look is due when the log has had this much. */
  #lookAtBytes = Number.POSITIVE_INFINITY;

  constructor(options: SpaceWatchOptions) {
    this.#options = options;
    this.#look();
  }

  /** Something was written to the log. */
  written(): void {
    if (!this.#looking && this.#options.logBytesWritten() >= this.#lookAtBytes) this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #look(): void {
    const { clock, log } = this.#options;
    if (this.#stopped) return;
    this.#cancel();
    this.#looking = true;
    this.#measure()
      .catch((error: unknown) => log.warn({ err: error }, 'cannot measure the database'))
      .finally(() => {
        this.#looking = false;
        if (!this.#stopped) this.#cancel = clock.after(databaseBytesPeriodMs, () => this.#look());
      });
  }

  async #measure(): Promise<void> {
    const { dataDir, freeBytesMin, alarms, measureDatabase, logBytesWritten, log, freeBytes = askKernel } = this.#options;
    const written = logBytesWritten();
    const free = await freeBytes(dataDir);
    this.#lookAtBytes = written + Math.max((free - freeBytesMin) * spaceLookPart, spaceLookBytesMin);
    if (free < freeBytesMin && !alarms.isUp('no-space')) {
      log.error({ dataDir, free, reserve: freeBytesMin }, 'the disk is nearly full: raising alarm NOSPACE');
      await alarms.raise('no-space');
    }
    await measureDatabase();
  }
}

async function askKernel(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}
