/** One change of a batch; `value: undefined` removes the key. */
export interface BackendChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Some entries of a backend, in key order. A page is what is read at once: a promise for each entry costs more than the entry. */
export type BackendPage = readonly (readonly [key: Uint8Array, value: Uint8Array])[];

/**
 * The ordered byte map under the state machine. Reads and writes are synchronous: `get` sees every batch written
 * before it, whether or not that batch has reached the disk yet.
 *
 * Durability is the owner's: a batch may reach the disk later, but batches reach it whole and in order, together
 * with the index of the last command applied. What a crash takes away is then applied again from the Raft log.
 * Only opening and copying it out read it in pages; nothing in steady state does.
 */
export interface Backend {
  get(key: Uint8Array): Uint8Array | undefined;
  /** In key order, `from` ≤ key < `to`, as of the call. */
  pages(from: Uint8Array, to: Uint8Array): AsyncIterable<BackendPage>;
  /** All or nothing. The arrays become the backend's: neither side changes them afterwards. */
  write(changes: readonly BackendChange[]): void;
}
