import { ByteReader, ByteWriter, StoreError, type StoreErrorCode, type WatchResponse, writeWatchResponse } from '@flotilla/mvcc';
import type { StoreStatus } from '../key-value-store.js';
import { messageBytesTarget } from '../limits.js';

/**
 * The native protocol: one WebSocket, binary messages, each a run of frames, each frame
 * `length:u32 · type:u8 · id:u32 · payload`, where length counts what follows it. An id names a request or a watch
 * and is the client's choice; an answer carries the id of what it answers. Answers come in any order.
 */
export const nativePath = '/flotilla/v1';
export const nativeProtocol = 'flotilla-store.v1';

export const frameTypes = {
  /** server → client, once, first: what the client must know. */
  hello: 1,
  /** A command of the state machine, encoded as it goes into the log; the answer depends on its kind. */
  command: 2,
  range: 3,
  status: 4,
  ping: 5,
  /** The id is the watch's from here on, until `watchEnd`. */
  watchCreate: 6,
  watchCancel: 7,
  watchProgress: 8,
  /** client → server: so many bytes of this watch's responses have been consumed. */
  watchAck: 9,

  answer: 16,
  error: 17,
  /** payload: the store revision at which the watch stands. */
  watchCreated: 18,
  /** payload: a watch response, then the ids (u32) of the other watches that are told the same. */
  watchEvents: 19,
  /** payload: an error, or nothing after a cancel. */
  watchEnd: 20,
} as const;

const headerBytes = 9;

export interface Frame {
  readonly type: number;
  readonly id: number;
  readonly payload: Uint8Array;
}

/** The frame at the end of a batch, as long as others may be told the same. */
interface WatchFrame {
  readonly start: number;
  readonly response: WatchResponse;
  readonly responseBytes: number;
}

/** Collects frames into messages; `send` gets each full or flushed message. */
export class FrameBatch {
  readonly #writer = new ByteWriter(16 * 1024);
  readonly #send: (message: Uint8Array) => void;
  #last: WatchFrame | undefined;

  constructor(send: (message: Uint8Array) => void) {
    this.#send = send;
  }

  add(type: number, id: number, write?: (w: ByteWriter) => void): void {
    const start = this.#begin(type, id);
    write?.(this.#writer);
    this.#end(start);
  }

  /**
   * Tells a watch of a response. It is written once for all that are told of the same object one after the other.
   * @returns its size in bytes, as the watch's window counts it
   */
  addWatchEvents(id: number, response: WatchResponse): number {
    const w = this.#writer;
    if (this.#last?.response !== response) {
      const start = this.#begin(frameTypes.watchEvents, id);
      const before = w.length;
      writeWatchResponse(w, response);
      this.#last = { start, response, responseBytes: w.length - before };
    } else w.u32(id);
    const { start, responseBytes } = this.#last;
    this.#end(start);
    return responseBytes;
  }

  flush(): void {
    this.#last = undefined;
    if (this.#writer.length > 0) this.#send(this.#writer.finish());
  }

  #begin(type: number, id: number): number {
    this.#last = undefined;
    const start = this.#writer.length;
    this.#writer.u32(0).u8(type).u32(id);
    return start;
  }

  #end(start: number): void {
    const w = this.#writer;
    w.patchU32(start, w.length - start - 4);
    if (w.length >= messageBytesTarget) this.flush();
  }
}

/**
 * Payloads are views on `message`, and plain Uint8Arrays even when it is a Buffer, whose `slice` shares memory.
 * @throws CodecError
 */
export function* readFrames(message: Uint8Array): Generator<Frame> {
  const reader = new ByteReader(new Uint8Array(message.buffer, message.byteOffset, message.length));
  while (reader.remaining > 0) {
    const length = reader.u32();
    const type = reader.u8();
    const id = reader.u32();
    yield { type, id, payload: reader.raw(length + 4 - headerBytes) };
  }
}

/** Numbers on the wire are positions here: append only. */
const errorCodes: readonly StoreErrorCode[] = [
  'invalid',
  'compacted',
  'future-revision',
  'unavailable',
  'unknown-outcome',
  'no-space',
  'too-large',
  'too-many-requests',
  'lease-not-found',
  'lease-exists',
  'lease-ttl-too-large',
  'key-not-found',
  'cancelled',
  'failed-precondition',
  'permission-denied',
  'unauthenticated',
  'auth-old-revision',
  'unclassified',
  'corrupt',
  'member-not-found',
];

/** Message texts are ASCII: etcd's, or ours about codec errors. */
export function writeError(w: ByteWriter, error: StoreError): void {
  w.u8(Math.max(0, errorCodes.indexOf(error.code)))
    .u53(error.compactRevision ?? 0)
    .bytes(Buffer.from(error.message));
}

export function readError(r: ByteReader): StoreError {
  const code = errorCodes[r.u8()] ?? 'invalid';
  const compactRevision = r.u53();
  const message = Buffer.from(r.bytes()).toString();
  return new StoreError(code, message, compactRevision > 0 ? compactRevision : undefined);
}

export interface Hello {
  readonly memberId: bigint;
  /** Commands beyond this are refused. */
  readonly requestBytesMax: number;
}

export function writeHello(w: ByteWriter, hello: Hello): void {
  w.i64(hello.memberId).u32(hello.requestBytesMax);
}

export function readHello(r: ByteReader): Hello {
  return { memberId: r.i64(), requestBytesMax: r.u32() };
}

export function writeStatus(w: ByteWriter, s: StoreStatus): void {
  w.i64(s.clusterId).i64(s.memberId).i64(s.leader);
  w.u53(s.raftTerm).u53(s.raftIndex).u53(s.raftAppliedIndex).u53(s.revision).u53(s.dbSizeBytes);
  w.bytes(Buffer.from(s.version));
}

export function readStatus(r: ByteReader): StoreStatus {
  const [clusterId, memberId, leader] = [r.i64(), r.i64(), r.i64()].map((id) => BigInt.asUintN(64, id)) as [
    bigint,
    bigint,
    bigint,
  ]; // map keeps the length
  const [raftTerm, raftIndex, raftAppliedIndex] = [r.u53(), r.u53(), r.u53()];
  const [revision, dbSizeBytes] = [r.u53(), r.u53()];
  const version = Buffer.from(r.bytes()).toString();
  return { version, clusterId, memberId, leader, raftTerm, raftIndex, raftAppliedIndex, revision, dbSizeBytes };
}
