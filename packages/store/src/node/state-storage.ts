import type { Backend, BackendChange } from '../member.js';
import { protect, verify } from './checked-value.js';
import type { Change, Database } from './database.js';
import { stateKey, stateKeyOffset } from './keys.js';

type Pair = readonly [key: Uint8Array, value: Uint8Array];

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

  iterate(from: Uint8Array, to: Uint8Array): AsyncIterable<Pair> {
    const recent = this.#recentBetween(from, to);
    const generation = this.#generation;
    return merge(this.#database.iterate({ from: stateKey(generation, from), to: stateKey(generation, to) }), recent);
  }

  /** Moves what was written into the caller's batch. `flushed` must follow when that batch is on disk. */
  beginFlush(): Change[] {
    this.#flushing = this.#unflushed;
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

  #recentBetween(from: Uint8Array, to: Uint8Array): [name: string, change: BackendChange][] {
    const [first, end] = [nameOf(from), nameOf(to)];
    const merged = new Map([...this.#flushing, ...this.#unflushed]);
    return [...merged].filter(([name]) => name >= first && name < end).sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** What lies in the database, as what was written since changes it. Both in key order. */
async function* merge(stored: AsyncIterable<Pair>, recent: [name: string, change: BackendChange][]): AsyncGenerator<Pair> {
  const hidden = new Set(recent.map(([name]) => name));
  let next = recent.shift();
  for await (const [fullKey, value] of stored) {
    const key = fullKey.subarray(stateKeyOffset);
    const name = nameOf(key);
    for (; next !== undefined && next[0] < name; next = recent.shift()) yield* live(next[1]);
    if (!hidden.has(name)) yield [key, verify(fullKey, value)];
  }
  for (; next !== undefined; next = recent.shift()) yield* live(next[1]);
}

/** A change of the state as the database takes it; `value: undefined` deletes. */
export function stateChange(generation: number, key: Uint8Array, value: Uint8Array | undefined): Change {
  const full = stateKey(generation, key);
  return value === undefined ? { type: 'del', key: full } : { type: 'put', key: full, value: protect(full, value) };
}

function* live({ key, value }: BackendChange): Generator<Pair> {
  if (value !== undefined) yield [key, value];
}

/** Latin-1 keeps the byte order in the order of UTF-16 code units. */
function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
