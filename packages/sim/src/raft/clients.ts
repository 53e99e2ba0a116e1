import { pick, type Random, randomInt } from '@flotilla/base';
import type { Operation } from '../checkers/register.js';
import type { EventQueue } from '../event-queue.js';
import type { SimMember } from './sim-member.js';

export interface ClientOptions {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly members: readonly SimMember[];
  /** What clients saw is written down here. */
  readonly operations: Operation[];
  /** A broken promise: tells the client that a write is done when only the leader has it. */
  readonly acknowledgeEarly: boolean;
  /** A broken promise: reads whatever the member happens to have. */
  readonly readStale: boolean;
}

const keys = ['a', 'b', 'c'];
const patienceMs = 400;

/** Reads and writes some keys, one operation after the other, each at any member; writes down what it saw. */
export class Client {
  readonly #options: ClientOptions;
  readonly #number: number;
  #written = 0;
  #stopped = false;

  constructor(number: number, options: ClientOptions) {
    this.#number = number;
    this.#options = options;
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
  }

  #next(): void {
    const { queue, random, members } = this.#options;
    queue.after(randomInt(random, 5, 40), () => {
      if (this.#stopped) return;
      const member = pick(random, members);
      const key = pick(random, keys);
      if (!member.up) this.#next();
      else if (random.next() < 0.5) this.#write(member, key);
      else this.#read(member, key);
    });
  }

  #write(member: SimMember, key: string): void {
    const value = `${this.#number}.${++this.#written}`;
    const settle = this.#once(key, 'write', () => value);
    const accepted = member.propose(`${key}=${value}`, () => settle(true));
    if (!accepted) settle(undefined);
    else if (this.#options.acknowledgeEarly && member.leading) settle(true);
  }

  #read(member: SimMember, key: string): void {
    const settle = this.#once(key, 'read', () => member.applied.values.get(key));
    if (this.#options.readStale) settle(true);
    else member.read(() => settle(true));
  }

  /** @returns true: it happened, false: perhaps, undefined: it certainly did not */
  #once(key: string, kind: 'read' | 'write', value: () => string | undefined): (happened: boolean | undefined) => void {
    const { queue, operations } = this.#options;
    const calledMs = queue.nowMs;
    let settled = false;
    const settle = (happened: boolean | undefined) => {
      if (settled) return;
      settled = true;
      const returnedMs = happened ? queue.nowMs : Number.POSITIVE_INFINITY;
      if (happened !== undefined && (happened || kind === 'write')) {
        operations.push({ client: this.#number, key, kind, value: value(), calledMs, returnedMs });
      }
      this.#next();
    };
    queue.after(patienceMs, () => settle(false));
    return settle;
  }
}
