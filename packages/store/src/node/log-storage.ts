import { assert } from '@flotilla/base';
import type { Entry, HardState } from '@flotilla/raft';
import type { Change, Database } from './database.js';
import { logEnd, logIndexOf, logKey, metaKey } from './keys.js';

export interface LogStart {
  readonly index: number;
  readonly term: number;
}

/** The durable log: makes the changes that a Ready asks for, and reads them back at the start. */
export class LogStorage {
  readonly #database: Database;
  #start: LogStart = { index: 0, term: 0 };
  #lastIndex = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  get start(): LogStart {
    return this.#start;
  }

  async load(): Promise<{ start: LogStart; entries: Entry[]; hardState: HardState }> {
    const start = this.#database.getSync(metaKey('log-start'));
    const hardState = this.#database.getSync(metaKey('hard-state'));
    if (start !== undefined) this.#start = decodeLogStart(start);
    // What a crash left behind of a compacted log.
    await this.#database.clear({ gte: logKey(0), lte: logKey(this.#start.index) });
    const entries: Entry[] = [];
    for await (const [key, value] of this.#database.iterator({ gte: logKey(0), lt: logEnd })) {
      entries.push(decodeEntry(logIndexOf(key), value));
    }
    this.#lastIndex = this.#start.index + entries.length;
    assert((entries.at(-1)?.index ?? this.#start.index) === this.#lastIndex, 'the log on disk has no gaps');
    return { start: this.#start, entries, hardState: hardState === undefined ? noHardState : decodeHardState(hardState) };
  }

  /** Entries replace everything from their first index on. */
  appendChanges(entries: readonly Entry[]): Change[] {
    const changes = entries.map((entry): Change => ({ type: 'put', key: logKey(entry.index), value: encodeEntry(entry) }));
    const last = entries.at(-1)?.index;
    if (last === undefined) return changes;
    for (let index = last + 1; index <= this.#lastIndex; index++) changes.push({ type: 'del', key: logKey(index) });
    this.#lastIndex = last;
    return changes;
  }

  hardStateChange(hardState: HardState): Change {
    return { type: 'put', key: metaKey('hard-state'), value: encodeHardState(hardState) };
  }

  /** Where the log begins from now on; `dropCompacted` frees the space once this is on disk. */
  startChange(start: LogStart): Change {
    this.#start = start;
    this.#lastIndex = Math.max(this.#lastIndex, start.index);
    return { type: 'put', key: metaKey('log-start'), value: encodeLogStart(start) };
  }

  async dropCompacted(): Promise<void> {
    await this.#database.clear({ gte: logKey(0), lte: logKey(this.#start.index) });
  }

  /** Entries that a snapshot replaces, and what lies behind them. */
  replacedChanges(): Change[] {
    const changes: Change[] = [];
    for (let index = this.#start.index + 1; index <= this.#lastIndex; index++) changes.push({ type: 'del', key: logKey(index) });
    this.#lastIndex = this.#start.index;
    return changes;
  }
}

const noHardState: HardState = { term: 0, vote: 0n, commit: 0 };

function encodeEntry(entry: Entry): Uint8Array {
  const bytes = Buffer.allocUnsafe(9 + entry.data.length);
  bytes.writeUInt8(entry.type === 'normal' ? 0 : 1, 0);
  bytes.writeDoubleBE(entry.term, 1);
  bytes.set(entry.data, 9);
  return bytes;
}

function decodeEntry(index: number, value: Uint8Array): Entry {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return {
    index,
    type: bytes.readUInt8(0) === 0 ? 'normal' : 'conf-change',
    term: bytes.readDoubleBE(1),
    data: bytes.subarray(9),
  };
}

function encodeHardState({ term, vote, commit }: HardState): Uint8Array {
  const bytes = Buffer.allocUnsafe(24);
  bytes.writeDoubleBE(term, 0);
  bytes.writeBigUInt64BE(vote, 8);
  bytes.writeDoubleBE(commit, 16);
  return bytes;
}

function decodeHardState(value: Uint8Array): HardState {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { term: bytes.readDoubleBE(0), vote: bytes.readBigUInt64BE(8), commit: bytes.readDoubleBE(16) };
}

function encodeLogStart({ index, term }: LogStart): Uint8Array {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeDoubleBE(index, 0);
  bytes.writeDoubleBE(term, 8);
  return bytes;
}

function decodeLogStart(value: Uint8Array): LogStart {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { index: bytes.readDoubleBE(0), term: bytes.readDoubleBE(8) };
}
