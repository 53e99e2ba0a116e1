import { type Clock, type Random, randomInt } from '@flotilla/base';
import { affinityClientsMax } from '../../limits.js';
import { type Target, targetKey } from '../../plan/rule.js';

interface Affinity {
  readonly target: string;
  readonly seenMs: number;
}

/** Chooses targets in turn, starting anywhere, so that many proxies together spread their load. */
export class TargetPicker {
  readonly #clock: Clock;
  readonly #random: Random;
  #targets: readonly Target[] = [];
  #next = 0;
  #affinityMs: number | undefined;
  /** By client address, longest unseen first. */
  readonly #affinities = new Map<string, Affinity>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get size(): number {
    return this.#targets.length;
  }

  /** The turn survives updates that leave the targets as they are. */
  update(targets: readonly Target[], affinityMs: number | undefined): void {
    const same =
      targets.length === this.#targets.length &&
      targets.every((target, i) => targetKey(target) === targetKey(this.#targets[i] ?? target));
    if (!same || this.#targets.length !== targets.length) this.#next = randomInt(this.#random, 0, Math.max(1, targets.length));
    this.#targets = targets;
    this.#affinityMs = affinityMs;
    const current = new Set(targets.map(targetKey));
    for (const [client, { target }] of this.#affinities) {
      if (affinityMs === undefined || !current.has(target)) this.#affinities.delete(client);
    }
  }

  /** @param tried targets that refused already. @returns undefined when none is left */
  pick(client: string, tried: ReadonlySet<string>): Target | undefined {
    const target = this.#remembered(client, tried) ?? this.#inTurn(tried);
    if (target !== undefined) this.#remember(client, target);
    return target;
  }

  #inTurn(tried: ReadonlySet<string>): Target | undefined {
    for (let step = 0; step < this.#targets.length; step++) {
      const at = (this.#next + step) % this.#targets.length;
      const target = this.#targets[at];
      if (target === undefined || tried.has(targetKey(target))) continue;
      this.#next = (at + 1) % this.#targets.length;
      return target;
    }
    return undefined;
  }

  #remembered(client: string, tried: ReadonlySet<string>): Target | undefined {
    if (this.#affinityMs === undefined) return undefined;
    const affinity = this.#affinities.get(client);
    if (affinity === undefined || tried.has(affinity.target)) return undefined;
    if (this.#clock.monotonicMs() - affinity.seenMs >= this.#affinityMs) return undefined;
    return this.#targets.find((target) => targetKey(target) === affinity.target);
  }

  #remember(client: string, target: Target): void {
    if (this.#affinityMs === undefined) return;
    this.#affinities.delete(client);
    this.#affinities.set(client, { target: targetKey(target), seenMs: this.#clock.monotonicMs() });
    if (this.#affinities.size <= affinityClientsMax) return;
    const [oldest] = this.#affinities.keys();
    if (oldest !== undefined) this.#affinities.delete(oldest);
  }
}
