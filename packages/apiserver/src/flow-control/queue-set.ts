import { assert } from '@flotilla/base';
import { dealHand } from './shuffle-shard.js';

export interface QueueLimits {
  readonly queues: number;
  readonly handSize: number;
  readonly queueLengthLimit: number;
}

/** A request that waits for its seats. */
export interface Waiter {
  readonly seats: number;
  /** Told once, when its turn has come. */
  dispatch(): void;
}

interface Queue {
  readonly waiting: Waiter[];
  /** Seats of requests that came through this queue and run. */
  executing: number;
  /** In virtual time, when its next request is due: what it has had so far, in seats × milliseconds. */
  due: number;
}

/** How long a request is taken to run before one knows, in milliseconds: KEP-1040's G is of this order. */
const estimatedMs = 3;

/**
 * The queues of one priority level. Flows are spread over them by shuffle sharding, and queues take turns by what they have
 * used: start-time fair queuing in seats × time. Who sends little waits little, whatever others send.
 */
export class QueueSet {
  readonly #limits: QueueLimits;
  readonly #queues: Queue[];
  #virtualTime = 0;
  #waiting = 0;
  #waitingSeats = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
    this.#queues = Array.from({ length: limits.queues }, () => ({ waiting: [], executing: 0, due: 0 }));
  }

  get waiting(): number {
    return this.#waiting;
  }

  get waitingSeats(): number {
    return this.#waitingSeats;
  }

  /** The queue of the flow's hand that has the least to do. */
  queueFor(flow: string): number {
    const [first = 0, ...others] = dealHand(flow, this.#limits.queues, this.#limits.handSize);
    return others.reduce((best, other) => (this.#load(other) < this.#load(best) ? other : best), first);
  }

  /** @returns false when the queue is full */
  enqueue(index: number, waiter: Waiter): boolean {
    const queue = this.#queue(index);
    if (queue.waiting.length >= this.#limits.queueLengthLimit) return false;
    // A queue that was idle does not save up turns.
    if (queue.waiting.length === 0 && queue.executing === 0) queue.due = Math.max(queue.due, this.#virtualTime);
    queue.waiting.push(waiter);
    this.#waiting += 1;
    this.#waitingSeats += waiter.seats;
    return true;
  }

  /** The request that is due, if it fits into the free seats; it runs from now on. */
  dequeue(freeSeats: number): { readonly waiter: Waiter; readonly queue: number } | undefined {
    let next: number | undefined;
    for (let i = 0; i < this.#queues.length; i++) {
      if (this.#queue(i).waiting.length > 0 && (next === undefined || this.#queue(i).due < this.#queue(next).due)) next = i;
    }
    if (next === undefined) return undefined;
    const queue = this.#queue(next);
    const [waiter] = queue.waiting;
    if (waiter === undefined || waiter.seats > freeSeats) return undefined;
    queue.waiting.shift();
    this.#waiting -= 1;
    this.#waitingSeats -= waiter.seats;
    this.#virtualTime = Math.max(this.#virtualTime, queue.due);
    this.started(next, waiter.seats);
    return { waiter, queue: next };
  }

  started(index: number, seats: number): void {
    const queue = this.#queue(index);
    queue.executing += seats;
    queue.due += seats * estimatedMs;
  }

  /** Sets right what was estimated. */
  finished(index: number, seats: number, ms: number): void {
    const queue = this.#queue(index);
    queue.executing -= seats;
    queue.due += seats * (ms - estimatedMs);
  }

  /** A waiter that waits no longer. */
  remove(index: number, waiter: Waiter): void {
    const queue = this.#queue(index);
    const at = queue.waiting.indexOf(waiter);
    if (at < 0) return;
    queue.waiting.splice(at, 1);
    this.#waiting -= 1;
    this.#waitingSeats -= waiter.seats;
  }

  #load(index: number): number {
    const { waiting, executing } = this.#queue(index);
    return waiting.reduce((seats, waiter) => seats + waiter.seats, executing);
  }

  #queue(index: number): Queue {
    const queue = this.#queues[index];
    assert(queue !== undefined, 'queues are numbered from 0');
    return queue;
  }
}
