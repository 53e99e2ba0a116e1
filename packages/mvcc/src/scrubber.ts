import type { BackendChange } from './backend.js';
import type { StoreCounts } from './counts.js';
import { scrubKeysPerApply } from './limits.js';
import { revisionKey } from './record.js';
import type { State } from './state.js';

/**
 * Removes compacted history a slice at a time, so that a compaction never stalls the store: what is compacted is
 * unreadable at once, its space comes back over the next commands. Where it is on its way is not remembered
 * across restarts; it then starts over, and finds little to do.
 */
export class Scrubber {
  readonly #state: State;
  readonly #counts: StoreCounts;
  #target = -1;
  #resumeAt = '';

  constructor(state: State, counts: StoreCounts) {
    this.#state = state;
    this.#counts = counts;
  }

  /** @returns the removals of this slice, for the batch of the command being applied */
  slice(): BackendChange[] {
    const state = this.#state;
    if (state.scrubbedRevision >= state.compactRevision) return [];
    if (this.#target < state.compactRevision) {
      this.#target = state.compactRevision;
      this.#resumeAt = '';
    }
    const removals: BackendChange[] = [];
    const gone: string[] = [];
    let keys = 0;
    let next: string | undefined;
    state.index.visit({ start: this.#resumeAt, end: undefined, single: false }, (history) => {
      if (keys++ === scrubKeysPerApply) {
        next = history.key;
        return false;
      }
      for (const { main, sub, bytes } of history.compact(this.#target)) {
        removals.push({ key: revisionKey(main, sub), value: undefined });
        state.bytes -= bytes;
        state.changes--;
        this.#counts.scrubbed++;
      }
      if (history.length === 0) gone.push(history.key);
      return true;
    });
    for (const key of gone) state.index.delete(key);
    if (next === undefined) state.scrubbedRevision = this.#target;
    else this.#resumeAt = next;
    return removals;
  }
}
