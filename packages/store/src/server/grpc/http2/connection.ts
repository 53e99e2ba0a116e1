import { ConnectionError, errorCodes, StreamError } from './errors.js';
import { FrameReader } from './frame-reader.js';
import {
  defaultWindowBytes,
  type FrameHead,
  frameFlags,
  frameTypes,
  goAwayFrame,
  pingAck,
  rstStreamFrame,
  settingIds,
  settingsAck,
  settingsFrame,
  windowBytesMax,
  windowUpdateFrame,
} from './frames.js';
import { HeaderBlock, withoutPadding } from './header-block.js';
import { HpackDecoder } from './hpack-decoder.js';
import { concurrentStreamsMax, connectionQueuedBytesMax, connectionWindowBytes, headerListBytesMax } from './limits.js';
import type { Output } from './output.js';
import { ReceiveFlow } from './receive-flow.js';
import { areTrailers, findHeader, type RequestHead, requestHead } from './request-head.js';
import { SendFlow } from './send-flow.js';
import { readSettings } from './settings.js';
import { Stream, type StreamHost, type StreamListener } from './stream.js';
import { StreamTable } from './stream-table.js';
import { UselessFrames } from './useless-frames.js';

export interface ConnectionOptions {
  readonly output: Output;
  readonly monotonicMs: () => number;
  /** Takes a request. What it returns is told what else comes on `stream`; nothing, when it has answered already. */
  readonly onRequest: (stream: Stream, head: RequestHead) => StreamListener | undefined;
  /** The peer broke the protocol, and the connection is ended for it. */
  readonly onError: (error: ConnectionError) => void;
}

const greeting = Buffer.concat([
  settingsFrame([
    [settingIds.maxConcurrentStreams, concurrentStreamsMax],
    [settingIds.maxHeaderListSize, headerListBytesMax],
  ]),
  windowUpdateFrame(0, connectionWindowBytes - defaultWindowBytes),
]);

/**
 * The server's side of one HTTP/2 connection (RFC 9113): bytes in, bytes out, no socket and no clock of its own. It
 * serves what gRPC needs: no push, no priorities, no upgrade from HTTP/1.1.
 */
export class Http2Connection implements StreamHost {
  readonly output: Output;
  readonly sending = new SendFlow();
  readonly receiving: ReceiveFlow;
  readonly streams = new StreamTable();
  readonly #options: ConnectionOptions;
  readonly #reader = new FrameReader((head, payload) => this.#onFrame(head, payload));
  readonly #decoder = new HpackDecoder();
  readonly #useless: UselessFrames;
  /** Headers whose last frame has not come. */
  #block: HeaderBlock | undefined;
  #greeted = false;
  #leaving = false;
  #over = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.output = options.output;
    this.receiving = new ReceiveFlow(options.output);
    this.#useless = new UselessFrames(options.monotonicMs);
    this.output.write(greeting);
  }

  /** Takes what the client sent. A client that breaks the protocol is told so, and left. */
  receive(chunk: Buffer): void {
    if (this.#over) return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#options.onError(error);
      this.output.write(goAwayFrame(this.streams.lastId, error.code, error.message));
      this.output.end();
      this.abandon();
    }
  }

  /** Takes no more requests and ends the connection once those under way are answered. */
  leave(): void {
    if (this.#over || this.#leaving) return;
    this.#leaving = true;
    this.output.write(goAwayFrame(this.streams.lastId, errorCodes.noError, ''));
    this.#endIfDone();
  }

  /** The network took what was written. */
  drain(): void {
    for (const stream of this.streams.all()) stream.drain();
  }

  /** The transport is gone: everything under way ends. */
  abandon(): void {
    this.#over = true;
    for (const stream of this.streams.all()) stream.abandon();
  }

  ended(stream: Stream, early: boolean): void {
    this.streams.remove(stream.id);
    if (early) this.streams.endedEarly(stream.id);
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (!this.#leaving || this.#over || !this.streams.empty) return;
    this.#over = true;
    this.output.end();
  }

  #onFrame(head: FrameHead, payload: Buffer): void {
    if (this.#over) return;
    if (!this.#greeted && head.type !== frameTypes.settings) throw protocolError('the first frame is not SETTINGS');
    if (this.#block !== undefined && (head.type !== frameTypes.continuation || head.streamId !== this.#block.streamId)) {
      throw protocolError('a header block is interrupted');
    }
    try {
      this.#handlers[head.type]?.(head, payload);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#resetStream(error);
    }
    if (head.type >= this.#handlers.length) this.#useless.add(); // unknown types are ignored (§4.1)
  }

  /** By the numbers of frame types. */
  readonly #handlers: readonly ((head: FrameHead, payload: Buffer) => void)[] = [
    (head, payload) => this.#onData(head, payload),
    (head, payload) => this.#onHeaders(head, payload),
    (head, payload) => this.#onPriority(head, payload),
    (head, payload) => this.#onReset(head, payload),
    (head, payload) => this.#onSettings(head, payload),
    () => {
      throw protocolError('clients do not push');
    },
    (head, payload) => this.#onPing(head, payload),
    (head, payload) => this.#onGoAway(head, payload),
    (head, payload) => this.#onWindowUpdate(head, payload),
    (head, payload) => this.#onContinuation(head, payload),
  ];

  #resetStream({ streamId, code }: StreamError): void {
    this.#useless.add();
    if (streamId <= this.streams.lastId && this.streams.get(streamId) !== undefined) {
      this.streams.get(streamId)?.reset(code);
      return;
    }
    this.output.write(rstStreamFrame(streamId, code));
    this.streams.endedEarly(streamId);
  }

  #onData({ streamId, flags }: FrameHead, payload: Buffer): void {
    const stream = this.streams.get(streamId);
    this.receiving.received(payload.length);
    const endStream = (flags & frameFlags.endStream) !== 0;
    const body = withoutPadding(flags, payload);
    if (body.length === 0 && !endStream) this.#useless.add();
    if (stream === undefined && this.streams.mayBeLate(streamId)) return;
    if (stream === undefined || stream.remoteEnded) throw new ConnectionError(errorCodes.streamClosed, 'DATA after the end');
    stream.receive(body, payload.length);
    if (endStream) stream.receiveEnd();
  }

  #onHeaders(head: FrameHead, payload: Buffer): void {
    this.#block = new HeaderBlock(head, payload);
    if (this.#block.complete) this.#onBlock(this.#block);
  }

  #onContinuation({ flags }: FrameHead, payload: Buffer): void {
    if (this.#block === undefined) throw protocolError('CONTINUATION of nothing');
    this.#block.add(flags, payload);
    if (this.#block.complete) this.#onBlock(this.#block);
  }

  #onBlock(block: HeaderBlock): void {
    const { streamId, endStream } = block;
    this.#block = undefined;
    const headers = this.#decoder.decode(block.bytes()); // in any case: later blocks build on it
    const stream = this.streams.begin(streamId);
    if (stream === 'late') return;
    if (headers === undefined) throw new StreamError(streamId, errorCodes.frameSizeError, 'headers too large'); // as Go's server
    if (stream !== 'new') {
      if (stream.remoteEnded) throw new StreamError(streamId, errorCodes.streamClosed, 'HEADERS after the end');
      if (!endStream || !areTrailers(headers)) throw new StreamError(streamId, errorCodes.protocolError, 'malformed trailers');
      stream.receiveEnd();
      return;
    }
    const head = requestHead(headers);
    if (head === undefined) throw new StreamError(streamId, errorCodes.protocolError, 'malformed request');
    this.#open(streamId, head, endStream);
  }

  #open(streamId: number, head: RequestHead, endStream: boolean): void {
    if (this.#leaving || this.streams.full || this.sending.queuedBytes > connectionQueuedBytesMax) {
      throw new StreamError(streamId, errorCodes.refusedStream, 'too many requests');
    }
    const declared = findHeader(head.headers, 'content-length');
    const stream = new Stream(streamId, this, declared === undefined ? undefined : Number(declared));
    this.streams.add(stream);
    stream.listener = this.#options.onRequest(stream, head);
    if (endStream && !stream.ended) stream.receiveEnd();
  }

  #onWindowUpdate({ streamId }: FrameHead, payload: Buffer): void {
    checkLength(payload, 4);
    const increment = payload.readUInt32BE(0) & windowBytesMax;
    if (streamId === 0) {
      if (increment === 0) throw protocolError('WINDOW_UPDATE of nothing');
      this.sending.grow(increment);
      this.drain();
      return;
    }
    const stream = this.streams.get(streamId);
    if (increment === 0) throw new StreamError(streamId, errorCodes.protocolError, 'WINDOW_UPDATE of nothing');
    if (stream === undefined) this.#useless.add();
    else stream.growSendWindow(increment);
  }

  #onReset({ streamId }: FrameHead, payload: Buffer): void {
    checkLength(payload, 4);
    this.#useless.add();
    this.streams.get(streamId)?.abandon();
    this.streams.forget(streamId);
  }

  #onSettings({ streamId, flags }: FrameHead, payload: Buffer): void {
    if (streamId !== 0) throw protocolError('SETTINGS on a stream');
    this.#useless.add();
    if ((flags & frameFlags.ack) !== 0) {
      checkLength(payload, 0);
      if (!this.#greeted) throw protocolError('the first frame acknowledges');
      return;
    }
    this.#greeted = true;
    const { initialWindowSize, maxFrameSize } = readSettings(payload);
    if (maxFrameSize !== undefined) this.sending.frameBytesMax = maxFrameSize;
    if (initialWindowSize !== undefined) this.#changeWindows(initialWindowSize);
    this.output.write(settingsAck);
  }

  /** Changes what streams may send, those under way too (§6.9.2). */
  #changeWindows(size: number): void {
    const change = size - this.sending.streamWindow;
    this.sending.streamWindow = size;
    for (const stream of this.streams.all()) {
      if (!stream.fits(change)) throw new ConnectionError(errorCodes.flowControlError, 'SETTINGS with too large a window');
      stream.growSendWindow(change);
    }
  }

  #onPing({ streamId, flags }: FrameHead, payload: Buffer): void {
    if (streamId !== 0) throw protocolError('PING on a stream');
    checkLength(payload, 8);
    if ((flags & frameFlags.ack) === 0) this.output.write(pingAck(payload));
    else this.#useless.add();
  }

  #onPriority({ streamId }: FrameHead, payload: Buffer): void {
    if (streamId === 0) throw protocolError('PRIORITY of the connection');
    this.#useless.add();
    if (payload.length !== 5) throw new StreamError(streamId, errorCodes.frameSizeError, 'PRIORITY of a wrong length');
  }

  #onGoAway({ streamId }: FrameHead, payload: Buffer): void {
    if (streamId !== 0) throw protocolError('GOAWAY on a stream');
    if (payload.length < 8) throw new ConnectionError(errorCodes.frameSizeError, 'GOAWAY of a wrong length');
    this.leave(); // the client opens no streams any more
  }
}

function checkLength(payload: Buffer, length: number): void {
  if (payload.length !== length) throw new ConnectionError(errorCodes.frameSizeError, 'a frame of a wrong length');
}

function protocolError(message: string): ConnectionError {
  return new ConnectionError(errorCodes.protocolError, message);
}
