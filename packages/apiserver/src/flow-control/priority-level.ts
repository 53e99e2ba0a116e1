import type { PriorityLevelConfiguration } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import type { SeatBounds, Shares } from './concurrency.js';
import { QueueSet, type Waiter } from './queue-set.js';

/** A place among the requests that run. */
export interface Seat {
  /** Gives it back; again is nothing. */
  release(): void;
}

/** Why a request does not get its seats. Kubernetes' words, of `apiserver_flowcontrol_rejected_requests_total`. */
export type Rejection = 'concurrency-limit' | 'queue-full' | 'time-out' | 'cancelled';

/** The demand of earlier periods counts ever less: KEP-1040's smoothing, per period. */
const demandDecay = 0.977;

/** The requests of one priority level: those that run, and those that wait. */
export class PriorityLevel {
  readonly config: PriorityLevelConfiguration;
  readonly isExempt: boolean;
  bounds: SeatBounds = { nominal: 0, min: 0, max: 0 };
  /** Seats that it has now: its own, less what it lends, or more by what it borrows. */
  limit = 0;
  executing = 0;
  #demand = 0;
  #demandMax = 0;
  readonly #queues: QueueSet | undefined;
  readonly #clock: Clock;

  constructor(config: PriorityLevelConfiguration, clock: Clock) {
    this.config = config;
    this.isExempt = config.spec.type === 'Exempt';
    this.#clock = clock;
    const queuing = config.spec.limited?.limitResponse?.queuing;
    const { queues = 64, handSize = 8, queueLengthLimit = 50 } = queuing ?? {};
    this.#queues = queuing === undefined ? undefined : new QueueSet({ queues, handSize, queueLengthLimit });
  }

  get shares(): Shares {
    const { nominalConcurrencyShares = this.isExempt ? 0 : 30, lendablePercent = 0 } =
      this.config.spec.limited ?? this.config.spec.exempt ?? {};
    return { nominalConcurrencyShares, lendablePercent, borrowingLimitPercent: this.config.spec.limited?.borrowingLimitPercent };
  }

  get waiting(): number {
    return this.#queues?.waiting ?? 0;
  }

  /** The seats at once, when nobody waits and they are free. A request that wants more than all gets its turn alone. */
  tryEnter(seats: number): Seat | undefined {
    if (!this.isExempt) {
      if (this.waiting > 0) return undefined;
      if (this.executing + seats > this.limit && this.executing > 0) return undefined;
      if (this.limit === 0) return undefined;
    }
    return this.#occupy(seats, undefined);
  }

  /**
   * Waits in the queue of the flow.
   * @returns what resolves with the seats, and how to stop waiting; or why there is nothing to wait for
   */
  wait(flow: string, seats: number): { readonly seat: Promise<Seat>; cancel(): void } | Rejection {
    const queues = this.#queues;
    if (queues === undefined) return 'concurrency-limit';
    const queue = queues.queueFor(flow);
    let enter: (seat: Seat) => void = () => {};
    const seat = new Promise<Seat>((resolve) => {
      enter = resolve;
    });
    const waiter: Waiter = { seats, dispatch: () => enter(this.#occupy(seats, queue)) };
    if (!queues.enqueue(queue, waiter)) return 'queue-full';
    this.#noteDemand();
    this.dispatch();
    return { seat, cancel: () => queues.remove(queue, waiter) };
  }

  /** Lets those run whose turn it is, as far as there are seats. */
  dispatch(): void {
    const queues = this.#queues;
    if (queues === undefined) return;
    while (queues.waiting > 0 && this.limit > 0) {
      const free = this.executing === 0 ? Number.POSITIVE_INFINITY : this.limit - this.executing;
      const next = queues.dequeue(free);
      if (next === undefined) return;
      next.waiter.dispatch();
    }
  }

  /** The most seats that were wanted at a time since the last call, with the memory of earlier ones. */
  takeDemand(): number {
    this.#demand = Math.max(this.#demandMax, this.#demand * demandDecay);
    this.#demandMax = this.executing + (this.#queues?.waitingSeats ?? 0);
    return this.#demand;
  }

  #occupy(seats: number, queue: number | undefined): Seat {
    this.executing += seats;
    this.#noteDemand();
    const sinceMs = queue === undefined ? 0 : this.#clock.monotonicMs();
    return {
      release: () => {
        this.executing -= seats;
        if (queue !== undefined) this.#queues?.finished(queue, seats, this.#clock.monotonicMs() - sinceMs);
        if (this.waiting > 0) this.dispatch();
      },
    };
  }

  #noteDemand(): void {
    const wanted = this.executing + (this.#queues?.waitingSeats ?? 0);
    if (wanted > this.#demandMax) this.#demandMax = wanted;
  }
}
