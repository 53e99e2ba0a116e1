import { type Random, randomInt } from '@flotilla/base';
import type { EventQueue } from './event-queue.js';
import type { Host } from './host.js';

/** Where in an operation the machine loses its power. */
export type CrashPhase = 'before' | 'during' | 'after';

export interface DiskFaults {
  /** What each operation takes. */
  readonly minMs: number;
  readonly maxMs: number;
}

export const healthyDisk: DiskFaults = { minMs: 0.1, maxMs: 3 };

/** The time and the moods of one machine's disk, which its files and its database share. */
export class Disk {
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #host: Host;
  #fuse: { operations: number; readonly phase: CrashPhase; readonly crash: () => void } | undefined;
  faults: DiskFaults = healthyDisk;
  /** What can still be written, in bytes; without any, not even a name or a mark. What is removed is free again. */
  freeBytes = Number.POSITIVE_INFINITY;

  constructor(queue: EventQueue, random: Random, host: Host) {
    this.#queue = queue;
    this.#random = random;
    this.#host = host;
  }

  get random(): Random {
    return this.#random;
  }

  /** The power goes at the given point of the n-th operation from now that changes something. */
  crashAt(operations: number, phase: CrashPhase, crash: () => void): void {
    this.#fuse = { operations, phase, crash };
  }

  /** Healthy from now on, and no crash of `crashAt` is to come. */
  mend(): void {
    this.faults = healthyDisk;
    this.freeBytes = Number.POSITIVE_INFINITY;
    this.#fuse = undefined;
  }

  /**
   * One operation that changes something.
   * @param begin what a crash from now on may keep or lose; @param complete what is so once the call has returned
   * @param bytes that it takes
   * @throws Error `ENOSPC`, without calling `begin`
   */
  async change(begin: () => void, complete: () => void = () => {}, bytes = 0): Promise<void> {
    const blown = this.#burn();
    if (blown?.phase === 'before') blown.crash();
    else if (!this.fits(bytes)) {
      await this.pass();
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    } else {
      this.freeBytes -= bytes;
      begin();
      if (blown?.phase === 'during') this.#queue.after(this.#durationMs() / 2, this.#host.guard(blown.crash));
      await this.pass();
      complete();
      if (blown?.phase !== 'after') return;
      blown.crash();
    }
    await new Promise<never>(() => {}); // the process is gone
  }

  /** Whether a change that takes so many bytes would come through. */
  fits(bytes: number): boolean {
    return this.freeBytes > 0 && bytes <= this.freeBytes;
  }

  /** Takes as long as an operation does; never returns into a process that has died meanwhile. */
  pass(): Promise<void> {
    return new Promise((resolve) => this.#queue.after(this.#durationMs(), this.#host.guard(resolve)));
  }

  #durationMs(): number {
    const { minMs, maxMs } = this.faults;
    return minMs + this.#random.next() * (maxMs - minMs);
  }

  #burn() {
    const fuse = this.#fuse;
    if (fuse === undefined || --fuse.operations > 0) return undefined;
    this.#fuse = undefined;
    return fuse;
  }
}

/** How much of what was not synced a crash keeps: all, nothing or something between. */
export function survivors(random: Random, unsynced: number): number {
  return randomInt(random, 0, unsynced + 1);
}
