import type { BackendPage } from './backend.js';
import { revisionKeyBytes, revisionStart, stateEnd, stateStart } from './record.js';
import type { State } from './state.js';

/** Everything that is stored, as it was at one moment, for copying it out while the store goes on. */
export interface StoredContents {
  readonly revision: number;
  /** In key order. To be read once, and from the start: it holds on to the moment until it has ended. */
  readonly pages: AsyncIterable<BackendPage>;
  /** How many entries there are, and the bytes of their keys and values. */
  size(): Promise<{ readonly entries: number; readonly bytes: number }>;
}

export function contentsOf(state: State): StoredContents {
  const { revision, bytes: changeBytes, changes } = state;
  const pages = state.backend.pages(stateStart, stateEnd);
  // What is not history is little, and read twice; of history the state knows the size.
  const rest = state.backend.pages(stateStart, revisionStart);
  return {
    revision,
    pages,
    async size() {
      let [count, bytes] = [changes, changeBytes + changes * revisionKeyBytes];
      for await (const page of rest) {
        count += page.length;
        for (const [key, value] of page) bytes += key.length + value.length;
      }
      return { entries: count, bytes };
    },
  };
}
