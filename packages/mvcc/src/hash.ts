import { crc32c } from './crc32.js';
import type { KeyHistory } from './key-history.js';
import { hashKeysPerSlice } from './limits.js';
import { revisionKey } from './record.js';
import type { State } from './state.js';

export interface HashResult {
  readonly hash: number;
  /** Of the store, when the hash was begun. */
  readonly revision: number;
  /** Members can only be compared at the same one. */
  readonly compactRevision: number;
}

/**
 * A digest of the history in (compactRevision, revision] and of the state as of compactRevision. Two members that
 * agree on it hold the same data, however far each has come with removing what is compacted. Made in slices: changes
 * in between do not matter, a compaction does.
 */
export class StateHash {
  readonly #state: State;
  /** The history that is hashed ends here. */
  readonly #upTo: number;
  readonly #revision: number;
  readonly #compactRevision: number;
  #crc = 0;
  /** The next key to hash; undefined: all are. */
  #resumeAt: string | undefined = '';

  /** @param upTo 0: now */
  constructor(state: State, upTo: number) {
    this.#state = state;
    this.#revision = state.revision;
    this.#upTo = upTo > 0 ? upTo : state.revision;
    this.#compactRevision = state.compactRevision;
  }

  /** Hashes some more keys. @returns the result when there are no more */
  slice(): HashResult | undefined {
    const start = this.#resumeAt ?? '';
    let keys = 0;
    this.#resumeAt = undefined;
    this.#state.index.visit({ start, end: undefined, single: false }, (history) => {
      if (keys++ < hashKeysPerSlice) {
        this.#add(history);
        return true;
      }
      this.#resumeAt = history.key;
      return false;
    });
    if (this.#resumeAt !== undefined) return undefined;
    return { hash: this.#crc, revision: this.#revision, compactRevision: this.#compactRevision };
  }

  /** A compaction came in between: start over. */
  get stale(): boolean {
    return this.#state.compactRevision !== this.#compactRevision;
  }

  #add({ revisions }: KeyHistory): void {
    for (const [i, { main, sub, version }] of revisions.entries()) {
      if (main > this.#upTo) return;
      const next = revisions[i + 1];
      const superseded = next !== undefined && next.main <= this.#compactRevision;
      const dead = version === 0 && main < this.#compactRevision;
      if (superseded || dead) continue;
      this.#crc = crc32c(crc32c(this.#crc, revisionKey(main, sub)), this.#state.record(main, sub));
    }
  }
}
