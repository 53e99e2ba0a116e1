/**
 * The ordered key-value database under the applied state. Reads see every write that was begun before them. The real one
 * is `level`; the simulation's loses what was not synced.
 */
export interface Database {
  /** False for the moments in which it is opened anew after a write failed. */
  readonly available: boolean;
  /** @throws StoreError `unavailable` while it is not */
  getSync(key: Uint8Array): Uint8Array | undefined;
  /** What lies in `range`, in key order, as of the call or of `snapshot`. */
  pages(range: KeyRange, snapshot?: DatabaseSnapshot): AsyncIterable<Page>;
  /** All of it or nothing, and on disk when this returns. After an error it may be tried again. */
  write(changes: readonly Change[]): Promise<void>;
  clear(range: KeyRange): Promise<void>;
  /** What the database holds now, to be read later; close it. */
  snapshot(): DatabaseSnapshot;
  /** Gives the space of what was deleted back to the file system. After an error it may be tried again. */
  compact(): Promise<void>;
  /** What it takes on disk, in bytes. */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}

/** Some entries in key order: what is read at once, as a promise for each would cost more than the entry itself. */
export type Page = readonly (readonly [key: Uint8Array, value: Uint8Array])[];

export type Change =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

/** `from` ≤ key < `to` */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

export interface DatabaseSnapshot {
  close(): Promise<void>;
}
