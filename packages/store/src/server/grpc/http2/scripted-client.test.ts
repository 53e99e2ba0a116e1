import assert from 'node:assert/strict';
import { Http2Connection } from './connection.js';
import { clientPreface, frameFlags, frameHeaderBytes, frameTypes, writeFrameHead } from './frames.js';
import { HpackDecoder } from './hpack-decoder.js';
import { encodeHeaders } from './hpack-encoder.js';
import type { RequestHead } from './request-head.js';
import type { Stream } from './stream.js';

/** A frame as tests write it: type, flags, stream, payload. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(frameHeaderBytes + payload.length);
  writeFrameHead(bytes, 0, payload.length, type, flags, streamId);
  bytes.set(payload, frameHeaderBytes);
  return bytes;
}

export const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

export const preface = Buffer.from(clientPreface);
export const settings = (...pairs: [number, number][]) =>
  frame(frameTypes.settings, 0, 0, Buffer.concat(pairs.flatMap(([id, value]) => [Buffer.of(id >> 8, id), uint32(value)])));

export const post: readonly (readonly [string, string])[] = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/a.B/C'],
  ['content-type', 'application/grpc'],
];

export function headers(streamId: number, list = post, flags: number = frameFlags.endHeaders): Buffer {
  return frame(frameTypes.headers, flags, streamId, encodeHeaders(list));
}

export function data(streamId: number, payload: Uint8Array | string, flags = 0): Buffer {
  return frame(frameTypes.data, flags, streamId, Buffer.from(payload));
}

/** A connection and a client that says exactly what a test wants. What the server says is one line a frame. */
export class ScriptedClient {
  readonly requests: { stream: Stream; head: RequestHead; body: string; events: string[] }[] = [];
  nowMs = 0;
  ended = false;
  unsentBytes = 0;
  error: string | undefined;
  readonly connection: Http2Connection;
  readonly #decoder = new HpackDecoder();
  #written: Buffer[] = [];

  /** @param hello what the client begins with */
  constructor(hello: Buffer = Buffer.concat([preface, settings()])) {
    const client = this;
    this.connection = new Http2Connection({
      output: {
        get unsentBytes() {
          return client.unsentBytes;
        },
        write: (bytes) => void this.#written.push(bytes),
        end: () => {
          this.ended = true;
        },
      },
      monotonicMs: () => this.nowMs,
      onRequest: (stream, head) => this.#onRequest(stream, head),
      onError: (error) => {
        this.error = error.message;
      },
    });
    this.said();
    this.send(hello);
  }

  #onRequest(stream: Stream, head: RequestHead) {
    const request = { stream, head, body: '', events: [] as string[] };
    let lacks: number | undefined; // a body may say how long its message is
    this.requests.push(request);
    return {
      data: (bytes: Buffer) => {
        const text = bytes.toString('latin1');
        lacks ??= Number(/^lacks (\d+)/.exec(text)?.[1] ?? 0);
        request.body += text;
        return lacks;
      },
      end: () => void request.events.push('end'),
      drained: () => void request.events.push('drained'),
      closed: () => void request.events.push('closed'),
    };
  }

  send(...frames: readonly Uint8Array[]): void {
    this.connection.receive(Buffer.concat(frames));
  }

  /** The raw frames since the last time. */
  take(): readonly { type: number; flags: number; streamId: number; payload: Buffer }[] {
    const bytes = Buffer.concat(this.#written);
    this.#written = [];
    const frames = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + frameHeaderBytes + bytes.readUIntBE(at, 3);
      assert.ok(end <= bytes.length, 'whole frames');
      const payload = bytes.subarray(at + frameHeaderBytes, end);
      frames.push({ type: bytes[at + 3]!, flags: bytes[at + 4]!, streamId: bytes.readUInt32BE(at + 5), payload });
      at = end;
    }
    return frames;
  }

  /** What the server said since the last time, e.g. `DATA 1 end x` or `GOAWAY PROTOCOL_ERROR 1`. */
  said(): readonly string[] {
    return this.take().map(({ type, flags, streamId, payload }) => this.#describe(type, flags, streamId, payload));
  }

  #describe(type: number, flags: number, streamId: number, payload: Buffer): string {
    const end = (flags & frameFlags.endStream) === 0 ? '' : ' end';
    switch (type) {
      case frameTypes.data:
        return `DATA ${streamId}${end} ${payload.length > 20 ? `${payload.length} bytes` : payload.toString('latin1')}`;
      case frameTypes.headers: {
        const list = this.#decoder.decode(payload) ?? [];
        return `HEADERS ${streamId}${end} ${list.map(({ name, value }) => `${name}=${value}`).join(' ')}`;
      }
      case frameTypes.settings:
        return flags === frameFlags.ack ? 'SETTINGS ack' : 'SETTINGS';
      case frameTypes.ping:
        return `PING ${flags === frameFlags.ack ? 'ack ' : ''}${payload.toString('hex')}`;
      case frameTypes.windowUpdate:
        return `WINDOW_UPDATE ${streamId} ${payload.readUInt32BE(0)}`;
      case frameTypes.rstStream:
        return `RST_STREAM ${streamId} ${errorNames[payload.readUInt32BE(0)]}`;
      case frameTypes.goAway:
        return `GOAWAY ${payload.readUInt32BE(0)} ${errorNames[payload.readUInt32BE(4)]}`;
      default:
        return assert.fail(`the server sent a frame of type ${type}`);
    }
  }
}

const errorNames = [
  ...['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED'],
  ...['FRAME_SIZE_ERROR', 'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM'],
];
