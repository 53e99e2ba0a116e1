import type { Cancel, Clock, Logger } from '@flotilla/base';
import { storeErrors } from '@flotilla/mvcc';
import { diskFullRetryMs, slowDiskMs } from '../limits.js';
import type { DiskReserve } from './disk-reserve.js';

export interface DiskWriterOptions {
  readonly reserve: DiskReserve;
  readonly clock: Clock;
  readonly log: Logger;
  /** The disk is full: said once each time it fills up. */
  readonly onFull: () => void;
}

/**
 * What is written: to the log, to the state behind it, or for somebody who waits for an answer. A full disk is waited out, but for the
 * last, who is told. What room there is goes to the log first: that the disk is full has to stand in it before puts are refused.
 */
export type WriteKind = 'log' | 'state' | 'asked';

/** Does writes, waits out a full disk, and tells of a slow one. */
export class DiskWriter {
  readonly #options: DiskWriterOptions;
  #full = false;
  #restoreAtMs = 0;
  #closed = false;
  readonly #wakeAll = new Set<() => void>();
  /** Observes the seconds of each write of the log. */
  onWrite: (seconds: number) => void = () => {};
  /** Observes the seconds of each write of the state. */
  onFlush: (seconds: number) => void = () => {};

  constructor(options: DiskWriterOptions) {
    this.#options = options;
  }

  /** The last that was heard of the disk is that it takes nothing. */
  get full(): boolean {
    return this.#full;
  }

  /**
   * Runs `write` until the disk has taken it: a full disk is tried again and again.
   * @throws whatever else goes wrong; NOSPACE to who asked for it; a full disk's error once this is closed
   */
  async run(kind: WriteKind, write: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await (kind === 'log' ? this.#timed(write) : kind === 'state' ? this.#observed(write) : write());
        if (this.#full) await this.#recovered();
        return;
      } catch (error) {
        if (!isDiskFull(error) || this.#closed) throw error;
        if (!(await this.#makeRoom(kind, attempt)) && kind === 'asked') throw storeErrors.noSpace();
      }
    }
  }

  /** Waits for nothing any more. */
  close(): void {
    this.#closed = true;
    for (const wake of this.#wakeAll) wake();
  }

  async #observed(write: () => Promise<void>): Promise<void> {
    const { clock } = this.#options;
    const beganMs = clock.monotonicMs();
    await write();
    this.onFlush((clock.monotonicMs() - beganMs) / 1_000);
  }

  async #timed(write: () => Promise<void>): Promise<void> {
    const { clock, log } = this.#options;
    const beganMs = clock.monotonicMs();
    let slow = false;
    const cancel = clock.after(slowDiskMs, () => {
      slow = true;
      log.warn({ expectedMs: slowDiskMs }, 'slow disk: a synced write to the data directory has not come back yet');
    });
    try {
      await write();
    } finally {
      cancel();
      const tookMs = clock.monotonicMs() - beganMs;
      this.onWrite(tookMs / 1_000);
      if (slow) log.warn({ tookMs: Math.round(tookMs) }, 'slow disk: the write came back');
    }
  }

  /** @returns whether there is some; what waits otherwise has waited */
  async #makeRoom(kind: WriteKind, attempt: number): Promise<boolean> {
    const { reserve, log, onFull } = this.#options;
    if (!this.#full) {
      this.#full = true;
      log.error({}, 'the disk is full: nothing that needs space is accepted until there is some');
      onFull();
    }
    if (kind !== 'state' || attempt > 1) {
      if (await reserve.release()) return true;
    }
    if (kind !== 'asked') await this.#pause();
    return false;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.#wakeAll.delete(end);
        resolve();
      };
      const cancel: Cancel = this.#options.clock.after(diskFullRetryMs, end);
      this.#wakeAll.add(end);
    });
  }

  /** A write came through. Whether there is room again, only taking the reserve back can tell; that is not for every write. */
  async #recovered(): Promise<void> {
    const { reserve, clock, log } = this.#options;
    if (clock.monotonicMs() < this.#restoreAtMs) return;
    this.#restoreAtMs = clock.monotonicMs() + diskFullRetryMs;
    await reserve.restore();
    if (!reserve.held) return;
    this.#full = false;
    log.info({}, 'there is room on the disk again');
  }
}

function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) return true;
  return /no space left|disk quota exceeded/i.test(error.message) || isDiskFull(error.cause);
}
