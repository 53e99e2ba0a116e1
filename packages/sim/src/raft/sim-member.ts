import { assert, type Random } from '@flotilla/base';
import {
  type ConfChangeStep,
  decodeConfChange,
  type Entry,
  type Message,
  type NodeId,
  RaftNode,
  type Ready,
  type SnapshotMeta,
  type Write,
} from '@flotilla/raft';
import type { RaftChecker } from '../checkers/raft.js';
import type { EventQueue } from '../event-queue.js';
import type { AppliedState, Disk } from './disk.js';

/** What travels: a message, and with a snapshot message the state itself. */
export interface Packet {
  readonly message: Message;
  readonly state?: AppliedState;
}

export interface SimMemberOptions {
  readonly id: NodeId;
  readonly queue: EventQueue;
  readonly random: Random;
  readonly disk: Disk;
  readonly checkers: RaftChecker;
  readonly send: (to: NodeId, packet: Packet) => boolean;
}

const tickMs = 10;
/** Small, so that compaction and snapshots happen all the time. */
const compactAfterEntries = 30;
const keepEntries = 10;

/** One member in the simulation: a Raft node driven by the rules of `Ready`, on a disk that can fail. */
export class SimMember {
  readonly id: NodeId;
  readonly #options: SimMemberOptions;
  #raft: RaftNode | undefined;
  #applied: AppliedState;
  #life = 0;
  #staged: AppliedState | undefined;
  #logStart = { index: 0, term: 0 };
  #leadsIn = 0;
  /** Calls that wait for an entry with this text to be applied here, or for a read index. */
  readonly #waiting = new Map<string, () => void>();
  readonly #reads = new Map<number, () => void>();
  #confirmedReads: { index: number; done: () => void }[] = [];
  #readContext = 0;

  constructor(options: SimMemberOptions) {
    this.id = options.id;
    this.#options = options;
    this.#applied = options.disk.read().appliedState;
  }

  get up(): boolean {
    return this.#raft !== undefined;
  }

  get leading(): boolean {
    return this.#raft?.status().role === 'leader';
  }

  get applied(): AppliedState {
    return this.#applied;
  }

  /** Starts, or restarts after a crash, on what the disk has. */
  start(): void {
    const { id, random, disk } = this.#options;
    const restored = disk.read();
    this.#applied = restored.appliedState;
    this.#logStart = restored.logStart;
    this.#raft = new RaftNode({ id, electionTicks: 10, heartbeatTicks: 1, random, restored, limits });
    this.#tickLater(++this.#life);
  }

  /** kill -9 and a power cut at once. */
  crash(): void {
    this.#life++;
    this.#raft = undefined;
    this.#staged = undefined;
    this.#waiting.clear();
    this.#reads.clear();
    this.#confirmedReads = [];
    this.#options.disk.crash();
  }

  receive({ message, state }: Packet): void {
    if (this.#raft === undefined) return;
    if (message.type === 'snapshot') {
      if (this.#staged !== undefined) return;
      this.#staged = state;
      this.#raft.step(message);
      if (this.#raft.pendingSnapshot === undefined) this.#staged = undefined;
    } else this.#raft.step(message);
    this.#pump();
  }

  /** @returns false when it was certainly not proposed */
  propose(text: string, done: () => void): boolean {
    const result = this.#raft?.propose(new TextEncoder().encode(text));
    const accepted = result === 'appended' || result === 'forwarded';
    if (accepted) this.#waiting.set(text, done);
    this.#pump();
    return accepted;
  }

  read(done: () => void): void {
    this.#reads.set(++this.#readContext, done);
    this.#raft?.readIndex(this.#readContext);
    this.#pump();
  }

  changeMembers(steps: readonly ConfChangeStep[]): void {
    this.#raft?.proposeConfChange({ steps, context: new Uint8Array(0) });
    this.#pump();
  }

  transferLeadership(to: NodeId): void {
    this.#raft?.transferLeadership(to);
    this.#pump();
  }

  campaign(): void {
    this.#raft?.campaign();
    this.#pump();
  }

  reportLeaderLost(id: NodeId): void {
    this.#raft?.reportLeaderLost(id);
  }

  #tickLater(life: number): void {
    this.#options.queue.after(tickMs, () => {
      if (life !== this.#life) return;
      this.#raft?.tick();
      this.#pump();
      this.#tickLater(life);
    });
  }

  #pump(): void {
    while (this.#raft !== undefined) {
      const ready = this.#raft.ready();
      if (ready === undefined) return;
      this.#sendAll(ready.messages);
      if (ready.write !== undefined) this.#persist(ready.write);
      this.#finish(ready);
    }
  }

  #persist(write: Write): void {
    const { checkers, disk } = this.#options;
    const { entries, hardState, snapshot } = write;
    if (snapshot !== undefined) this.#install(snapshot);
    const before = this.#termBefore(entries);
    if (before !== undefined) checkers.persisted(entries, before);
    disk.write({ entries, hardState, applied: this.#applied, logStart: this.#logStart }, () => {
      this.#sendAll(write.messages);
      this.#raft?.persisted(write);
      this.#pump();
    });
  }

  #termBefore(entries: readonly Entry[]): number | undefined {
    const first = entries[0];
    if (first === undefined) return undefined;
    const log = this.#options.disk.read();
    const index = first.index - 1;
    return index === this.#logStart.index ? this.#logStart.term : log.entries.find((entry) => entry.index === index)?.term;
  }

  #install(snapshot: SnapshotMeta): void {
    const state = this.#staged;
    assert(state !== undefined && state.index === snapshot.index, 'the state to install has arrived');
    this.#applied = state;
    this.#logStart = { index: state.index, term: state.term };
    this.#staged = undefined;
  }

  #finish(ready: Ready): void {
    const raft = this.#raft;
    if (raft === undefined) return;
    for (const entry of ready.committed) this.#apply(entry);
    raft.advance(ready);
    for (const { context, index } of ready.readStates) {
      const done = this.#reads.get(context);
      this.#reads.delete(context);
      if (done !== undefined) this.#confirmedReads.push({ index, done });
    }
    this.#releaseReads();
    this.#observeLeadership(raft);
    if (this.#applied.index - this.#logStart.index > compactAfterEntries) {
      this.#logStart = raft.compact(this.#applied.index - keepEntries);
    }
  }

  #apply(entry: Entry): void {
    const { checkers } = this.#options;
    checkers.applied(this.id, entry);
    const values = new Map(this.#applied.values);
    let { conf } = this.#applied;
    let done: (() => void) | undefined;
    if (entry.type === 'conf-change') conf = this.#raft?.applyConfChange(decodeConfChange(entry.data)) ?? conf;
    else if (entry.data.length > 0) {
      const text = new TextDecoder().decode(entry.data);
      const [key = '', value = ''] = text.split('=');
      values.set(key, value);
      done = this.#waiting.get(text);
      this.#waiting.delete(text);
    }
    this.#applied = { index: entry.index, term: entry.term, conf, values };
    done?.();
  }

  #releaseReads(): void {
    const ready = this.#confirmedReads.filter((read) => read.index <= this.#applied.index);
    this.#confirmedReads = this.#confirmedReads.filter((read) => read.index > this.#applied.index);
    for (const read of ready) read.done();
  }

  #observeLeadership(raft: RaftNode): void {
    const { role, term } = raft.status();
    if (role !== 'leader' || this.#leadsIn === term) return;
    this.#leadsIn = term;
    this.#options.checkers.leads(this.id, term, this.#options.disk.read());
  }

  #sendAll(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.type === 'snapshot') this.#sendState(message.to, message);
      else if (!this.#options.send(message.to, { message })) this.#raft?.reportUnreachable(message.to);
    }
  }

  #sendState(to: NodeId, message: Extract<Message, { type: 'snapshot' }>): void {
    const { index, term, conf } = this.#applied;
    const life = this.#life;
    const sent = this.#options.send(to, { message: { ...message, snapshot: { index, term, conf } }, state: this.#applied });
    // A sender learns only later how it went.
    this.#options.queue.after(50, () => {
      if (life !== this.#life) return;
      this.#raft?.reportSnapshot(to, sent);
      this.#pump();
    });
  }
}

const limits = {
  appendBytesMax: 200,
  entryBytesMax: 1_000,
  inflightMessagesMax: 4,
  inflightBytesMax: 2_000,
  uncommittedBytesMax: 10_000,
  committedBytesMax: 500,
};
