import type { AbortSignalLike } from '@flotilla/base';
import { StoreError } from '@flotilla/mvcc';

/**
 * Aborts when a call is over before it is answered. Node.js's own signals cost as much as the rest of a call, and so do
 * errors that nobody looks at: hardly any call is aborted while somebody listens.
 */
export class CallSignal implements AbortSignalLike {
  #aborted = false;
  #reason: StoreError | undefined;
  readonly #listeners = new Set<() => void>();

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    if (this.#aborted) this.#reason ??= new StoreError('cancelled', 'context canceled');
    return this.#reason;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(): void {
    this.#aborted = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
