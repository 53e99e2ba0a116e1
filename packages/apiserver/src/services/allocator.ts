import { type Random, randomInt } from '@flotilla/base';
import { type KeyValueStore, prefixEnd } from '@flotilla/store-client';
import { keyBytes, keyText } from '../storage/keys.js';
import type { Companion } from '../storage/object-store.js';
import { throughStore } from '../storage/store-failure.js';

const randomTries = 8;

/**
 * Gives out names from a range, each to one owner. A name that is taken is a key in the store, written in the same
 * transaction as its owner and only if it is not there: two API servers cannot give out one name twice, and no crash
 * can leave a name without an owner.
 */
export class Allocator {
  readonly #store: KeyValueStore;
  readonly #prefix: string;
  readonly #random: Random;

  /** @param prefix of the keys of taken names; ends with a slash */
  constructor(store: KeyValueStore, prefix: string, random: Random) {
    this.#store = store;
    this.#prefix = prefix;
    this.#random = random;
  }

  /** Who has the name now. */
  async owner(name: string): Promise<string | undefined> {
    const { kvs } = await throughStore(this.#store.range({ key: this.#key(name) }));
    const kv = kvs[0];
    return kv === undefined ? undefined : keyText(kv.value);
  }

  /**
   * Some free one of `at(from) … at(size - 1)`, else of the rest.
   * @param except names that the caller has chosen already
   * @returns undefined when all are taken
   */
  async choose(
    size: number,
    from: number,
    at: (index: number) => string,
    except: readonly string[],
  ): Promise<string | undefined> {
    for (let i = 0; i < randomTries; i++) {
      const name = at(randomInt(this.#random, from, size));
      if (!except.includes(name) && (await this.owner(name)) === undefined) return name;
    }
    return this.#search(size, from, at, except);
  }

  /** What has to be written along with an owner that had the names `before` and is to have those `after`. */
  exchange(before: readonly string[], after: readonly string[], owner: string): Companion {
    const taken = after.filter((name) => !before.includes(name)).map((name) => this.#key(name));
    const left = before.filter((name) => !after.includes(name));
    return {
      compare: taken.map((key) => ({ key, result: 'equal', target: { version: 0 } })),
      operations: [...taken.map((key) => ({ put: { key, value: keyBytes(owner) } })), ...this.release(left).operations],
    };
  }

  release(names: readonly string[]): Companion {
    return { compare: [], operations: names.map((name) => ({ deleteRange: { key: this.#key(name) } })) };
  }

  /** Chance found none, so the range is almost full: look at all that is taken. */
  async #search(
    size: number,
    from: number,
    at: (index: number) => string,
    except: readonly string[],
  ): Promise<string | undefined> {
    const key = keyBytes(this.#prefix);
    const { kvs } = await throughStore(this.#store.range({ key, rangeEnd: prefixEnd(key), keysOnly: true }));
    const taken = new Set(kvs.map((kv) => keyText(kv.key).slice(this.#prefix.length)));
    for (let i = 0; i < size; i++) {
      const name = at((from + i) % size);
      if (!taken.has(name) && !except.includes(name)) return name;
    }
    return undefined;
  }

  #key(name: string): Uint8Array {
    return keyBytes(this.#prefix + name);
  }
}
