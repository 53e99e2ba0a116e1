import type { Cancel, Clock, Logger } from '@flotilla/base';
import {
  type ConfChange,
  decodeConfChange,
  type Entry,
  type Message,
  type NodeId,
  noNode,
  type RaftNode,
  type Ready,
  type SnapshotMessage,
} from '@flotilla/raft';
import { catchUpEntries, flushDelayMs, logBytesMax, unflushedBytesMax } from '../limits.js';
import type { StateMachine } from '../member.js';
import type { MemberStorage } from './member-storage.js';
import type { StagedSnapshot } from './snapshot-transfer.js';

export interface DriverOptions<S extends StateMachine<unknown>> {
  readonly raft: RaftNode;
  readonly storage: MemberStorage;
  readonly machine: S;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tickMs: number;
  readonly snapshotCount: number;
  readonly events: DriverEvents;
}

/** What the driver tells the rest of the node, always from within its loop. */
interface DriverEvents {
  send(message: Message): void;
  /** The state as of `storage.applied` is to be sent; everything applied is on disk. */
  sendSnapshot(message: SnapshotMessage): void;
  /** A normal entry to apply. */
  apply(entry: Entry): void;
  confChanged(change: ConfChange): void;
  /** Everything up to here has been applied. */
  applied(index: number): void;
  /** An entry of a later term than any before comes next. */
  termReached(term: number): void;
  readState(context: number, index: number): void;
  roleChanged(leader: NodeId, leading: boolean): void;
  snapshotInstalled(term: number): void;
  /** The disk failed, or an invariant broke: the process must end. */
  fatal(error: unknown): void;
}

/**
 * Where Raft meets the disk and the network. One Ready at a time: send what may leave at once, write one synced batch,
 * send the rest, apply. What arrives meanwhile gathers for the next Ready, which makes the batches grow with the load.
 */
export class Driver<S extends StateMachine<unknown>> {
  readonly #options: DriverOptions<S>;
  #running = false;
  #closed = false;
  #scheduled = false;
  #cancelTick: Cancel | undefined;
  #cancelFlush: Cancel | undefined;
  #flushDue = false;
  #lastTerm: number;
  #logBytes = 0;
  #leader: NodeId = noNode;
  #leading = false;
  #snapshotRequests: SnapshotMessage[] = [];
  /** The state that a snapshot message, stepped in, stands for. */
  staged: StagedSnapshot | undefined;
  #idle: (() => void) | undefined;
  /** Observes the seconds of each synced write. */
  onSync: (seconds: number) => void = () => {};

  constructor(options: DriverOptions<S>) {
    this.#options = options;
    this.#lastTerm = options.storage.applied.term;
  }

  start(): void {
    this.#tickLater();
    this.wake();
  }

  /** Something was given to Raft. Runs after whatever else arrives in this turn of the event loop. */
  wake(): void {
    if (this.#scheduled || this.#running || this.#closed) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#running || this.#closed) return;
      this.#running = true;
      this.#drain().then(
        () => this.#stopped(),
        (error: unknown) => {
          this.#closed = true;
          this.#stopped();
          this.#options.events.fatal(error);
        },
      );
    });
  }

  /** Finishes the write under way, puts everything applied on disk, and stops. */
  async close(): Promise<void> {
    this.#cancelTick?.();
    this.#cancelFlush?.();
    const failed = this.#closed;
    this.#closed = true;
    if (this.#running) await new Promise<void>((resolve) => (this.#idle = resolve));
    if (!failed) await this.#options.storage.flush();
  }

  #tickLater(): void {
    this.#cancelTick = this.#options.clock.after(this.#options.tickMs, () => {
      this.#options.raft.tick();
      this.wake();
      this.#tickLater();
    });
  }

  #stopped(): void {
    this.#running = false;
    this.#idle?.();
    const { storage, clock } = this.#options;
    if (this.#closed || !storage.dirty || this.#cancelFlush !== undefined) return;
    this.#cancelFlush = clock.after(flushDelayMs, () => {
      this.#cancelFlush = undefined;
      this.#flushDue = true;
      this.wake();
    });
  }

  async #drain(): Promise<void> {
    const { raft, storage } = this.#options;
    for (let ready = raft.ready(); ready !== undefined && !this.#closed; ready = raft.ready()) {
      await this.#handle(ready);
      if (storage.state.unflushedBytes > unflushedBytesMax) await storage.flush();
      await this.#compactIfDue();
      await this.#startSnapshots();
    }
    if (!this.#flushDue || this.#closed) return;
    this.#flushDue = false;
    await storage.flush();
    if (!this.#closed) await this.#drain(); // what arrived during the write
  }

  async #handle(ready: Ready): Promise<void> {
    const { raft, events } = this.#options;
    this.#sendAll(ready.messages);
    if (ready.mustSync) await this.#persist(ready);
    this.#sendAll(ready.messagesAfterPersist);
    for (const entry of ready.committed) this.#applyEntry(entry);
    raft.advance(ready);
    const last = ready.committed.at(-1) ?? ready.snapshot;
    if (last !== undefined) events.applied(last.index);
    for (const { context, index } of ready.readStates) events.readState(context, index);
    this.#announce(ready);
  }

  #sendAll(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.type === 'snapshot') this.#snapshotRequests.push(message);
      else this.#options.events.send(message);
    }
  }

  async #persist(ready: Ready): Promise<void> {
    const { storage, clock } = this.#options;
    const beganMs = clock.monotonicMs();
    if (ready.snapshot !== undefined) await this.#install(ready);
    else await storage.persist(ready);
    this.onSync((clock.monotonicMs() - beganMs) / 1_000);
    for (const entry of ready.entries) this.#logBytes += entry.data.length;
  }

  async #install(ready: Ready): Promise<void> {
    const { storage, machine, events, log } = this.#options;
    const { staged } = this;
    if (staged === undefined || staged.meta !== ready.snapshot) throw new Error('the snapshot to install has not been received');
    await storage.install(ready, staged, () => machine.reload());
    this.staged = undefined;
    this.#logBytes = 0;
    this.#lastTerm = staged.meta.term;
    events.snapshotInstalled(staged.meta.term);
    log.info({ index: staged.meta.index }, 'installed snapshot');
  }

  #applyEntry(entry: Entry): void {
    const { raft, storage, events } = this.#options;
    if (entry.term > this.#lastTerm) {
      this.#lastTerm = entry.term;
      events.termReached(entry.term);
    }
    storage.applied = { index: entry.index, term: entry.term };
    if (entry.type === 'conf-change') {
      const change = decodeConfChange(entry.data);
      storage.membership.changed(change, raft.applyConfChange(change));
      storage.membershipChanged = true;
      events.confChanged(change);
    } else if (entry.data.length > 0) events.apply(entry);
  }

  #announce({ softState }: Ready): void {
    if (softState === undefined) return;
    const { leader } = softState;
    const leading = softState.role === 'leader';
    if (leader === this.#leader && leading === this.#leading) return;
    this.#leader = leader;
    this.#leading = leading;
    this.#options.events.roleChanged(leader, leading);
  }

  async #compactIfDue(): Promise<void> {
    const { raft, storage, snapshotCount, log } = this.#options;
    const kept = Math.min(catchUpEntries, snapshotCount);
    const behind = storage.applied.index - storage.log.start.index;
    const full = this.#logBytes > logBytesMax;
    if (behind <= snapshotCount + kept && !full) return;
    const index = storage.applied.index - (full ? 0 : kept);
    if (index <= storage.log.start.index) return;
    const start = raft.compact(index);
    this.#logBytes = full ? 0 : this.#logBytes * (kept / behind);
    await storage.compact(start);
    log.info({ 'compact-index': index }, 'compacted Raft logs');
  }

  async #startSnapshots(): Promise<void> {
    if (this.#snapshotRequests.length === 0) return;
    await this.#options.storage.flush();
    for (const message of this.#snapshotRequests.splice(0)) this.#options.events.sendSnapshot(message);
  }
}
