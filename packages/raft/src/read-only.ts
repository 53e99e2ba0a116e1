import type { NodeId } from './types.js';

export interface PendingRead {
  /** Who asked. */
  readonly from: NodeId;
  readonly context: number;
}

interface ConfirmingRead extends PendingRead {
  readonly index: number;
  readonly round: number;
}

/**
 * A leader's reads under way (ReadIndex, Raft thesis §6.4). Each read opens a round; heartbeats carry the latest
 * round, and an answer to round n says that the sender still followed this leader after every read of rounds ≤ n.
 */
export class ReadOnly {
  #round = 0;
  #confirming: ConfirmingRead[] = [];
  /** Asked before this leader had committed anything in its term. */
  #waiting: PendingRead[] = [];
  readonly #confirmed = new Map<NodeId, number>();

  get round(): number {
    return this.#round;
  }

  wait(read: PendingRead): void {
    this.#waiting.push(read);
  }

  takeWaiting(): PendingRead[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  begin(read: PendingRead, index: number): void {
    this.#round++;
    this.#confirming.push({ ...read, index, round: this.#round });
  }

  confirm(from: NodeId, round: number): void {
    this.#confirmed.set(from, Math.max(round, this.#confirmed.get(from) ?? 0));
  }

  /** Takes out every read that a quorum, by `isQuorum`, has confirmed; oldest first. */
  takeConfirmed(isQuorum: (confirmed: (id: NodeId) => boolean) => boolean): ConfirmingRead[] {
    let count = 0;
    for (const read of this.#confirming) {
      if (!isQuorum((id) => (this.#confirmed.get(id) ?? 0) >= read.round)) break;
      count++;
    }
    const confirmed = this.#confirming.slice(0, count);
    if (count > 0) this.#confirming = this.#confirming.slice(count);
    return confirmed;
  }

  /** Leadership changed: whoever asked must ask again. Rounds go on, so that a late answer confirms nothing new. */
  reset(): void {
    this.#confirming = [];
    this.#waiting = [];
    this.#confirmed.clear();
  }
}
