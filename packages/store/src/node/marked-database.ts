import type { Change, Database, DatabaseSnapshot, KeyRange, Page } from './database.js';
import { markKey } from './keys.js';

/** Four times what LevelDB gathers in a log before it begins another. */
const bytesMarked = 16_777_216;
const noBytes = new Uint8Array(0);

interface Mark {
  readonly number: number;
  /** Of the write that it marks. */
  readonly bytes: number;
}

/**
 * Finds out whether writes are missing. LevelDB passes over what it cannot read of its own log when it opens, and says
 * nothing. Therefore writes go one after the other, and each leaves a mark with its number: a gap between the marks tells
 * that a write is missing. Marks go when so much has been written since that LevelDB's log has moved on.
 */
export class MarkedDatabase implements Database {
  readonly #database: Database;
  /** False: what the database holds is not what was written. */
  readonly intact: boolean;
  readonly #marks: Mark[];
  #markedBytes = 0;
  #last: number;
  #writing: Promise<void> = Promise.resolve();

  private constructor(database: Database, numbers: readonly number[]) {
    this.#database = database;
    this.intact = numbers.every((number, i) => i === 0 || number === (numbers[i - 1] ?? 0) + 1);
    // Marks with a gap between them must not be found again: they go with the first write.
    this.#marks = numbers.map((number) => ({ number, bytes: this.intact ? 0 : bytesMarked }));
    this.#markedBytes = this.#marks.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#last = numbers.at(-1) ?? 0;
  }

  static async open(database: Database): Promise<MarkedDatabase> {
    const numbers: number[] = [];
    for await (const page of database.pages({ from: markKey(0), to: markKey(Number.MAX_SAFE_INTEGER) })) {
      for (const [key] of page) numbers.push(Number(Buffer.from(key).readBigUInt64BE(1)));
    }
    return new MarkedDatabase(database, numbers);
  }

  get available(): boolean {
    return this.#database.available;
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    return this.#database.getSync(key);
  }

  pages(range: KeyRange, snapshot?: DatabaseSnapshot): AsyncIterable<Page> {
    return this.#database.pages(range, snapshot);
  }

  write(changes: readonly Change[]): Promise<void> {
    const written = this.#writing.then(() => this.#write(changes));
    this.#writing = written.catch(() => {}); // told to whoever asked for it
    return written;
  }

  clear(range: KeyRange): Promise<void> {
    return this.#database.clear(range);
  }

  snapshot(): DatabaseSnapshot {
    return this.#database.snapshot();
  }

  async compact(): Promise<void> {
    await this.#database.compact();
    try {
      await this.write([]);
    } catch {
      // LevelDB compacts nothing once it found no room to, and tells only whoever writes next; another write opens it anew.
      await this.write([]);
      await this.#database.compact();
      await this.write([]);
    }
  }

  sizeBytes(): Promise<number> {
    return this.#database.sizeBytes();
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#database.close();
  }

  async #write(changes: readonly Change[]): Promise<void> {
    let bytes = 0;
    for (const change of changes) bytes += change.key.length + (change.type === 'put' ? change.value.length : 0);
    const mark = { number: this.#last + 1, bytes };
    const old = this.#needless(bytes);
    const removals = old.map(({ number }): Change => ({ type: 'del', key: markKey(number) }));
    await this.#database.write([...changes, { type: 'put', key: markKey(mark.number), value: noBytes }, ...removals]);
    this.#last = mark.number;
    this.#marks.splice(0, old.length);
    this.#marks.push(mark);
    this.#markedBytes += bytes - old.reduce((sum, each) => sum + each.bytes, 0);
  }

  /** The oldest marks, as many as can go once another `bytes` are written. */
  #needless(bytes: number): readonly Mark[] {
    let left = this.#markedBytes + bytes;
    const kept = this.#marks.findIndex((mark) => {
      left -= mark.bytes;
      return left < bytesMarked;
    });
    return kept < 0 ? this.#marks.slice() : this.#marks.slice(0, kept);
  }
}
