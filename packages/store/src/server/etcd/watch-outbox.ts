import type { WatchResponse } from '@flotilla/mvcc';
import { streamBatchBytes, watchBatchBytes } from '../limits.js';
import { type WatchBatch, WatchRun } from './watch-run.js';

export interface WatchOutboxOptions {
  /** Sends each of these watches a message. @returns false: send no more until `drained` */
  readonly send: (ids: readonly bigint[], batch: WatchBatch) => boolean;
  /** The largest message for a watch that asked for fragments. */
  readonly fragmentBytes: number;
}

/**
 * Gathers what the watches of one stream are given in one turn of the event loop, a group commit or a slice of
 * history, so that each watch sends one message for many revisions. Holds no more than `streamBatchBytes` and one revision.
 */
export class WatchOutbox {
  readonly #options: WatchOutboxOptions;
  readonly #gathered = new Map<bigint, WatchRun>();
  readonly #fragmented = new Set<bigint>();
  /** Where the watches that are told the same first begin together. */
  #first: WatchRun | undefined;
  #bytes = 0;
  #full = false;
  #flushDue = false;

  constructor(options: WatchOutboxOptions) {
    this.#options = options;
  }

  open(id: bigint, fragmented: boolean): void {
    if (fragmented) this.#fragmented.add(id);
  }

  close(id: bigint): void {
    this.#fragmented.delete(id);
    this.#gathered.delete(id);
  }

  /** @returns whether there is room for more */
  add(id: bigint, response: WatchResponse): boolean {
    const before = this.#gathered.get(id);
    const run = before === undefined ? this.#begin(response) : before.followedBy(response);
    this.#gathered.set(id, run);
    this.#bytes += run.bytes - (before?.bytes ?? 0);
    if (run.bytes >= watchBatchBytes || this.#bytes >= streamBatchBytes) this.flush();
    else this.#flushSoon();
    return !this.#full;
  }

  flush(): void {
    const told = new Map<WatchRun, bigint[]>();
    for (const [id, run] of this.#gathered) {
      const whole = told.get(run);
      if (this.#fragmented.has(id)) for (const part of run.parts(this.#options.fragmentBytes)) this.#send([id], part);
      else if (whole === undefined) told.set(run, [id]);
      else whole.push(id);
    }
    for (const [run, ids] of told) this.#send(ids, run.batch());
    this.#gathered.clear();
    this.#first = undefined;
    this.#bytes = 0;
  }

  #send(ids: readonly bigint[], batch: WatchBatch): void {
    if (!this.#options.send(ids, batch)) this.#full = true;
  }

  drained(): void {
    this.#full = false;
  }

  #begin(response: WatchResponse): WatchRun {
    if (this.#first === undefined || !this.#first.endsWith(response)) this.#first = new WatchRun(response);
    return this.#first;
  }

  #flushSoon(): void {
    if (this.#flushDue) return;
    this.#flushDue = true;
    queueMicrotask(() => {
      this.#flushDue = false;
      this.flush();
    });
  }
}
