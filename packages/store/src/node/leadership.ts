import type { Cancel } from '@flotilla/base';
import { type NodeId, noNode } from '@flotilla/raft';
import type { Leadership } from '../member.js';

/** Who leads, as this member last heard, and who wants to know. */
export class LeadershipWatch {
  readonly #self: NodeId;
  readonly #term: () => number;
  readonly #listeners = new Set<(leadership: Leadership) => void>();
  #leader: NodeId = noNode;
  /** How often another leader was seen. */
  changes = 0;

  constructor(self: NodeId, term: () => number) {
    this.#self = self;
    this.#term = term;
  }

  get leader(): NodeId {
    return this.#leader;
  }

  /** Calls `listener` now and at every change. */
  subscribe(listener: (leadership: Leadership) => void): Cancel {
    this.#listeners.add(listener);
    listener(this.#current());
    return () => this.#listeners.delete(listener);
  }

  changed(leader: NodeId): void {
    if (leader !== noNode && leader !== this.#leader) this.changes++;
    this.#leader = leader;
    for (const listener of [...this.#listeners]) listener(this.#current());
  }

  #current(): Leadership {
    return { leading: this.#leader === this.#self, term: this.#term() };
  }
}
