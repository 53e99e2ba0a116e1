import { type Cancel, type Clock, errorMessage } from '@flotilla/base';
import { ByteReader, type ByteWriter, readWatchResponse, storeErrors, type WatchRequest, writeWatch } from '@flotilla/mvcc';
import { WebSocket } from 'ws';
import type { MemberConnection, MemberEvents, Outgoing, TlsMaterial } from '../failover/member-connection.js';
import { answerBytesMax, dialTimeoutMs, pingIntervalMs } from '../limits.js';
import { type Frame, FrameBatch, frameTypes, nativePath, nativeProtocol, readError, readFrames, readHello } from './frames.js';

export interface NativeRequest {
  /** One of `frameTypes`. */
  readonly type: number;
  readonly payload: Uint8Array;
}

/** One WebSocket to one member. Frames of one turn of the event loop travel in one message. */
export class Connection implements MemberConnection<NativeRequest> {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #events: MemberEvents<Uint8Array>;
  readonly #batch: FrameBatch;
  #requestBytesMax = 0;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #flushDue = false;
  #silent = false;
  #timer: Cancel;

  constructor(endpoint: string, tls: TlsMaterial | undefined, clock: Clock, events: MemberEvents<Uint8Array>) {
    this.#clock = clock;
    this.#events = events;
    this.#socket = new WebSocket(new URL(nativePath, endpoint.replace(/^http/, 'ws')), nativeProtocol, {
      ...tls,
      perMessageDeflate: false,
      maxPayload: answerBytesMax,
      skipUTF8Validation: true,
      generateMask() {}, // masks protect proxies from scripts in browsers; with zeros both sides spare themselves a pass over all bytes
    });
    this.#batch = new FrameBatch((message) => this.#socket.send(message));
    this.#socket.on('message', (data) => this.#receive(data as Buffer)); // binaryType is nodebuffer, ws's default
    this.#socket.on('error', (error) => this.#close(error.message));
    this.#socket.on('close', (code, reason) => this.#close(reason.toString() || `closed with code ${code}`));
    this.#timer = clock.after(dialTimeoutMs, () => this.#close('connection timed out'));
  }

  send({ id, request: { type, payload } }: Outgoing<NativeRequest>): void {
    if (payload.length <= this.#requestBytesMax) this.#send(type, id, (w) => w.raw(payload));
    else this.#events.failed(id, storeErrors.tooLarge()); // the member would hang up
  }

  /** The member answers all the same; the answer finds nobody. */
  abandon(): void {}

  createWatch(id: number, request: WatchRequest): void {
    this.#send(frameTypes.watchCreate, id, (w) => writeWatch(w, request));
  }

  acknowledge(id: number, bytes: number): void {
    this.#send(frameTypes.watchAck, id, (w) => w.u32(bytes));
  }

  requestProgress(id: number): void {
    this.#send(frameTypes.watchProgress, id);
  }

  cancelWatch(id: number): void {
    this.#send(frameTypes.watchCancel, id);
  }

  close(): void {
    this.#close('closed by the client');
  }

  #send(type: number, id: number, write?: (w: ByteWriter) => void): void {
    if (this.#state !== 'open') return;
    this.#batch.add(type, id, write);
    if (this.#flushDue) return;
    this.#flushDue = true;
    setImmediate(() => {
      this.#flushDue = false;
      if (this.#state === 'open') this.#batch.flush();
    });
  }

  #receive(data: Buffer): void {
    if (this.#state === 'closed') return;
    this.#silent = false;
    try {
      for (const frame of readFrames(data)) {
        if (this.#state === 'opening') this.#open(frame);
        else if (this.#state === 'open') this.#frame(frame);
      }
    } catch (error) {
      this.#close(`broken frame: ${errorMessage(error)}`);
    }
  }

  #open({ type, payload }: Frame): void {
    if (type !== frameTypes.hello) {
      this.#close('not a store member: no greeting');
      return;
    }
    this.#timer();
    this.#requestBytesMax = readHello(new ByteReader(payload)).requestBytesMax;
    this.#state = 'open';
    this.#watchSilence();
    this.#events.opened();
  }

  #frame({ type, id, payload }: Frame): void {
    const events = this.#events;
    const reader = new ByteReader(payload);
    if (type === frameTypes.answer && id === 0)
      events.alive(); // to a ping
    else if (type === frameTypes.answer) events.answered(id, payload);
    else if (type === frameTypes.error) events.failed(id, readError(reader));
    else if (type === frameTypes.watchCreated) events.watchCreated(id, reader.u53());
    else if (type === frameTypes.watchEvents) this.#watchEvents(id, reader);
    else if (type === frameTypes.watchEnd) events.watchEnded(id, readError(reader));
  }

  /** One response, read once for all watches that are told of it. */
  #watchEvents(id: number, reader: ByteReader): void {
    const response = readWatchResponse(reader);
    const bytes = reader.offset;
    this.#events.watchResponse(id, response, bytes);
    while (reader.remaining > 0) this.#events.watchResponse(reader.u32(), response, bytes);
  }

  /** A host that vanished says nothing: neither data nor the end of the connection. */
  #watchSilence(): void {
    this.#timer = this.#clock.after(pingIntervalMs, () => {
      if (this.#silent) {
        this.#close('the member is silent');
        return;
      }
      this.#silent = true;
      this.#send(frameTypes.ping, 0);
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
