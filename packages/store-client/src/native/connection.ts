import { type Cancel, type Clock, errorMessage } from '@flotilla/base';
import type { ByteWriter } from '@flotilla/mvcc';
import { ByteReader } from '@flotilla/mvcc';
import { WebSocket } from 'ws';
import { answerBytesMax, dialTimeoutMs, pingIntervalMs } from '../limits.js';
import { type Frame, FrameBatch, frameTypes, type Hello, nativePath, nativeProtocol, readFrames, readHello } from './frames.js';

/** PEM texts. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

export interface ConnectionEvents {
  opened(hello: Hello): void;
  frame(frame: Frame): void;
  /** Once, also when it never opened. Nothing follows. */
  closed(reason: string): void;
}

/** One WebSocket to one member. Frames of one turn of the event loop travel in one message. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  readonly #batch: FrameBatch;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #flushDue = false;
  #silent = false;
  #timer: Cancel;

  constructor(endpoint: string, tls: TlsMaterial | undefined, clock: Clock, events: ConnectionEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#socket = new WebSocket(new URL(nativePath, endpoint.replace(/^http/, 'ws')), nativeProtocol, {
      ...tls,
      perMessageDeflate: false,
      maxPayload: answerBytesMax,
      skipUTF8Validation: true,
    });
    this.#batch = new FrameBatch((message) => this.#socket.send(message));
    this.#socket.on('message', (data) => this.#receive(data as Buffer)); // binaryType is nodebuffer, ws's default
    this.#socket.on('error', (error) => this.#close(error.message));
    this.#socket.on('close', (code, reason) => this.#close(reason.toString() || `closed with code ${code}`));
    this.#timer = clock.after(dialTimeoutMs, () => this.#close('connection timed out'));
  }

  send(type: number, id: number, write?: (w: ByteWriter) => void): void {
    if (this.#state !== 'open') return;
    this.#batch.add(type, id, write);
    if (this.#flushDue) return;
    this.#flushDue = true;
    setImmediate(() => {
      this.#flushDue = false;
      if (this.#state === 'open') this.#batch.flush();
    });
  }

  close(): void {
    this.#close('closed by the client');
  }

  #receive(data: Buffer): void {
    if (this.#state === 'closed') return;
    this.#silent = false;
    try {
      for (const frame of readFrames(data)) {
        if (this.#state === 'opening') this.#open(frame);
        else if (this.#state === 'open') this.#events.frame(frame);
      }
    } catch (error) {
      this.#close(`broken frame: ${errorMessage(error)}`);
    }
  }

  #open(frame: Frame): void {
    if (frame.type !== frameTypes.hello) {
      this.#close('not a store member: no greeting');
      return;
    }
    this.#timer();
    this.#state = 'open';
    this.#watchSilence();
    this.#events.opened(readHello(new ByteReader(frame.payload)));
  }

  /** A host that vanished says nothing: neither data nor the end of the connection. */
  #watchSilence(): void {
    this.#timer = this.#clock.after(pingIntervalMs, () => {
      if (this.#silent) {
        this.#close('the member is silent');
        return;
      }
      this.#silent = true;
      this.send(frameTypes.ping, 0);
      this.#watchSilence();
    });
  }

  #close(reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#timer();
    this.#socket.terminate();
    this.#events.closed(reason);
  }
}
