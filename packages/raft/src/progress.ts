import { Inflights } from './inflights.js';

/**
 * probe: where the logs agree is not known; one append at a time, the next after an answer or a heartbeat.
 * replicate: in step; appends are pipelined as far as the window allows.
 * snapshot: a state is on its way; nothing else is sent until it has arrived or failed.
 */
export type ProgressState = 'probe' | 'replicate' | 'snapshot';

export interface FlowLimits {
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
}

/** What a leader knows about one follower's log. Invariant: match < next. */
export class Progress {
  /** Highest index known to be durable there. */
  match = 0;
  /** First index to send next. */
  next: number;
  state: ProgressState = 'probe';
  /** The commit index last told. */
  sentCommit = 0;
  /** In `probe`: an append is out and unanswered. */
  probeSent = false;
  /** In `snapshot`: the index it brings. */
  pendingSnapshot = 0;
  /** Heard from since the leader last checked its quorum. */
  recentActive = false;
  readonly inflights: Inflights;

  constructor(next: number, limits: FlowLimits) {
    this.next = next;
    this.inflights = new Inflights(limits.inflightMessagesMax, limits.inflightBytesMax);
  }

  /** True while nothing with entries may be sent. */
  get paused(): boolean {
    if (this.state === 'probe') return this.probeSent;
    return this.state === 'snapshot' || this.inflights.full;
  }

  becomeProbe(): void {
    // A snapshot that arrived moves the follower up to its index even when the acknowledgement is still under way.
    const arrived = this.state === 'snapshot' ? this.pendingSnapshot : 0;
    this.#enter('probe');
    this.next = Math.max(this.match, arrived) + 1;
  }

  becomeReplicate(): void {
    this.#enter('replicate');
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    this.#enter('snapshot');
    this.pendingSnapshot = index;
    this.next = index + 1;
  }

  sentEntries(lastIndex: number, bytes: number): void {
    if (this.state === 'replicate') {
      this.next = lastIndex + 1;
      this.inflights.add(lastIndex, bytes);
    } else {
      this.probeSent = true;
    }
  }

  /** @returns true when the acknowledgement brought news */
  acknowledged(index: number): boolean {
    const news = index > this.match;
    if (news) {
      this.match = index;
      this.probeSent = false;
    }
    this.next = Math.max(this.next, index + 1);
    return news;
  }

  /**
   * The follower refused an append after `rejected`; it may agree at `hint`.
   * @returns false for a stale refusal, which says nothing about now
   */
  rejected(rejected: number, hint: number): boolean {
    if (this.state === 'replicate') {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
      return true;
    }
    if (this.next - 1 !== rejected) return false;
    this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
    this.probeSent = false;
    return true;
  }

  /** The follower's disk lost entries that it had acknowledged: its word counts from here on only. */
  forget(rejected: number): void {
    this.match = 0;
    if (this.state === 'snapshot') return;
    this.#enter('probe');
    this.next = rejected + 1;
  }

  #enter(state: ProgressState): void {
    this.state = state;
    this.probeSent = false;
    this.pendingSnapshot = 0;
    this.inflights.reset();
  }
}
