import { type FlowLimits, Progress } from './progress.js';
import { committedIndex, type VoteResult, type Voters, voteResult } from './quorum.js';
import type { ConfState, NodeId } from './types.js';

/** The membership, each member's progress, and the votes of the election under way. */
export class Tracker {
  readonly #limits: FlowLimits;
  #conf: ConfState;
  #voters: Voters;
  readonly progress = new Map<NodeId, Progress>();
  readonly #votes = new Map<NodeId, boolean>();

  constructor(conf: ConfState, next: number, limits: FlowLimits) {
    this.#limits = limits;
    this.#conf = conf;
    this.#voters = { incoming: new Set(), outgoing: new Set() };
    this.setConf(conf, next);
  }

  get conf(): ConfState {
    return this.#conf;
  }

  /** Members that stay keep their progress; new ones start probing at `next`. */
  setConf(conf: ConfState, next: number): void {
    this.#conf = conf;
    this.#voters = { incoming: new Set(conf.voters), outgoing: new Set(conf.votersOutgoing) };
    const members = new Set([...conf.voters, ...conf.votersOutgoing, ...conf.learners, ...conf.learnersNext]);
    for (const id of this.progress.keys()) if (!members.has(id)) this.progress.delete(id);
    for (const id of members) {
      if (this.progress.has(id)) continue;
      const progress = new Progress(next, this.#limits);
      progress.recentActive = true; // a member just added must not cost the leader its quorum at once
      this.progress.set(id, progress);
    }
  }

  /** Forgets what an earlier term knew. */
  reset(next: number): void {
    this.progress.clear();
    this.setConf(this.#conf, next);
    for (const progress of this.progress.values()) progress.recentActive = false;
    this.#votes.clear();
  }

  isVoter(id: NodeId): boolean {
    return this.#voters.incoming.has(id) || this.#voters.outgoing.has(id);
  }

  voters(): NodeId[] {
    return [...new Set([...this.#voters.incoming, ...this.#voters.outgoing])];
  }

  isSingleVoter(id: NodeId): boolean {
    return this.#voters.incoming.size === 1 && this.#voters.outgoing.size === 0 && this.#voters.incoming.has(id);
  }

  committed(): number {
    return committedIndex(this.#voters, (id) => this.progress.get(id)?.match ?? 0);
  }

  resetVotes(): void {
    this.#votes.clear();
  }

  /** The first answer counts. */
  recordVote(id: NodeId, granted: boolean): VoteResult {
    if (!this.#votes.has(id)) this.#votes.set(id, granted);
    return voteResult(this.#voters, (voter) => this.#votes.get(voter));
  }

  /** Whether a quorum said yes, by `saidYes`. */
  hasQuorum(saidYes: (id: NodeId) => boolean): boolean {
    return voteResult(this.#voters, (id) => saidYes(id)) === 'won';
  }
}
