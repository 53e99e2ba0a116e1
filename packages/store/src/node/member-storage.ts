import type { Fence, Write } from '@flotilla/raft';
import type { Change, Database } from './database.js';
import { type Applied, appliedChange, type Facts, fenceChange, membershipChange, voteChange } from './facts.js';
import type { Identity } from './identity.js';
import { stateEnd, stateKey, stateStart } from './keys.js';
import type { Membership } from './membership.js';
import type { StagedSnapshot } from './snapshot-transfer.js';
import { StateStorage } from './state-storage.js';
import type { LogStart, WriteAheadLog } from './wal/write-ahead-log.js';

/** The state in the database: as of which entry, with which members. */
export interface FlushedState extends Applied {
  readonly generation: number;
  readonly membership: Uint8Array;
}

/**
 * Everything a member has on disk: the log, one synced write a batch, and behind it the database with the applied
 * state, flushed now and then. What a crash takes from the state is applied again from the log.
 */
export class MemberStorage {
  readonly identity: Identity;
  readonly database: Database;
  readonly state: StateStorage;
  readonly wal: WriteAheadLog;
  /** As they were when the storage was opened. */
  readonly facts: Facts;
  membership: Membership;
  /** Members or their attributes changed since the last flush. */
  membershipChanged = false;
  /** What the state machine has; the database may be behind. */
  applied: Applied;
  #flushed: FlushedState;
  #flushing: Promise<void> | undefined;
  #fence: Fence | undefined;

  /** @param facts what the database says */
  constructor(identity: Identity, database: Database, log: WriteAheadLog, facts: Facts) {
    this.identity = identity;
    this.database = database;
    this.wal = log;
    this.facts = facts;
    this.membership = facts.membership;
    this.applied = facts.applied;
    this.state = new StateStorage(database, facts.generation);
    this.#flushed = { ...facts.applied, generation: facts.generation, membership: facts.membership.encode() };
    this.#fence = facts.fence;
  }

  get logStart(): LogStart {
    return this.wal.start;
  }

  /** What the database holds. */
  get flushed(): FlushedState {
    return this.#flushed;
  }

  /** True while a crash would make the state machine apply something again from the log. */
  get dirty(): boolean {
    return this.applied.index > this.#flushed.index || this.membershipChanged;
  }

  /**
   * Makes `write` durable.
   * @throws the operating system's error; after `ENOSPC` it may be tried again
   */
  async persist({ entries, hardState, voted }: Write): Promise<void> {
    // First the vote: were it last, and the log's record of it damaged later, nothing would tell that it was given.
    if (voted) await this.database.write([voteChange(hardState)]);
    await this.wal.append({ hardState, entries });
  }

  /** Brings the database up to what is applied. Calls while one is under way wait for another one after it. */
  async flush(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    if (!this.dirty && this.state.unflushedBytes === 0) return;
    this.#flushing = this.#flush().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  /** The log now begins behind `start`; the database has its entries up to there. */
  compact(start: LogStart): void {
    this.wal.compact(start);
  }

  /**
   * The staged state takes the place of the applied one, and the log begins behind it.
   * @param reload called at the very moment when reads see the new state
   */
  async install(write: Write, staged: StagedSnapshot, reload: () => Promise<void>): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    // No flush may come between: it would tell half of it.
    this.#flushing = this.#install(write, staged, reload).finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  async #install(write: Write, { meta, membership, generation }: StagedSnapshot, reload: () => Promise<void>): Promise<void> {
    const applied = { index: meta.index, term: meta.term };
    this.applied = applied;
    this.membership = membership;
    this.membershipChanged = false;
    this.state.moveTo(generation);
    const reloaded = reload();
    const changes = [appliedChange(applied, generation), membershipChange(membership)];
    if (write.voted) changes.push(voteChange(write.hardState));
    await Promise.all([this.database.write(changes), reloaded]);
    this.#flushed = { ...applied, generation, membership: membership.encode() };
    await this.wal.reset(applied, write);
    await dropOtherGenerations(this.database, generation);
  }

  /** Whether the disk says that it lost entries. */
  get fenced(): boolean {
    return this.#fence !== undefined;
  }

  /** The log has back what it lost. */
  async liftFence(): Promise<void> {
    if (this.#fence === undefined) return;
    this.#fence = undefined;
    await this.database.write([fenceChange(undefined)]);
  }

  async close(): Promise<void> {
    await this.wal.close();
    await this.database.close();
  }

  async #flush(): Promise<void> {
    const { applied, membership, membershipChanged } = this;
    const { generation } = this.state;
    const changes: Change[] = [...this.state.beginFlush(), appliedChange(applied, generation)];
    if (membershipChanged) changes.push(membershipChange(membership));
    const encoded = membershipChanged ? membership.encode() : this.#flushed.membership;
    this.membershipChanged = false;
    try {
      await this.database.write(changes);
    } catch (error) {
      this.state.flushFailed();
      this.membershipChanged ||= membershipChanged;
      throw error;
    }
    this.state.flushed();
    this.#flushed = { ...applied, generation, membership: encoded };
  }
}

/** States of snapshots that were never completed, or that were replaced. */
export async function dropOtherGenerations(database: Database, generation: number): Promise<void> {
  await database.clear({ from: stateStart, to: stateKey(generation) });
  await database.clear({ from: stateKey(generation + 1), to: stateEnd });
}
