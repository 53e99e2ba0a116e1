import { Duplex } from 'node:stream';
import { type Frame, resetStatus } from './frames.js';
import type { Headers } from './header-block.js';

type Send = (frame: Exclude<Frame, { type: 'ignored' }>, sent?: (error?: Error | null) => void) => void;

/** One stream of a SPDY connection. Each direction ends by itself; a stream that is destroyed before is reset at the other end. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: Headers;
  readonly #send: Send;
  #wanted: (() => void) | undefined;
  #ended = false;
  #over = false;

  constructor(id: number, headers: Headers, send: Send) {
    super({ emitClose: true });
    this.id = id;
    this.headers = headers;
    this.#send = send;
    this.on('error', () => {}); // a stream of a connection that broke has ended, and its users see that
  }

  /** Resolves when more may come. */
  async receive(data: Buffer): Promise<void> {
    if (this.destroyed || this.#ended || this.push(data)) return;
    await new Promise<void>((resolve) => {
      this.#wanted = resolve;
    });
  }

  receiveEnd(): void {
    if (this.destroyed || this.#ended) return;
    this.#ended = true;
    this.push(null);
  }

  receiveReset(): void {
    this.#over = true;
    this.destroy();
  }

  connectionEnded(failure: Error | undefined): void {
    this.#over = true;
    this.destroy(failure);
  }

  override _read(): void {
    this.#wanted?.();
    this.#wanted = undefined;
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send({ type: 'data', streamId: this.id, data, fin: false }, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#send({ type: 'data', streamId: this.id, data: Buffer.alloc(0), fin: true }, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const complete = this.readableEnded && this.writableFinished;
    if (!complete && !this.#over) this.#send({ type: 'rst-stream', streamId: this.id, status: resetStatus.cancel });
    this.#over = true;
    this._read();
    done(error);
  }
}
