import { assert, type Random, randomInt } from '@flotilla/base';
import type { ConfState, Entry, HardState, RestoredState } from '@flotilla/raft';
import type { EventQueue } from '../event-queue.js';

/** The applied state: what each key holds, as of a log position. */
export interface AppliedState {
  readonly index: number;
  readonly term: number;
  readonly conf: ConfState;
  readonly values: ReadonlyMap<string, string>;
}

/** One atomic write. */
export interface Batch {
  readonly entries: readonly Entry[];
  readonly hardState: HardState;
  readonly applied: AppliedState;
  /** The log begins behind this entry. */
  readonly logStart: { readonly index: number; readonly term: number };
}

/** What the disk answers after a restart. */
export interface DiskContents extends RestoredState {
  readonly appliedState: AppliedState;
}

export interface DiskFaults {
  readonly minSyncMs: number;
  readonly maxSyncMs: number;
  /** A lie: says that a batch is on disk while it still sits in a cache that a crash empties. */
  readonly skipSync: boolean;
  /** Forgets whom the member voted for. */
  readonly forgetVote: boolean;
  /** Forgets the member's term, and the vote in it, beyond what its entries tell. */
  readonly forgetTerm: boolean;
}

/** A disk that takes time, and that keeps through a crash what was synced, and nothing that was not, or only some of it. */
export class Disk {
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #faults: DiskFaults;
  readonly #initial: AppliedState;
  #batches: Batch[] = [];
  #durable = 0;
  #life = 0;

  constructor(queue: EventQueue, random: Random, faults: DiskFaults, initial: AppliedState) {
    this.#queue = queue;
    this.#random = random;
    this.#faults = faults;
    this.#initial = initial;
  }

  /** Calls `done` when the batch is synced; never after a crash. */
  write(batch: Batch, done: () => void): void {
    this.#batches.push(batch);
    const count = this.#batches.length;
    const life = this.#life;
    this.#queue.after(randomInt(this.#random, this.#faults.minSyncMs, this.#faults.maxSyncMs + 1), () => {
      if (life !== this.#life) return;
      if (!this.#faults.skipSync) this.#durable = count;
      done();
    });
    if (this.#faults.skipSync) this.#writeBackLater(count, life);
  }

  /** What was not synced is lost, or was just about to be written: some prefix of it survives. */
  crash(): void {
    this.#life++;
    this.#durable += randomInt(this.#random, 0, this.#batches.length - this.#durable + 1);
    this.#batches.length = this.#durable;
  }

  read(): DiskContents {
    let applied = this.#initial;
    let logStart = { index: applied.index, term: applied.term };
    let hardState: HardState = { term: applied.term, vote: 0n, commit: applied.index };
    let entries: Entry[] = [];
    for (const batch of this.#batches) {
      hardState = batch.hardState;
      applied = batch.applied;
      const first = batch.entries[0];
      if (first !== undefined) entries = [...entries.filter((entry) => entry.index < first.index), ...batch.entries];
      if (batch.logStart.index > logStart.index) {
        logStart = batch.logStart;
        const matches = entries.find((entry) => entry.index === logStart.index)?.term === logStart.term;
        entries = matches ? entries.filter((entry) => entry.index > logStart.index) : [];
      }
    }
    const vote = this.#faults.forgetVote || this.#faults.forgetTerm ? 0n : hardState.vote;
    const term = this.#faults.forgetTerm ? (entries.at(-1)?.term ?? logStart.term) : hardState.term;
    assert((entries[0]?.index ?? logStart.index + 1) === logStart.index + 1, 'the log on disk follows its start');
    return {
      hardState: { term, vote, commit: Math.min(hardState.commit, logStart.index + entries.length) },
      ...{ logStart, entries, applied: applied.index, conf: applied.conf, appliedState: applied },
    };
  }

  #writeBackLater(count: number, life: number): void {
    this.#queue.after(randomInt(this.#random, 500, 3_000), () => {
      if (life === this.#life) this.#durable = Math.max(this.#durable, count);
    });
  }
}
