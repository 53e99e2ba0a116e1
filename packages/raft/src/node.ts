import { assert } from '@flotilla/base';
import { type ConfChange, encodeConfChange } from './conf-change.js';
import { Core, type RaftOptions } from './core.js';
import { campaign, campaignSoon, checkQuorum, leaderLost } from './election.js';
import { applyConfChange, maybeLeaveJoint } from './membership.js';
import type { Message } from './message.js';
import { type ProposeResult, propose } from './proposals.js';
import { requestRead } from './reads.js';
import type { Ready, SoftState, Write } from './ready.js';
import { broadcastHeartbeat, sendDueAppends } from './sending.js';
import { reportReachable, reportSnapshot, reportUnreachable } from './snapshots.js';
import { type RaftStatus, statusOf } from './status.js';
import { step } from './step.js';
import { abortTransfer, transferLeadership } from './transfer.js';
import { type ConfState, type HardState, type NodeId, noNode, type SnapshotMeta } from './types.js';

interface Writing {
  readonly write: Write;
  /** What this member says to itself once the write is durable: votes and acknowledgements that count towards a quorum. */
  readonly toSelf: readonly Message[];
}

/**
 * One member of a Raft group as a synchronous, deterministic state machine: ticks, messages and proposals go in,
 * `Ready` comes out. It has no clock, no sockets and no disk; pre-vote and check-quorum are always on.
 * Not reentrant. Until a Ready is advanced, and while its write is under way, every other method may be called.
 */
export class RaftNode {
  readonly #core: Core;
  #current: Ready | undefined;
  #writing: Writing | undefined;
  /** Said to itself, and resting on nothing that is not durable. */
  readonly #toSelf: Message[] = [];
  #writtenHardState: HardState;
  #lastSoftState: SoftState = { leader: noNode, role: 'follower' };

  constructor(options: RaftOptions) {
    this.#core = new Core(options);
    this.#writtenHardState = this.#hardState();
  }

  /** One unit of time: elections and heartbeats are counted in it. */
  tick(): void {
    const core = this.#core;
    core.electionElapsed++;
    if (core.role === 'leader') this.#tickLeader();
    // A member that may not campaign lets the time run on all the same: its loyalty to a silent leader must end.
    else if (core.electionElapsed >= core.electionTimeout) campaign(core, 'pre-election');
  }

  #tickLeader(): void {
    const core = this.#core;
    if (core.electionElapsed >= core.electionTicks) {
      core.electionElapsed = 0;
      checkQuorum(core);
      abortTransfer(core);
    }
    core.heartbeatElapsed++;
    if (core.role !== 'leader' || core.heartbeatElapsed < core.heartbeatTicks) return;
    core.heartbeatElapsed = 0;
    broadcastHeartbeat(core);
  }

  /**
   * Takes in a message from another member. Unknown senders and stale terms do no harm.
   * @throws LostEntriesError when it shows that the disk forgot what this member acknowledged
   */
  step(message: Message): void {
    assert(message.to === this.#core.id, 'messages arrive where they were sent');
    assert(message.from !== this.#core.id, 'nobody else speaks for this member');
    step(this.#core, message);
  }

  /** Campaigns now, asking for pre-votes first. */
  campaign(): void {
    campaign(this.#core, 'pre-election');
  }

  propose(data: Uint8Array): ProposeResult {
    assert(data.length > 0, 'empty entries are the leader’s own');
    return propose(this.#core, 'normal', data);
  }

  proposeConfChange(change: ConfChange): ProposeResult {
    return propose(this.#core, 'conf-change', encodeConfChange(change));
  }

  /** To be called for every committed membership change, at its place in the log. @returns the membership now in force */
  applyConfChange(change: ConfChange): ConfState {
    return applyConfChange(this.#core, change);
  }

  /**
   * Asks for a ReadState with this context. It never comes when the request is lost or the leader changes: ask again.
   * @returns false when there is no leader
   */
  readIndex(context: number): boolean {
    return requestRead(this.#core, context);
  }

  transferLeadership(target: NodeId): void {
    transferLeadership(this.#core, target);
  }

  /**
   * @param mayApply false while the state machine can take no more: there is nothing to apply in the Ready then
   * @returns undefined when there is nothing to do, or the last Ready has not been advanced yet
   */
  ready(mayApply = true): Ready | undefined {
    const core = this.#core;
    if (this.#current !== undefined) return undefined;
    sendDueAppends(core);
    if (!this.#hasWork(mayApply)) return undefined;
    const softState = { leader: core.leader, role: core.role };
    const write = this.#beginWrite();
    const ready: Ready = {
      softState: sameSoftState(softState, this.#lastSoftState) ? undefined : softState,
      messages: core.outbox.splice(0),
      write,
      committed: mayApply ? core.log.nextCommitted(core.limits.committedBytesMax) : [],
      readStates: core.readStates.splice(0),
    };
    this.#lastSoftState = softState;
    this.#current = ready;
    return ready;
  }

  /** The driver has sent, begun to write, and applied what `ready` asked for. */
  advance(ready: Ready): void {
    const core = this.#core;
    assert(this.#current === ready, 'Readys are advanced one by one');
    this.#current = undefined;
    const applied = ready.committed.at(-1);
    if (applied !== undefined) core.log.appliedTo(applied.index);
    for (const message of this.#toSelf.splice(0)) step(core, message);
    maybeLeaveJoint(core);
  }

  /** The disk has what `write` asked for. */
  persisted(write: Write): void {
    const core = this.#core;
    assert(this.#writing?.write === write, 'writes end one by one');
    const { toSelf } = this.#writing;
    this.#writing = undefined;
    core.durableTerm = write.hardState.term;
    const last = write.entries.at(-1);
    if (last !== undefined) core.log.stableTo(last);
    if (write.snapshot !== undefined) core.log.snapshotInstalled(write.snapshot);
    for (const message of toSelf) step(core, message);
    maybeLeaveJoint(core);
  }

  /**
   * Takes what waits for the disk, if there is anything to write and nothing is being written. Statements that rest
   * on what is durable already leave with the other messages.
   */
  #beginWrite(): Write | undefined {
    const core = this.#core;
    if (this.#writing !== undefined) return undefined;
    const statements = core.outboxAfterPersist.splice(0);
    const messages = statements.filter((message) => message.to !== core.id);
    const toSelf = statements.filter((message) => message.to === core.id);
    if (!this.#mustWrite()) {
      core.outbox.push(...messages);
      this.#toSelf.push(...toSelf);
      return undefined;
    }
    const hardState = this.#hardState();
    const { log } = core;
    const write = { hardState, voted: this.#voted(), snapshot: log.pendingSnapshot, entries: log.unstable(), messages };
    this.#writtenHardState = hardState;
    this.#writing = { write, toSelf };
    return write;
  }

  #mustWrite(): boolean {
    const { log } = this.#core;
    return this.#voted() || log.hasUnstable || log.pendingSnapshot !== undefined;
  }

  /** A commit index that moved is no reason to write: a restart learns it again from the leader. */
  #voted(): boolean {
    const { term, vote } = this.#core;
    return term !== this.#writtenHardState.term || vote !== this.#writtenHardState.vote;
  }

  /** Forgets log entries up to `index`, which must have been applied. @returns where the log begins now */
  compact(index: number): { index: number; term: number } {
    return this.#core.log.compact(index);
  }

  /** The snapshot that was stepped in and is not installed yet; undefined when there is none, or it brought nothing new. */
  get pendingSnapshot(): SnapshotMeta | undefined {
    return this.#core.log.pendingSnapshot;
  }

  reportUnreachable(id: NodeId): void {
    reportUnreachable(this.#core, id);
  }

  reportReachable(id: NodeId): void {
    reportReachable(this.#core, id);
  }

  reportSnapshot(to: NodeId, succeeded: boolean): void {
    reportSnapshot(this.#core, to, succeeded);
  }

  /** A hint that `id`, if it leads, is gone; see `leaderLost`. */
  reportLeaderLost(id: NodeId): void {
    leaderLost(this.#core, id);
  }

  /** Campaigns within the next ticks, members taking turns by id; for when nobody can be leading yet. */
  campaignSoon(): void {
    if (this.#core.leader === noNode && this.#core.role === 'follower') campaignSoon(this.#core);
  }

  get term(): number {
    return this.#core.term;
  }

  /** True while this member makes up for what its disk lost; see `RestoredState.fence`. */
  get fenced(): boolean {
    return this.#core.fence !== undefined;
  }

  /** All there is to know; makes a copy of it, so not for every request. */
  status(): RaftStatus {
    return statusOf(this.#core);
  }

  #hasWork(mayApply: boolean): boolean {
    const { outbox, outboxAfterPersist, log, readStates, leader, role } = this.#core;
    if (outbox.length + readStates.length > 0 || (mayApply && log.canApply)) return true;
    if (!sameSoftState({ leader, role }, this.#lastSoftState)) return true;
    return this.#writing === undefined && (outboxAfterPersist.length > 0 || this.#mustWrite());
  }

  #hardState(): HardState {
    return { term: this.#core.term, vote: this.#core.vote, commit: this.#core.log.committed };
  }
}

function sameSoftState(a: SoftState, b: SoftState): boolean {
  return a.leader === b.leader && a.role === b.role;
}
