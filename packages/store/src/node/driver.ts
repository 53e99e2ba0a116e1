import type { Cancel, Clock, Logger } from '@flotilla/base';
import {
  type ConfChange,
  decodeConfChange,
  type Entry,
  type Message,
  type NodeId,
  noNode,
  type RaftNode,
  type RaftStatus,
  type Ready,
  type SnapshotMessage,
  type Write,
} from '@flotilla/raft';
import { catchUpEntries, flushBytes, flushDelayMs } from '../limits.js';
import type { StateMachine } from '../member.js';
import type { DiskWriter } from './disk-writer.js';
import type { MemberStorage } from './member-storage.js';
import type { StagedSnapshot } from './snapshot-transfer.js';

export interface DriverOptions<S extends StateMachine<unknown>> {
  readonly raft: RaftNode;
  readonly storage: MemberStorage;
  readonly disk: DiskWriter;
  readonly machine: S;
  readonly clock: Clock;
  readonly log: Logger;
  /** Runs work when what has arrived by now is taken in: setImmediate in a process, where that is what all sockets had to say. */
  readonly defer: (work: () => void) => void;
  readonly tickMs: number;
  readonly snapshotCount: number;
  /** The log is compacted early when it takes this much of the disk. */
  readonly logBytesMax: number;
  /** Nothing more is applied while this much waits to be written to the database. */
  readonly unflushedBytesMax: number;
  readonly events: DriverEvents;
}

/** What the driver tells the rest of the node, always from within its loop. */
interface DriverEvents {
  send(message: Message): void;
  /** The state that the database holds now is to be sent. */
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
  logWritten(): void;
  /** The disk failed, or an invariant broke: the process must end. */
  fatal(error: unknown): void;
}

/**
 * Where Raft meets the disk and the network. Three things go on side by side, each one at a time: the loop itself, which
 * sends and applies and never waits; the log's synced writes, one batch of whatever gathered during the last; and the
 * flushes of the applied state. A disk that stalls stops the second and third alone: members stay in touch.
 */
export class Driver<S extends StateMachine<unknown>> {
  readonly #options: DriverOptions<S>;
  #closed = false;
  #scheduled = false;
  #writing: Promise<void> | undefined;
  #housekeeping: Promise<void> | undefined;
  #cancelTick: Cancel | undefined;
  #cancelFlush: Cancel | undefined;
  #flushDue = false;
  #lastTerm: number;
  #leader: NodeId = noNode;
  #leading = false;
  #snapshotRequests: SnapshotMessage[] = [];
  /** The state that a snapshot message, stepped in, stands for. */
  staged: StagedSnapshot | undefined;

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
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#options.defer(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  /** Finishes the write under way, puts everything applied on disk, and stops. */
  async close(): Promise<void> {
    this.#cancelTick?.();
    this.#cancelFlush?.();
    const failed = this.#closed;
    this.#closed = true;
    await Promise.all([this.#writing, this.#housekeeping]);
    if (!failed) await this.#options.storage.flush();
  }

  /** Gives back the space of everything in the log that the state on disk has too, and that no follower is waiting for. */
  async shrinkLog(): Promise<void> {
    const { raft, storage, disk } = this.#options;
    await disk.run('asked', () => storage.flush());
    if (this.#closed) return;
    this.#compact(Math.min(storage.flushed.index, reachedByFollowers(raft.status())));
    await disk.run('asked', () => storage.wal.rotate());
  }

  #tickLater(): void {
    this.#cancelTick = this.#options.clock.after(this.#options.tickMs, () => {
      this.#options.raft.tick();
      this.wake();
      this.#tickLater();
    });
  }

  #run(): void {
    if (this.#closed) return;
    try {
      this.#drain();
      this.#keepHouse();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.events.fatal(error);
  }

  #drain(): void {
    const { raft } = this.#options;
    for (let ready = raft.ready(this.#mayApply); ready !== undefined; ready = raft.ready(this.#mayApply)) this.#handle(ready);
  }

  get #mayApply(): boolean {
    const { storage, disk, unflushedBytesMax } = this.#options;
    // A full disk lets nothing be flushed, and among what is to be applied is the word that it is full.
    return (storage.state.unflushedBytes < unflushedBytesMax || disk.full) && storage.database.available;
  }

  #handle(ready: Ready): void {
    const { raft, events } = this.#options;
    this.#sendAll(ready.messages);
    if (ready.write !== undefined) this.#begin(ready.write);
    for (const entry of ready.committed) this.#applyEntry(entry);
    raft.advance(ready);
    const last = ready.committed.at(-1);
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

  #begin(write: Write): void {
    const { raft, disk, events } = this.#options;
    const kind = write.snapshot === undefined ? 'log' : 'state';
    this.#writing = disk
      .run(kind, () => this.#write(write))
      .then(
        () => {
          this.#writing = undefined;
          if (this.#closed) return;
          this.#installed(write);
          raft.persisted(write);
          events.logWritten();
          this.#sendAll(write.messages);
          this.#run();
        },
        (error: unknown) => {
          this.#writing = undefined;
          this.#fail(error);
        },
      );
  }

  async #write(write: Write): Promise<void> {
    const { storage, machine } = this.#options;
    if (write.snapshot === undefined) await storage.persist(write);
    else await storage.install(write, this.#stagedFor(write), () => machine.reload());
  }

  #stagedFor(write: Write): StagedSnapshot {
    const { staged } = this;
    if (staged === undefined || staged.meta !== write.snapshot) throw new Error('the snapshot to install has not been received');
    return staged;
  }

  #installed({ snapshot }: Write): void {
    if (snapshot === undefined) return;
    const { events, log } = this.#options;
    this.staged = undefined;
    this.#lastTerm = snapshot.term;
    events.snapshotInstalled(snapshot.term);
    events.applied(snapshot.index);
    log.info({ index: snapshot.index }, 'installed snapshot');
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

  /** Flushes, compacts and starts snapshots, whatever is due, beside everything else. */
  #keepHouse(): void {
    const { storage, clock } = this.#options;
    if (this.#housekeeping !== undefined || this.#closed) return;
    if (this.#isHouseworkDue()) {
      this.#housekeeping = this.#houseKeeping().then(
        () => {
          this.#housekeeping = undefined;
          this.#run();
        },
        (error: unknown) => {
          this.#housekeeping = undefined;
          this.#fail(error);
        },
      );
    } else if (storage.dirty) {
      this.#cancelFlush ??= clock.after(flushDelayMs, () => {
        this.#cancelFlush = undefined;
        this.#flushDue = true;
        this.#run();
      });
    }
  }

  #isHouseworkDue(): boolean {
    const { storage, raft } = this.#options;
    return this.#isFlushDue || this.#compactionIndex() !== undefined || (storage.fenced && !raft.fenced);
  }

  get #isFlushDue(): boolean {
    const { state } = this.#options.storage;
    return this.#flushDue || this.#snapshotRequests.length > 0 || state.unflushedBytes > flushBytes;
  }

  async #houseKeeping(): Promise<void> {
    const { storage, disk, raft, log } = this.#options;
    const flush = this.#isFlushDue;
    const compactTo = this.#compactionIndex();
    this.#flushDue = false;
    if (flush || (compactTo ?? 0) > storage.flushed.index) await disk.run('state', () => storage.flush());
    if (this.#closed) return;
    // At this very moment the database holds what `flushed` says.
    for (const message of this.#snapshotRequests.splice(0)) this.#options.events.sendSnapshot(message);
    if (compactTo !== undefined) this.#compact(compactTo);
    if (storage.fenced && !raft.fenced) {
      await storage.liftFence();
      log.info({}, 'what the disk had lost has been given back: voting again');
    }
  }

  /** @returns up to where the log may go; undefined while it is short enough, or a snapshot is about to move it on by itself */
  #compactionIndex(): number | undefined {
    const { raft, storage, snapshotCount, logBytesMax } = this.#options;
    if (raft.pendingSnapshot !== undefined) return undefined;
    const kept = Math.min(catchUpEntries, snapshotCount);
    const behind = storage.applied.index - storage.logStart.index;
    const full = storage.wal.sizeBytes > logBytesMax;
    if (behind <= snapshotCount + kept && !full) return undefined;
    const index = storage.applied.index - (full ? 0 : kept);
    return index > storage.logStart.index ? index : undefined;
  }

  #compact(index: number): void {
    const { raft, storage, log } = this.#options;
    // A snapshot that came meanwhile moves the log on by itself.
    if (raft.pendingSnapshot !== undefined || index > storage.flushed.index || index <= storage.logStart.index) return;
    storage.compact(raft.compact(index));
    log.info({ 'compact-index': index }, 'compacted Raft logs');
  }
}

/** Up to where all followers have the log that a leader hears from: whoever lacks more would need the whole state. */
function reachedByFollowers({ progress }: RaftStatus): number {
  let index = Number.POSITIVE_INFINITY;
  for (const { match, recentActive } of progress.values()) if (recentActive) index = Math.min(index, match);
  return index;
}
