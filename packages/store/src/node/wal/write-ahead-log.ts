import { assert } from '@flotilla/base';
import type { HardState } from '@flotilla/raft';
import { logBytesCeiling, recordBytesKept, segmentsInLog } from '../../limits.js';
import type { AppendFile, Files } from '../files.js';
import { LogImage } from './log-image.js';
import { type Batch, encodeBatch, encodeSegmentHeader, type SegmentHeader } from './record.js';
import { type Damage, type Item, readSegment } from './segment-reader.js';

export type LogIdentity = Pick<SegmentHeader, 'clusterId' | 'memberId' | 'name'>;
export type LogStart = SegmentHeader['start'];

interface Head {
  readonly start: LogStart;
  /** The last one that was written. */
  readonly hardState: HardState;
}

interface Segment {
  readonly number: number;
  /** The highest index of an entry in it; 0 when there is none. */
  lastIndex: number;
  /** Of its file, once it is full. */
  bytes: number;
}

export interface OpenedLog {
  readonly log: WriteAheadLog;
  readonly image: LogImage;
  readonly damages: readonly Damage[];
  /** Bytes of a write that a crash cut short, and that were taken off the end. */
  readonly cutBytes: number;
}

/**
 * The durable Raft log: segments of checksummed records that only grow, each batch one write and one sync. The head of
 * the log goes away by deleting whole segments.
 */
export class WriteAheadLog {
  readonly #files: Files;
  readonly identity: LogIdentity;
  #start: LogStart;
  /** As the disk has it. */
  #writtenStart: LogStart;
  readonly #segments: Segment[];
  #file: AppendFile;
  #hardState: HardState;
  /** Where records are put together, one after the other: memory of its own for each would be most of what a follower leaves to the garbage collector. */
  #record = Buffer.alloc(0);
  /** Calls take turns. */
  #turn: Promise<void> = Promise.resolve();
  /** A segment that is larger is followed by another. */
  segmentBytes: number = logBytesCeiling / segmentsInLog;
  /** Of batches, since this was opened: for metrics. */
  writtenBytes = 0;

  private constructor(files: Files, identity: LogIdentity, { start, hardState }: Head, segments: Segment[], file: AppendFile) {
    this.#files = files;
    this.identity = identity;
    this.#start = start;
    this.#writtenStart = start;
    this.#segments = segments;
    this.#file = file;
    this.#hardState = hardState;
  }

  /** A new log that begins behind `start`, durable when this returns. */
  static async create(files: Files, identity: LogIdentity, start: LogStart, batch: Batch): Promise<WriteAheadLog> {
    const file = await writeSegment(files, 1, { version: 1, ...identity, start, reset: true }, batch);
    const segment = { number: 1, lastIndex: batch.entries.at(-1)?.index ?? 0, bytes: 0 };
    return new WriteAheadLog(files, identity, { start, hardState: batch.hardState }, [segment], file);
  }

  /**
   * @param owner whose log there was for certain, in case it cannot tell itself any more; absent when nothing has been promised yet
   * @returns undefined when there is no log, or making it was interrupted, or nobody knows whose it is
   */
  static async open(files: Files, owner?: LogIdentity): Promise<OpenedLog | undefined> {
    const read = await readSegments(files, owner !== undefined);
    const last = read.at(-1);
    if (last === undefined) return undefined;
    const image = new LogImage();
    const damages: Damage[] = [];
    let identity = owner;
    for (const { items } of read) {
      for (const item of items) {
        image.take(item);
        if (item.kind === 'damage') damages.push(item.damage);
        else if (item.kind === 'segment') identity = item.header;
      }
    }
    if (identity === undefined) return undefined;
    const file = await files.open(segmentName(last.number));
    if (last.cutBytes > 0) await file.truncate(last.end);
    const { clusterId, memberId, name } = identity;
    const owned = { clusterId, memberId, name };
    const log = new WriteAheadLog(files, owned, image, read.map(extent), file);
    return { log, image, damages, cutBytes: last.cutBytes };
  }

  /** Where the log begins: the last entry before it. */
  get start(): LogStart {
    return this.#start;
  }

  /** What its files take on disk. */
  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + (segment === this.#current ? this.#file.size : segment.bytes), 0);
  }

  /**
   * Makes a batch durable. After an error nothing of it counts, and it may be tried again.
   * @throws the operating system's error
   */
  append(batch: Batch): Promise<void> {
    return this.#inTurn(() => this.#append(batch));
  }

  async #append(batch: Batch): Promise<void> {
    if (this.#file.size > this.segmentBytes) await this.#nextSegment({ reset: false }, undefined);
    const segment = this.#current;
    const sizeBefore = this.#file.size;
    const start = this.#start;
    try {
      const bytes = this.#encode(batch, segment.number);
      await this.#file.append(bytes);
      await this.#file.sync();
      this.writtenBytes += bytes.length;
    } catch (error) {
      await this.#file.truncate(sizeBefore);
      throw error;
    }
    this.#hardState = batch.hardState;
    segment.lastIndex = Math.max(segment.lastIndex, batch.entries.at(-1)?.index ?? 0);
    if (start !== this.#writtenStart) await this.#dropHead(start);
  }

  /** Entries up to `start` are no longer needed. The next batch says so; then whole segments of them are deleted. */
  compact(start: LogStart): void {
    this.#start = start;
  }

  /** The log begins anew behind `start` with what `batch` holds: a snapshot took its place, or damage was cut out. */
  reset(start: LogStart, batch: Batch): Promise<void> {
    return this.#inTurn(async () => {
      this.#start = start;
      await this.#nextSegment({ reset: true }, batch);
      await this.#remove(this.#segments.splice(0, this.#segments.length - 1));
    });
  }

  /** Gives back the space of everything that is no longer needed, the segment that is being written included. */
  rotate(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#current.lastIndex === 0 && this.#start === this.#writtenStart) return; // there is nothing to give back
      await this.#nextSegment({ reset: false }, { hardState: this.#hardState, entries: [] });
      await this.#dropHead(this.#writtenStart);
    });
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#file.close();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {}); // told to whoever asked for it
    return done;
  }

  get #current(): Segment {
    const current = this.#segments.at(-1);
    assert(current !== undefined, 'a log has a segment');
    return current;
  }

  #encode(batch: Batch, segment: number): Buffer {
    const { size } = this.#file;
    const take = (bytes: number) => this.#recordMemory(bytes);
    if (this.#start === this.#writtenStart) return encodeBatch(batch, { segment, offset: size }, take);
    const header = encodeSegmentHeader(this.#header(false), { segment, offset: size });
    return Buffer.concat([header, encodeBatch(batch, { segment, offset: size + header.length })]);
  }

  #recordMemory(bytes: number): Buffer {
    if (bytes > recordBytesKept) return Buffer.allocUnsafe(bytes);
    if (bytes > this.#record.length) this.#record = Buffer.allocUnsafeSlow(Math.min(recordBytesKept, 2 * bytes));
    return this.#record.subarray(0, bytes);
  }

  #header(reset: boolean): SegmentHeader {
    return { version: 1, ...this.identity, start: this.#start, reset };
  }

  /** The disk knows where the log begins: what lies before is of no use to anybody. */
  async #dropHead(start: LogStart): Promise<void> {
    this.#writtenStart = start;
    // Only a prefix may go: a log whose middle is missing looks damaged.
    const needed = this.#segments.findIndex((segment) => segment === this.#current || segment.lastIndex > start.index);
    await this.#remove(this.#segments.splice(0, needed));
  }

  async #nextSegment({ reset }: { readonly reset: boolean }, batch: Batch | undefined): Promise<void> {
    const number = this.#current.number + 1;
    const start = this.#start;
    const file = await writeSegment(this.#files, number, this.#header(reset), batch);
    this.#current.bytes = this.#file.size;
    await this.#file.close();
    this.#file = file;
    this.#writtenStart = start;
    if (batch !== undefined) this.#hardState = batch.hardState;
    this.#segments.push({ number, lastIndex: batch?.entries.at(-1)?.index ?? 0, bytes: 0 });
  }

  async #remove(segments: readonly Segment[]): Promise<void> {
    for (const { number } of segments) await this.#files.remove(segmentName(number));
    if (segments.length > 0) await this.#files.syncFolder();
  }
}

interface ReadSegment {
  readonly number: number;
  readonly items: readonly Item[];
  readonly end: number;
  readonly cutBytes: number;
}

/** @param complete the making of the first segment was not interrupted */
async function readSegments(files: Files, complete: boolean): Promise<ReadSegment[]> {
  const numbers = segmentNumbers(await files.list());
  const read: ReadSegment[] = [];
  for (const [i, number] of numbers.entries()) {
    const bytes = await files.read(segmentName(number));
    const { items, end } = readSegment(bytes, number, i === numbers.length - 1);
    const missing = i > 0 && numbers[i - 1] !== number - 1;
    const gap: Item[] = missing ? [{ kind: 'damage', damage: { segment: number - 1, offset: 0, what: 'header' } }] : [];
    read.push({ number, items: [...gap, ...items], end, cutBytes: bytes.length - end });
  }
  const last = read.at(-1);
  if (last === undefined || !isUnfinished(last.items)) return read;
  if (read.length === 1 && complete) return [withoutBatch(last)];
  await files.remove(segmentName(last.number));
  return read.slice(0, -1);
}

/** A crash came while the segment was being made: what it begins with is one thing, all or nothing. */
function isUnfinished(items: readonly Item[]): boolean {
  const [first] = items;
  return first === undefined || (first.kind === 'segment' && first.header.reset && items.length < 2);
}

/** The batch that a log begins with was there, and has become unreadable. */
function withoutBatch({ number, items, end, cutBytes }: ReadSegment): ReadSegment {
  const damage: Item = { kind: 'damage', damage: { segment: number, offset: end, what: 'header' } };
  return { number, items: [...items, damage], end: end + cutBytes, cutBytes: 0 };
}

function extent({ number, items, end: bytes }: ReadSegment): Segment {
  let lastIndex = 0;
  for (const item of items) {
    if (item.kind === 'batch') lastIndex = Math.max(lastIndex, item.batch.entries.at(-1)?.index ?? 0);
    else if (item.kind === 'damage') lastIndex = Math.max(lastIndex, item.damage.lost?.lastIndex ?? 0);
  }
  return { number, lastIndex, bytes };
}

async function writeSegment(files: Files, number: number, header: SegmentHeader, batch: Batch | undefined): Promise<AppendFile> {
  const file = await files.create(segmentName(number));
  try {
    await file.append(encodeSegmentHeader(header, { segment: number, offset: 0 }));
    if (batch !== undefined) await file.append(encodeBatch(batch, { segment: number, offset: file.size }));
    await file.sync();
    await files.syncFolder();
    return file;
  } catch (error) {
    await file.close();
    await files.remove(segmentName(number));
    throw error;
  }
}

/** The file of a segment. */
export function segmentName(number: number): string {
  return `${String(number).padStart(16, '0')}.wal`;
}

function segmentNumbers(names: readonly string[]): number[] {
  return names
    .filter((name) => /^\d{16}\.wal$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
}
