import type { NodeInfo } from '../../cache/node-info.js';

/** Numbers by topology domain: by `zone=a`, `zone=b`, `hostname=n1` … */
export class TopologyCounts {
  readonly #counts = new Map<string, Map<string, number>>();

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  /** Adds to the domain that the node belongs to; does nothing when it has no such label. */
  add(topologyKey: string, node: NodeInfo, amount: number): void {
    const value = node.labels[topologyKey];
    if (value === undefined) return;
    let domains = this.#counts.get(topologyKey);
    if (domains === undefined) {
      domains = new Map();
      this.#counts.set(topologyKey, domains);
    }
    domains.set(value, (domains.get(value) ?? 0) + amount);
  }

  /** Of the domain that the node belongs to. */
  at(topologyKey: string, node: NodeInfo): number {
    return this.#counts.get(topologyKey)?.get(node.labels[topologyKey] ?? '') ?? 0;
  }

  anyAt(node: NodeInfo): boolean {
    for (const key of this.#counts.keys()) if (this.at(key, node) > 0) return true;
    return false;
  }

  sumAt(node: NodeInfo): number {
    let sum = 0;
    for (const key of this.#counts.keys()) sum += this.at(key, node);
    return sum;
  }
}
