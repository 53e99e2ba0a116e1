import { pick, type Random, randomInt } from '@flotilla/base';
import type { NodeId } from '@flotilla/raft';
import type { EventQueue } from './event-queue.js';
import type { Network } from './network.js';

type Wires = Pick<Network<unknown>, 'partition' | 'cut' | 'faults'>;

/** Breaks something, or mends it, perhaps over a while; does nothing where there is nothing to break. */
export type Fault = () => void;

/** Breaks one thing after the other at random instants, until it is stopped. Mending at the end is the caller's. */
export class Nemesis {
  #stopped = false;

  constructor(
    queue: EventQueue,
    random: Random,
    faults: readonly Fault[],
    pause: { readonly minMs: number; readonly maxMs: number },
  ) {
    const next = () => {
      queue.after(randomInt(random, pause.minMs, pause.maxMs), () => {
        if (this.#stopped) return;
        pick(random, faults)();
        next();
      });
    };
    next();
  }

  stop(): void {
    this.#stopped = true;
  }
}

export function splitInTwo(network: Wires, random: Random, ids: readonly NodeId[]): void {
  const left = ids.filter(() => random.next() < 0.5);
  network.partition([left, ids.filter((id) => !left.includes(id))]);
}

export function isolate(network: Wires, id: NodeId, ids: readonly NodeId[]): void {
  network.partition([[id], ids.filter((other) => other !== id)]);
}

/** One member no longer hears another, or nobody hears it, or it hears nobody. */
export function cutOneWay(network: Wires, random: Random, ids: readonly NodeId[]): void {
  const victim = pick(random, ids);
  const others = ids.filter((id) => id !== victim);
  const way = pick(random, ['one', 'in', 'out'] as const);
  if (way === 'one') network.cut(victim, pick(random, others));
  else for (const other of others) way === 'in' ? network.cut(other, victim) : network.cut(victim, other);
}

export function noise(network: Wires, random: Random): void {
  const maxDelayMs = pick(random, [5, 50, 200]);
  network.faults = { dropRate: random.next() * 0.3, duplicateRate: random.next() * 0.3, minDelayMs: 1, maxDelayMs };
}
