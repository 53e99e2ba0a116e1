/** What the two ends of a SPDY/3.1 connection send each other. Header blocks are still compressed. Source: SPDY protocol, draft 3.1, §2. */
export type Frame =
  | { readonly type: 'data'; readonly streamId: number; readonly data: Buffer; readonly fin: boolean }
  | {
      readonly type: 'syn-stream' | 'syn-reply' | 'headers';
      readonly streamId: number;
      readonly headerBlock: Buffer;
      readonly fin: boolean;
    }
  | { readonly type: 'rst-stream'; readonly streamId: number; readonly status: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goaway'; readonly lastStreamId: number; readonly status: number }
  | { readonly type: 'ignored' };

/** Status codes of RST_STREAM. */
export const resetStatus = { protocolError: 1, refusedStream: 3, cancel: 5 } as const;

const version = 3;
const finFlag = 0x01;
const frameHeaderBytes = 8;
const kinds = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goaway: 7, headers: 8, windowUpdate: 9 } as const;
/** Of a control frame; the headers of the streams that we serve are far below it. */
const controlBytesMax = 64 * 1024;

/** What breaks the rules so that nothing after it can be understood. */
export class SpdyError extends Error {
  override readonly name = 'SpdyError';
}

/** Cuts what arrives into frames. Data is handed on as it comes: a long data frame becomes several, the last with its `fin`. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  #data: { readonly streamId: number; remaining: number; readonly fin: boolean } | undefined;

  /** @throws SpdyError */
  *push(chunk: Buffer): Generator<Frame, void, undefined> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) yield frame;
  }

  #next(): Frame | undefined {
    if (this.#data !== undefined) return this.#nextData(this.#data);
    const rest = this.#rest;
    if (rest.length < frameHeaderBytes) return undefined;
    const first = rest.readUInt32BE(0);
    const flags = rest.readUInt8(4);
    const length = rest.readUIntBE(5, 3);
    if (first < 0x8000_0000) {
      this.#rest = rest.subarray(frameHeaderBytes);
      const data = { streamId: first, remaining: length, fin: (flags & finFlag) !== 0 };
      if (length === 0) return { type: 'data', streamId: first, data: Buffer.alloc(0), fin: data.fin };
      this.#data = data;
      return this.#nextData(data);
    }
    const spoken = (first >>> 16) & 0x7fff;
    if (spoken !== version) throw new SpdyError(`SPDY version ${spoken} is not supported`);
    if (length > controlBytesMax) throw new SpdyError(`control frame of ${length} bytes: limit is ${controlBytesMax}`);
    if (rest.length < frameHeaderBytes + length) return undefined;
    this.#rest = rest.subarray(frameHeaderBytes + length);
    return decodeControl(first & 0xffff, (flags & finFlag) !== 0, rest.subarray(frameHeaderBytes, frameHeaderBytes + length));
  }

  #nextData(open: { readonly streamId: number; remaining: number; readonly fin: boolean }): Frame | undefined {
    if (this.#rest.length === 0) return undefined;
    const data = this.#rest.subarray(0, open.remaining);
    this.#rest = this.#rest.subarray(data.length);
    open.remaining -= data.length;
    if (open.remaining === 0) this.#data = undefined;
    return { type: 'data', streamId: open.streamId, data, fin: open.fin && open.remaining === 0 };
  }
}

function decodeControl(kind: number, fin: boolean, payload: Buffer): Frame {
  const word = (at: number) => {
    if (payload.length < at + 4) throw new SpdyError(`control frame ${kind} is too short: ${payload.length} bytes`);
    return payload.readUInt32BE(at);
  };
  switch (kind) {
    case kinds.synStream:
      word(6); // the associated stream, priority and slot, which nobody here uses
      return { type: 'syn-stream', streamId: word(0) & 0x7fff_ffff, headerBlock: payload.subarray(10), fin };
    case kinds.synReply:
    case kinds.headers: {
      const type = kind === kinds.headers ? 'headers' : 'syn-reply';
      return { type, streamId: word(0) & 0x7fff_ffff, headerBlock: payload.subarray(4), fin };
    }
    case kinds.rstStream:
      return { type: 'rst-stream', streamId: word(0) & 0x7fff_ffff, status: word(4) };
    case kinds.ping:
      return { type: 'ping', id: word(0) };
    case kinds.goaway:
      return { type: 'goaway', lastStreamId: word(0) & 0x7fff_ffff, status: word(4) };
    default:
      // SETTINGS and WINDOW_UPDATE too: Kubernetes' clients never grant a window, so none is kept.
      return { type: 'ignored' };
  }
}

/** @throws SpdyError for data that no length field could name */
export function encodeFrame(frame: Exclude<Frame, { type: 'ignored' }>): Buffer {
  switch (frame.type) {
    case 'data': {
      const header = Buffer.alloc(frameHeaderBytes);
      header.writeUInt32BE(frame.streamId, 0);
      if (frame.data.length > 0xff_ffff) throw new SpdyError(`data frame of ${frame.data.length} bytes`);
      header.writeUInt8(frame.fin ? finFlag : 0, 4);
      header.writeUIntBE(frame.data.length, 5, 3);
      return Buffer.concat([header, frame.data]);
    }
    case 'syn-stream':
      return control(kinds.synStream, frame.fin, [words(frame.streamId, 0), Buffer.alloc(2), frame.headerBlock]);
    case 'syn-reply':
      return control(kinds.synReply, frame.fin, [words(frame.streamId), frame.headerBlock]);
    case 'headers':
      return control(kinds.headers, frame.fin, [words(frame.streamId), frame.headerBlock]);
    case 'rst-stream':
      return control(kinds.rstStream, false, [words(frame.streamId, frame.status)]);
    case 'ping':
      return control(kinds.ping, false, [words(frame.id)]);
    case 'goaway':
      return control(kinds.goaway, false, [words(frame.lastStreamId, frame.status)]);
  }
}

function control(kind: number, fin: boolean, parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  return Buffer.concat([
    words((0x8000_0000 | (version << 16) | kind) >>> 0, ((fin ? finFlag << 24 : 0) | payload.length) >>> 0),
    payload,
  ]);
}

function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) buffer.writeUInt32BE(value, 4 * index);
  return buffer;
}
