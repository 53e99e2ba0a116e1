import type { Duplex } from 'node:stream';
import { encodeFrame, type Frame, FrameReader, resetStatus, SpdyError } from './frames.js';
import { HeaderInflater, type Headers, HeaderWriter } from './header-block.js';
import { SpdyStream } from './stream.js';

export interface SpdyOptions {
  /** Streams of a client have odd numbers, a server's even ones. */
  readonly role: 'client' | 'server';
  /** Streams that may be open at a time; more are refused. */
  readonly streamsMax: number;
  /** The other end has opened a stream. */
  onStream(stream: SpdyStream): void;
}

/**
 * One end of a SPDY/3.1 connection, as Kubernetes' clients use it for exec, attach and port-forward: no push, no priorities, and no windows,
 * which they never grant. Who does not read a stream therefore holds up the whole connection, and with it the sender.
 */
export class SpdyConnection {
  /** Resolves when the connection has ended, however. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #options: SpdyOptions;
  readonly #inflater = new HeaderInflater();
  readonly #headers = new HeaderWriter();
  readonly #streams = new Map<number, SpdyStream>();
  #nextId: number;
  #lastReceivedId = 0;

  constructor(socket: Duplex, options: SpdyOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#nextId = options.role === 'client' ? 1 : 2;
    socket.on('error', () => socket.destroy());
    this.closed = this.#run();
  }

  /** Opens a stream; what is written to it goes out behind the opening. */
  open(headers: Headers): SpdyStream {
    const stream = this.#add(this.#nextId, headers);
    this.#nextId += 2;
    this.#send({ type: 'syn-stream', streamId: stream.id, headerBlock: this.#headers.write(headers), fin: false });
    return stream;
  }

  /** Says goodbye once all that was written has gone out, and ends the connection. */
  close(): void {
    if (this.#socket.writableEnded || this.#socket.destroyed) return;
    this.#socket.end(encodeFrame({ type: 'goaway', lastStreamId: this.#lastReceivedId, status: 0 }));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #run(): Promise<void> {
    const reader = new FrameReader();
    let failure: Error | undefined;
    try {
      for await (const chunk of this.#socket as AsyncIterable<Buffer>) {
        for (const frame of reader.push(chunk)) await this.#receive(frame);
      }
    } catch (error) {
      failure = error instanceof SpdyError ? error : undefined; // else the connection broke, which is an end like any other
    }
    this.#socket.destroy();
    this.#inflater.close();
    for (const stream of this.#streams.values()) stream.connectionEnded(failure);
    this.#streams.clear();
  }

  async #receive(frame: Frame): Promise<void> {
    switch (frame.type) {
      case 'data': {
        const stream = this.#streams.get(frame.streamId);
        if (frame.data.length > 0) await stream?.receive(frame.data);
        if (frame.fin) stream?.receiveEnd();
        return;
      }
      case 'syn-stream':
        return this.#accept(frame.streamId, await this.#inflater.read(frame.headerBlock), frame.fin);
      case 'syn-reply':
      case 'headers':
        await this.#inflater.read(frame.headerBlock); // every block counts for the ones after it
        if (frame.fin) this.#streams.get(frame.streamId)?.receiveEnd();
        return;
      case 'rst-stream':
        this.#streams.get(frame.streamId)?.receiveReset();
        return;
      case 'ping':
        // The numbers that we would choose are the other parity: this is a question, never an answer to ours.
        if (frame.id % 2 === (this.#options.role === 'client' ? 0 : 1)) this.#send(frame);
        return;
      case 'goaway':
      case 'ignored':
        return;
    }
  }

  #accept(streamId: number, headers: Headers, fin: boolean): void {
    if (streamId <= this.#lastReceivedId || streamId % 2 === this.#nextId % 2)
      throw new SpdyError(`unexpected stream ${streamId}`);
    this.#lastReceivedId = streamId;
    if (this.#streams.size >= this.#options.streamsMax) {
      this.#send({ type: 'rst-stream', streamId, status: resetStatus.refusedStream });
      return;
    }
    const stream = this.#add(streamId, headers);
    this.#send({ type: 'syn-reply', streamId, headerBlock: this.#headers.write(new Map()), fin: false });
    if (fin) stream.receiveEnd();
    this.#options.onStream(stream);
  }

  #add(id: number, headers: Headers): SpdyStream {
    const stream = new SpdyStream(id, headers, (frame, sent) => this.#send(frame, sent));
    this.#streams.set(id, stream);
    stream.once('close', () => this.#streams.delete(id));
    return stream;
  }

  #send(frame: Exclude<Frame, { type: 'ignored' }>, sent: (error?: Error | null) => void = () => {}): void {
    if (this.#socket.writableEnded || this.#socket.destroyed) sent(new SpdyError('the connection has ended'));
    else this.#socket.write(encodeFrame(frame), sent);
  }
}
