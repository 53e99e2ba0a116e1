import { errorCodes, StreamError } from './errors.js';
import {
  frameFlags,
  frameHeaderBytes,
  frameTypes,
  rstStreamFrame,
  windowBytesMax,
  windowUpdateFrame,
  writeFrameHead,
} from './frames.js';
import { connectionBufferedBytesMax, streamBufferedBytesMax, streamWindowBytes } from './limits.js';
import type { Output } from './output.js';
import type { ReceiveFlow, Reservation } from './receive-flow.js';
import type { SendFlow } from './send-flow.js';
import type { StreamTable } from './stream-table.js';

/** What a stream tells whoever answers it. */
export interface StreamListener {
  /** A part of the request's body. @returns how many bytes the message under way lacks; 0: none is under way */
  data(bytes: Buffer): number;
  /** The client has sent everything. */
  end(): void;
  /** There is room again, after `write` said that there was none. */
  drained(): void;
  /** The stream is over: answered, reset, or its connection broke. */
  closed(): void;
}

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly output: Output;
  readonly sending: SendFlow;
  readonly receiving: ReceiveFlow;
  /** Counts the work under way. */
  readonly streams: Pick<StreamTable, 'workBegun' | 'workEnded'>;
  /** The server said its last; `early`: the client may not have. */
  ended(stream: Stream, early: boolean): void;
}

/** The server's side of one HTTP/2 stream. Header blocks are encoded ones. After the end, nothing has an effect any more. */
export class Stream {
  readonly id: number;
  listener: StreamListener | undefined;
  readonly #host: StreamHost;
  readonly #declaredBytes: number | undefined;
  #receivedBytes = 0;
  #receiveWindow = streamWindowBytes;
  #missingBytes = 0;
  #reservation: Reservation | undefined;
  #remoteEnded = false;
  #sendWindow: number;
  #ended = false;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #trailers: Buffer | undefined;
  #blocked = false;

  /** @param declaredBytes the request's content-length, if it has one */
  constructor(id: number, host: StreamHost, declaredBytes?: number) {
    this.id = id;
    this.#host = host;
    this.#declaredBytes = declaredBytes;
    this.#sendWindow = host.sending.streamWindow;
  }

  get remoteEnded(): boolean {
    return this.#remoteEnded;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Work for the request begins. It counts as under way until `workEnded`, even where the client gives up before. */
  workBegun(): void {
    this.#host.streams.workBegun();
  }

  workEnded(): void {
    this.#host.streams.workEnded();
  }

  // What the peer sends.

  /** @throws StreamError */
  receive(body: Buffer, frameBytes: number): void {
    this.#receiveWindow -= frameBytes;
    if (this.#receiveWindow < 0) throw new StreamError(this.id, errorCodes.flowControlError, 'more data than the stream allows');
    this.#receivedBytes += body.length;
    const before = this.#missingBytes;
    this.#missingBytes = this.listener?.data(body) ?? 0;
    if (this.#missingBytes === 0 || this.#missingBytes > before) this.#release();
    if (this.#missingBytes > this.#receiveWindow) this.#reserve();
    else if (this.#receiveWindow < streamWindowBytes / 2) this.#grantWindow(streamWindowBytes);
  }

  /** @throws StreamError when the body is not as long as the headers said */
  receiveEnd(): void {
    if (this.#declaredBytes !== undefined && this.#declaredBytes !== this.#receivedBytes) {
      throw new StreamError(this.id, errorCodes.protocolError, 'the body is not as long as its content-length');
    }
    this.#remoteEnded = true;
    this.listener?.end();
  }

  #reserve(): void {
    if (this.#reservation !== undefined) return;
    this.#reservation = { bytes: this.#missingBytes, granted: () => this.#grantWindow(this.#missingBytes) };
    this.#host.receiving.reserve(this.#reservation);
  }

  #release(): void {
    const reservation = this.#reservation;
    this.#reservation = undefined;
    if (reservation !== undefined) this.#host.receiving.release(reservation);
  }

  #grantWindow(bytes: number): void {
    if (this.#ended || this.#remoteEnded || bytes <= this.#receiveWindow) return;
    this.#host.output.write(windowUpdateFrame(this.id, bytes - this.#receiveWindow));
    this.#receiveWindow = bytes;
  }

  // What the server sends.

  /** Everything at once: headers, body, and the trailers that end the stream. */
  answer(headers: Buffer, body: Buffer, trailers: Buffer): void {
    const { sending, output } = this.#host;
    if (this.#ended) return;
    if (body.length > Math.min(this.#sendWindow, sending.window, sending.frameBytesMax)) {
      this.respond(headers);
      this.write(body);
      this.end(trailers);
      return;
    }
    sending.window -= body.length;
    const out = Buffer.allocUnsafe(3 * frameHeaderBytes + headers.length + body.length + trailers.length);
    let at = this.#put(out, 0, frameTypes.headers, frameFlags.endHeaders, headers);
    at = this.#put(out, at, frameTypes.data, 0, body);
    this.#put(out, at, frameTypes.headers, frameFlags.endHeaders | frameFlags.endStream, trailers);
    output.write(out);
    this.#finish();
  }

  #put(out: Buffer, at: number, type: number, flags: number, payload: Buffer): number {
    const start = writeFrameHead(out, at, payload.length, type, flags, this.id);
    out.set(payload, start);
    return start + payload.length;
  }

  respond(headers: Buffer): void {
    if (!this.#ended) this.#writeFrame(frameTypes.headers, frameFlags.endHeaders, headers);
  }

  /** @returns false: there is enough to send for now; `drained` will tell */
  write(body: Buffer): boolean {
    if (this.#ended) return true;
    this.#queue.push(body);
    this.#queuedBytes += body.length;
    this.#host.sending.queuedBytes += body.length;
    this.flush();
    this.#blocked = !this.#hasRoom(1);
    return !this.#blocked;
  }

  /** Ends the stream, once the body is sent. The first word counts. */
  end(trailers: Buffer): void {
    this.#trailers ??= trailers;
    this.flush();
  }

  /** Sends what the windows allow. */
  flush(): void {
    const { sending } = this.#host;
    while (!this.#ended && this.#queue.length > 0) {
      const allowed = Math.min(this.#sendWindow, sending.window, sending.frameBytesMax);
      if (allowed <= 0) {
        if (this.#sendWindow > 0) sending.wait(this);
        return;
      }
      this.#sendSome(allowed);
    }
    if (!this.#ended && this.#trailers !== undefined) {
      this.#writeFrame(frameTypes.headers, frameFlags.endHeaders | frameFlags.endStream, this.#trailers);
      this.#finish();
    }
  }

  #sendSome(allowed: number): void {
    const [first = Buffer.alloc(0)] = this.#queue;
    const part = first.subarray(0, allowed);
    if (part.length === first.length) this.#queue.shift();
    else this.#queue[0] = first.subarray(allowed);
    this.#queuedBytes -= part.length;
    this.#host.sending.queuedBytes -= part.length;
    this.#sendWindow -= part.length;
    this.#host.sending.window -= part.length;
    this.#writeFrame(frameTypes.data, 0, part);
  }

  /** A frame whose payload is not copied: it may be large. */
  #writeFrame(type: number, flags: number, payload: Buffer): void {
    const head = Buffer.allocUnsafe(frameHeaderBytes);
    writeFrameHead(head, 0, payload.length, type, flags, this.id);
    this.#host.output.write(head);
    this.#host.output.write(payload);
  }

  /** @returns whether the window may change that much */
  fits(change: number): boolean {
    return this.#sendWindow + change <= windowBytesMax;
  }

  /** The peer, or its settings, changed the window. @throws StreamError when it grows beyond what the protocol knows */
  growSendWindow(change: number): void {
    if (!this.fits(change)) throw new StreamError(this.id, errorCodes.flowControlError, 'window too large');
    this.#sendWindow += change;
    this.flush();
    this.drain();
  }

  /** Tells the listener that there is room, if it waits for that. */
  drain(): void {
    if (!this.#blocked || this.#ended || !this.#hasRoom(2)) return; // half of it, so that it is not told for each byte
    this.#blocked = false;
    this.listener?.drained();
  }

  #hasRoom(divisor: number): boolean {
    return (
      this.#queuedBytes <= streamBufferedBytesMax / divisor &&
      this.#host.output.unsentBytes <= connectionBufferedBytesMax / divisor
    );
  }

  /** Ends the stream at once, with an error code. */
  reset(code: number): void {
    if (this.#ended) return;
    this.#host.output.write(rstStreamFrame(this.id, code));
    this.#close(!this.#remoteEnded);
  }

  /** Ends the stream without a word: the peer reset it, or is gone. */
  abandon(): void {
    if (!this.#ended) this.#close(false);
  }

  #finish(): void {
    if (!this.#remoteEnded) this.#host.output.write(rstStreamFrame(this.id, errorCodes.noError)); // send no more (RFC 9113 §8.1)
    this.#close(!this.#remoteEnded);
  }

  #close(early: boolean): void {
    this.#ended = true;
    this.#release();
    this.#host.sending.forget(this);
    this.#host.sending.queuedBytes -= this.#queuedBytes;
    this.#queuedBytes = 0;
    this.#queue = [];
    this.#host.ended(this, early);
    this.listener?.closed();
  }
}
