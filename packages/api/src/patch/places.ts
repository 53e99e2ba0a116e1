/** Where keys of items stand in a list: found at once, so that patches of long lists cost no more than their length. */
export class Places {
  readonly #first = new Map<unknown, number>();

  /** @param keys any JSON, or undefined for an item without a key */
  constructor(keys: readonly unknown[] = []) {
    for (const [index, key] of keys.entries()) this.add(key, index);
  }

  /** The first place of a key stays its place. */
  add(key: unknown, index: number): void {
    const identity = identityOf(key);
    if (!this.#first.has(identity)) this.#first.set(identity, index);
  }

  /** @returns -1 when the key does not occur */
  of(key: unknown): number {
    return this.#first.get(identityOf(key)) ?? -1;
  }

  has(key: unknown): boolean {
    return this.#first.has(identityOf(key));
  }
}

/** Scalars are themselves; no text of JSON begins with a NUL, so that none is taken for an object. */
function identityOf(key: unknown): unknown {
  return typeof key === 'object' && key !== null ? `\0${JSON.stringify(key)}` : key;
}
