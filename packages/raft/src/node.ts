import { assert } from '@flotilla/base';
import { type ConfChange, encodeConfChange } from './conf-change.js';
import { Core, type RaftOptions } from './core.js';
import { campaign, campaignSoon, checkQuorum, leaderLost } from './election.js';
import { applyConfChange, maybeLeaveJoint } from './membership.js';
import type { Message } from './message.js';
import { type ProposeResult, propose } from './proposals.js';
import { requestRead } from './reads.js';
import type { Ready, SoftState } from './ready.js';
import { broadcastHeartbeat, sendDueAppends } from './sending.js';
import { reportReachable, reportSnapshot, reportUnreachable } from './snapshots.js';
import { type RaftStatus, statusOf } from './status.js';
import { step } from './step.js';
import { abortTransfer, transferLeadership } from './transfer.js';
import { type ConfState, type HardState, type NodeId, noNode, type SnapshotMeta } from './types.js';

interface InFlight {
  readonly ready: Ready;
  readonly toSelf: readonly Message[];
}

/**
 * One member of a Raft group as a synchronous, deterministic state machine: ticks, messages and proposals go in,
 * `Ready` comes out. It has no clock, no sockets and no disk; pre-vote and check-quorum are always on.
 * Not reentrant. Between `ready` and `advance` every other method may be called.
 */
export class RaftNode {
  readonly #core: Core;
  #inFlight: InFlight | undefined;
  #lastHardState: HardState;
  #lastSoftState: SoftState = { leader: noNode, role: 'follower' };

  constructor(options: RaftOptions) {
    this.#core = new Core(options);
    this.#lastHardState = this.#hardState();
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

  /** @returns undefined when there is nothing to do, or the last Ready has not been advanced yet */
  ready(): Ready | undefined {
    const core = this.#core;
    if (this.#inFlight !== undefined) return undefined;
    sendDueAppends(core);
    if (!this.#hasWork()) return undefined;
    const hardState = this.#hardState();
    const changed = !sameHardState(hardState, this.#lastHardState);
    const softState = { leader: core.leader, role: core.role };
    const afterPersist = core.outboxAfterPersist.splice(0);
    const entries = core.log.unstable();
    const snapshot = core.log.pendingSnapshot;
    const voted = hardState.term !== this.#lastHardState.term || hardState.vote !== this.#lastHardState.vote;
    const ready: Ready = {
      softState: sameSoftState(softState, this.#lastSoftState) ? undefined : softState,
      hardState: changed ? hardState : undefined,
      snapshot,
      entries,
      messages: core.outbox.splice(0),
      messagesAfterPersist: afterPersist.filter((message) => message.to !== core.id),
      committed: core.log.nextCommitted(core.limits.committedBytesMax),
      readStates: core.readStates.splice(0),
      mustSync: voted || entries.length > 0 || snapshot !== undefined,
    };
    this.#lastHardState = hardState;
    this.#lastSoftState = softState;
    this.#inFlight = { ready, toSelf: afterPersist.filter((message) => message.to === core.id) };
    return ready;
  }

  /** The driver has done everything that `ready` asked for. */
  advance(ready: Ready): void {
    const core = this.#core;
    assert(this.#inFlight?.ready === ready, 'Readys are advanced one by one');
    const { toSelf } = this.#inFlight;
    this.#inFlight = undefined;
    const last = ready.entries.at(-1);
    if (last !== undefined) core.log.stableTo(last);
    if (ready.snapshot !== undefined) core.log.snapshotInstalled(ready.snapshot);
    const applied = ready.committed.at(-1);
    if (applied !== undefined) core.log.appliedTo(applied.index);
    for (const message of toSelf) step(core, message);
    maybeLeaveJoint(core);
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

  /** All there is to know; makes a copy of it, so not for every request. */
  status(): RaftStatus {
    return statusOf(this.#core);
  }

  #hasWork(): boolean {
    const { outbox, outboxAfterPersist, log, readStates, leader, role } = this.#core;
    if (outbox.length + outboxAfterPersist.length + readStates.length > 0) return true;
    if (log.pendingSnapshot !== undefined || log.hasUnstable || log.applied < log.committed) return true;
    const hardState = this.#hardState();
    const { term, vote } = this.#lastHardState;
    return hardState.term !== term || hardState.vote !== vote || !sameSoftState({ leader, role }, this.#lastSoftState);
  }

  #hardState(): HardState {
    return { term: this.#core.term, vote: this.#core.vote, commit: this.#core.log.committed };
  }
}

function sameHardState(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote && a.commit === b.commit;
}

function sameSoftState(a: SoftState, b: SoftState): boolean {
  return a.leader === b.leader && a.role === b.role;
}
