import { assert, type Random, randomInt } from '@flotilla/base';
import { RaftLog } from './log.js';
import type { Message } from './message.js';
import { ReadOnly } from './read-only.js';
import { Tracker } from './tracker.js';
import { type ConfState, type Entry, type HardState, type NodeId, noNode, type ReadState, type Role } from './types.js';

export interface RaftOptions {
  readonly id: NodeId;
  /** Ticks without a leader before a member campaigns; the real timeout is drawn from [electionTicks, 2 × electionTicks). */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly random: Random;
  readonly limits: RaftLimits;
  /** What the disk holds. For a new member: everything zero, and the initial membership. */
  readonly restored: RestoredState;
}

export interface RaftLimits {
  /** Entries in one append; a single larger entry still goes out alone. */
  readonly appendBytesMax: number;
  /** One proposal; larger ones are refused. */
  readonly entryBytesMax: number;
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
  /** Proposals not yet committed; beyond it a leader refuses more. */
  readonly uncommittedBytesMax: number;
  /** Entries that one Ready hands out to apply. */
  readonly committedBytesMax: number;
}

export interface RestoredState {
  readonly hardState: HardState;
  /** Where the log on disk begins: the last entry compacted away, 0 and 0 when none was. */
  readonly logStart: { readonly index: number; readonly term: number };
  readonly entries: readonly Entry[];
  /** Last index that the state on disk contains, and the membership as of then. */
  readonly applied: number;
  readonly conf: ConfState;
  /** Present when the disk lost entries. */
  readonly fence?: Fence;
}

/**
 * This member may have acknowledged entries up to this place and has lost some of them to a damaged disk. Until its
 * log is again at least as up to date it neither votes nor campaigns: whoever it would help to elect might lack a
 * committed entry that rests on its word. A leader gives it back what it lost ("Protocol-Aware Recovery for
 * Consensus-Based Storage", FAST 2018).
 */
export interface Fence {
  readonly term: number;
  /** Infinity when it is not known how far. */
  readonly index: number;
}

/** The whole mutable state of one member. The modules around it are its verbs. */
export class Core {
  readonly id: NodeId;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly limits: RaftLimits;
  readonly #random: Random;

  fence: Fence | undefined;
  term: number;
  /** The term that the disk knows. */
  durableTerm: number;
  vote: NodeId;
  leader: NodeId = noNode;
  role: Role = 'follower';
  readonly log: RaftLog;
  readonly tracker: Tracker;

  electionElapsed = 0;
  heartbeatElapsed = 0;
  /** Ticks after which this member campaigns; drawn anew with every term. */
  electionTimeout = 0;

  transferee: NodeId = noNode;
  /** A leader proposes no second membership change before this index is applied. */
  pendingConfIndex = 0;
  uncommittedBytes = 0;

  /** Followers lack entries, or do not know the commit index; what to send is composed when a Ready is made, all in one. */
  appendsDue = false;

  readonly reads = new ReadOnly();
  readonly readStates: ReadState[] = [];

  /** Leave as soon as the driver likes, even while it writes to disk (Raft thesis §10.2.1). */
  readonly outbox: Message[] = [];
  /** Leave when everything of their Ready is durable. Messages to this member itself are stepped in then. */
  readonly outboxAfterPersist: Message[] = [];

  constructor(options: RaftOptions) {
    const { restored } = options;
    assert(options.id !== noNode, 'a member has an id');
    assert(options.electionTicks > options.heartbeatTicks, 'an election must outlast a heartbeat');
    this.id = options.id;
    this.electionTicks = options.electionTicks;
    this.heartbeatTicks = options.heartbeatTicks;
    this.limits = options.limits;
    this.#random = options.random;
    this.term = restored.hardState.term;
    this.durableTerm = this.term;
    this.vote = restored.hardState.vote;
    this.log = new RaftLog(restored.logStart, restored.entries, restored.applied, restored.hardState.commit);
    this.fence = restored.fence;
    this.liftFence();
    this.tracker = new Tracker(restored.conf, this.log.lastIndex + 1, options.limits);
    this.drawElectionTimeout();
  }

  drawElectionTimeout(): void {
    this.electionTimeout = randomInt(this.#random, this.electionTicks, 2 * this.electionTicks);
  }

  /** Only voters campaign, and not while a snapshot is half installed, or before the disk has back what it lost. */
  get promotable(): boolean {
    return this.tracker.isVoter(this.id) && this.log.pendingSnapshot === undefined && this.fence === undefined;
  }

  /** The log grew: it may have reached the fence. */
  liftFence(): void {
    if (this.fence !== undefined && this.log.isAsUpToDateAs(this.fence)) this.fence = undefined;
  }

  /** The leader was heard from so lately that an election would only disturb it (Raft thesis §4.2.3). */
  get inLease(): boolean {
    return this.leader !== noNode && this.electionElapsed < this.electionTicks;
  }

  /** A leader may answer reads and move the commit index only once an entry of its own term is committed. */
  get committedInTerm(): boolean {
    return this.log.matches(this.log.committed, this.term);
  }

  send(message: Message): void {
    assert(message.to !== noNode && message.to !== this.id, 'messages go to other members');
    this.outbox.push(message);
  }

  /** For every statement that must not be forgotten by a crash: votes, acknowledgements, candidacies. */
  sendAfterPersist(message: Message): void {
    assert(message.to !== noNode, 'messages go to members');
    this.outboxAfterPersist.push(message);
  }

  others(): NodeId[] {
    return [...this.tracker.progress.keys()].filter((id) => id !== this.id);
  }
}
