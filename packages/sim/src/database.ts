import { defined, pick, randomInt } from '@flotilla/base';
import { binaryBytes, binaryString } from '@flotilla/mvcc';
import { type Disk, survivors } from './disk.js';

export type DatabaseChange =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

/** `from` ≤ key < `to` */
interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

type Contents = Map<string, Uint8Array>;

/** Few, so that there are several. */
const pageEntries = 7;

/**
 * An ordered key-value database, shaped as the store's `Database`: a batch is there whole or not at all. A crash takes
 * what was not synced, or all but some of its first batches.
 */
export class SimDatabase {
  readonly #disk: Disk;
  #contents: Contents = new Map();
  #synced: Contents = new Map();
  /** Batches in the order of their calls, of which the first so many are durable. */
  #batches: (readonly DatabaseChange[])[] = [];
  #durable = 0;
  readonly #snapshots = new WeakMap<object, Contents>();

  readonly available = true;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    return this.#contents.get(binaryString(key));
  }

  async *pages(range: KeyRange, snapshot?: object): AsyncGenerator<readonly (readonly [Uint8Array, Uint8Array])[]> {
    const contents = snapshot === undefined ? this.#contents : this.#snapshots.get(snapshot);
    const pairs = selected(contents ?? new Map(), range);
    await this.#disk.pass();
    for (let at = 0; at < pairs.length; at += pageEntries) {
      yield pairs.slice(at, at + pageEntries).map(([key, value]) => [binaryBytes(key), value]);
    }
  }

  /** Durable when it returns. */
  async write(changes: readonly DatabaseChange[]): Promise<void> {
    let upTo = 0;
    let bytes = 0;
    for (const change of changes) bytes += change.key.length + (change.type === 'put' ? change.value.length : 0);
    await this.#disk.change(
      () => {
        upTo = this.#begin(changes);
      },
      () => this.#sync(upTo),
      bytes,
    );
  }

  /** Not synced. */
  async clear(range: KeyRange): Promise<void> {
    const changes = selected(this.#contents, range).map(([key]) => ({ type: 'del' as const, key: binaryBytes(key) }));
    if (changes.length > 0) await this.#disk.change(() => this.#begin(changes));
  }

  snapshot(): { close(): Promise<void> } {
    const snapshot = { close: async () => {} };
    this.#snapshots.set(snapshot, new Map(this.#contents));
    return snapshot;
  }

  async compact(): Promise<void> {
    await this.#disk.pass();
  }

  async sizeBytes(): Promise<number> {
    let bytes = 0;
    for (const [key, value] of this.#contents) bytes += key.length + value.length;
    return bytes;
  }

  async close(): Promise<void> {}

  /** The power goes. */
  crash(): void {
    this.#sync(this.#durable + survivors(this.#disk.random, this.#batches.length - this.#durable));
    this.#batches = [];
    this.#durable = 0;
    this.#contents = new Map(this.#synced);
  }

  /** One bit of a synced value is no longer what was written. @returns of which, for the log of events; undefined: there is none */
  flipBit(): string | undefined {
    const { random } = this.#disk;
    const candidates = [...this.#synced].filter(([key, value]) => value.length > 0 && this.#contents.get(key) === value);
    if (candidates.length === 0) return undefined;
    const [key, value] = pick(random, candidates);
    const damaged = Uint8Array.from(value); // a Buffer's own slice would share memory
    const at = randomInt(random, 0, value.length);
    damaged[at] = defined(value[at], 'within the value') ^ (1 << randomInt(random, 0, 8));
    this.#synced.set(key, damaged);
    this.#contents.set(key, damaged);
    return `key ${JSON.stringify(key)} at byte ${at}`;
  }

  #begin(changes: readonly DatabaseChange[]): number {
    const copied = changes.map((change) =>
      change.type === 'put' ? { ...change, value: Uint8Array.from(change.value) } : change,
    );
    applyChanges(this.#contents, copied);
    return this.#batches.push(copied);
  }

  /** A batch counts for the batches before it. */
  #sync(count: number): void {
    for (; this.#durable < count; this.#durable++) {
      applyChanges(this.#synced, this.#batches[this.#durable] ?? []);
      this.#batches[this.#durable] = [];
    }
  }
}

function applyChanges(contents: Contents, changes: readonly DatabaseChange[]): void {
  for (const change of changes) {
    if (change.type === 'put') contents.set(binaryString(change.key), change.value);
    else contents.delete(binaryString(change.key));
  }
}

function selected(contents: ReadonlyMap<string, Uint8Array>, { from, to }: KeyRange): [string, Uint8Array][] {
  const [first, end] = [binaryString(from), binaryString(to)];
  return [...contents].filter(([key]) => key >= first && key < end).sort(([a], [b]) => (a < b ? -1 : 1));
}
