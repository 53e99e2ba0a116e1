import type { Backend, BackendChange, BackendPage } from '../member.js';
import { protect, verify } from './checked-value.js';
import type { Change, Database, Page } from './database.js';
import { stateKey, stateKeyOffset } from './keys.js';

/** Changes by key, in key order. */
type Recent = readonly (readonly [name: string, change: BackendChange])[];

/**
 * The state machine's backend: writes gather in memory, visible at once, until they are flushed to the database, in one
 * synced batch together with the applied index. A crash takes what was not flushed; the log has it.
 */
export class StateStorage implements Backend {
  readonly #database: Database;
  #generation: number;
  /** By key, as a binary string. */
  #unflushed = new Map<string, BackendChange>();
  /** In the batch being written. */
  #flushing = new Map<string, BackendChange>();
  #unflushedBytes = 0;
  #flushingBytes = 0;
  /** A value turned out to be damaged: whoever runs this member must stop it. */
  onDamage: (error: unknown) => void = () => {};

  constructor(database: Database, generation: number) {
    this.#database = database;
    this.#generation = generation;
  }

  get generation(): number {
    return this.#generation;
  }

  get unflushedBytes(): number {
    return this.#unflushedBytes;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const name = nameOf(key);
    const change = this.#unflushed.get(name) ?? this.#flushing.get(name);
    return change === undefined ? this.#read(stateKey(this.#generation, key)) : change.value;
  }

  write(changes: readonly BackendChange[]): void {
    for (const change of changes) {
      this.#unflushed.set(nameOf(change.key), change);
      this.#unflushedBytes += change.key.length + (change.value?.length ?? 0);
    }
  }

  pages(from: Uint8Array, to: Uint8Array): AsyncIterable<BackendPage> {
    const recent = this.#recentBetween(from, to);
    const generation = this.#generation;
    return merge(this.#database.pages({ from: stateKey(generation, from), to: stateKey(generation, to) }), recent);
  }

  /** Moves what was written into the caller's batch. `flushed` must follow when that batch is on disk. */
  beginFlush(): Change[] {
    this.#flushing = this.#unflushed;
    this.#flushingBytes = this.#unflushedBytes;
    this.#unflushed = new Map();
    this.#unflushedBytes = 0;
    return Array.from(this.#flushing.values(), ({ key, value }) => stateChange(this.#generation, key, value));
  }

  flushed(): void {
    this.#flushing = new Map();
  }

  /** The flush came to nothing: what was to be written waits for the next one. */
  flushFailed(): void {
    this.#unflushed = new Map([...this.#flushing, ...this.#unflushed]);
    this.#unflushedBytes += this.#flushingBytes;
    this.#flushing = new Map();
  }

  /** A snapshot was installed: everything now reads from `generation`. */
  moveTo(generation: number): void {
    this.#generation = generation;
    this.#unflushed.clear();
    this.#flushing.clear();
    this.#unflushedBytes = 0;
  }

  #read(fullKey: Uint8Array): Uint8Array | undefined {
    const stored = this.#database.getSync(fullKey);
    if (stored === undefined) return undefined;
    try {
      return verify(fullKey, stored);
    } catch (error) {
      this.onDamage(error);
      throw error;
    }
  }

  #recentBetween(from: Uint8Array, to: Uint8Array): Recent {
    const [first, end] = [nameOf(from), nameOf(to)];
    const merged = new Map([...this.#flushing, ...this.#unflushed]);
    return [...merged].filter(([name]) => name >= first && name < end).sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** What lies in the database, as what was written since changes it. */
async function* merge(stored: AsyncIterable<Page>, recent: Recent): AsyncGenerator<BackendPage> {
  let at = 0;
  for await (const page of stored) {
    const merged: [Uint8Array, Uint8Array][] = [];
    for (const [fullKey, value] of page) {
      const key = fullKey.subarray(stateKeyOffset);
      let replaced = false;
      if (at < recent.length) {
        const name = nameOf(key);
        for (let next = recent[at]; next !== undefined && next[0] <= name; next = recent[++at]) {
          replaced = next[0] === name;
          take(merged, next[1]);
        }
      }
      if (!replaced) merged.push([key, verify(fullKey, value)]);
    }
    yield merged;
  }
  const rest: [Uint8Array, Uint8Array][] = [];
  for (const [, change] of recent.slice(at)) take(rest, change);
  yield rest;
}

function take(page: [Uint8Array, Uint8Array][], { key, value }: BackendChange): void {
  if (value !== undefined) page.push([key, value]);
}

/** A change of the state as the database takes it; `value: undefined` deletes. */
export function stateChange(generation: number, key: Uint8Array, value: Uint8Array | undefined): Change {
  const full = stateKey(generation, key);
  return value === undefined ? { type: 'del', key: full } : { type: 'put', key: full, value: protect(full, value) };
}

/** Latin-1 keeps the byte order in the order of UTF-16 code units. */
function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
