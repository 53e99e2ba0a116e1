import type { Backend } from './backend.js';

export type Balance = 'roundrobin' | 'leastconn';

/**
 * Chooses the backend of the next connection. When none is up, the others get their chance (unknown before down):
 * an API server that is not ready still explains itself with a `Status`, and one that just started need not wait
 * for its next health check.
 */
export class Pool {
  readonly backends: readonly Backend[];
  readonly #balance: Balance;
  #next = 0;

  constructor(backends: readonly Backend[], balance: Balance) {
    this.backends = backends;
    this.#balance = balance;
  }

  /** @returns undefined when every backend is in `tried` */
  pick(tried: ReadonlySet<Backend>): Backend | undefined {
    for (const state of ['up', 'unknown', 'down'] as const) {
      const chosen = this.#choose((backend) => backend.state === state && !tried.has(backend));
      if (chosen !== undefined) return chosen;
    }
    return undefined;
  }

  /** Walks the ring from where the last choice left it, so that equal loads alternate. */
  #choose(eligible: (backend: Backend) => boolean): Backend | undefined {
    let best: Backend | undefined;
    let bestAt = 0;
    for (let step = 0; step < this.backends.length; step++) {
      const at = (this.#next + step) % this.backends.length;
      const backend = this.backends[at];
      if (backend === undefined || !eligible(backend)) continue;
      if (best === undefined || (this.#balance === 'leastconn' && backend.connections.size < best.connections.size)) {
        best = backend;
        bestAt = at;
      }
    }
    if (best !== undefined) this.#next = (bestAt + 1) % this.backends.length;
    return best;
  }
}
