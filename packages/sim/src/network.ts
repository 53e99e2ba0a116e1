import { type Random, randomInt } from '@flotilla/base';
import type { NodeId } from '@flotilla/raft';
import type { EventQueue } from './event-queue.js';

export interface NetworkFaults {
  /** Chance of a message to vanish, and to arrive twice. */
  readonly dropRate: number;
  readonly duplicateRate: number;
  /** Each message takes a time of its own in this range, so they overtake one another. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

export const calmNetwork: NetworkFaults = { dropRate: 0, duplicateRate: 0, minDelayMs: 1, maxDelayMs: 3 };

/** Delivers packets late, twice, out of order, or not at all. */
export class Network<Packet> {
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #deliver: (to: NodeId, packet: Packet) => void;
  /** Members of different groups do not hear each other; a member in no group hears nobody. */
  #groups: readonly (readonly NodeId[])[] | undefined;
  /** Who does not hear whom, as `from>to`, though the way back is open. */
  readonly #cuts = new Set<string>();
  faults: NetworkFaults = calmNetwork;

  constructor(queue: EventQueue, random: Random, deliver: (to: NodeId, packet: Packet) => void) {
    this.#queue = queue;
    this.#random = random;
    this.#deliver = deliver;
  }

  partition(groups: readonly (readonly NodeId[])[]): void {
    this.#groups = groups;
  }

  /** What `from` sends no longer reaches `to`. */
  cut(from: NodeId, to: NodeId): void {
    this.#cuts.add(`${from}>${to}`);
  }

  heal(): void {
    this.#groups = undefined;
    this.#cuts.clear();
    this.faults = calmNetwork;
  }

  /**
   * @param once never delivered twice, as TCP promises; for what is not idempotent
   * @returns false when the packet is lost: for senders whose transport would notice
   */
  send(from: NodeId, to: NodeId, packet: Packet, once: boolean): boolean {
    const { dropRate, duplicateRate } = this.faults;
    if (!this.reaches(from, to) || this.#random.next() < dropRate) return false;
    this.#schedule(from, to, packet);
    if (!once && this.#random.next() < duplicateRate) this.#schedule(from, to, packet);
    return true;
  }

  /** Whether a packet sent now would get through, but for chance. */
  reaches(from: NodeId, to: NodeId): boolean {
    if (this.#cuts.size > 0 && this.#cuts.has(`${from}>${to}`)) return false;
    return this.#groups === undefined || this.#groups.some((group) => group.includes(from) && group.includes(to));
  }

  delayMs(): number {
    const { minDelayMs, maxDelayMs } = this.faults;
    return randomInt(this.#random, minDelayMs, maxDelayMs + 1);
  }

  #schedule(from: NodeId, to: NodeId, packet: Packet): void {
    this.#queue.after(this.delayMs(), () => {
      if (this.reaches(from, to)) this.#deliver(to, packet);
    });
  }
}
