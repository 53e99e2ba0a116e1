import type { Logger } from '@flotilla/base';
import {
  ByteReader,
  type ByteWriter,
  CodecError,
  type CommandResponse,
  decodeCommand,
  isClientCommand,
  isStoreError,
  type LeaseResponse,
  readRange,
  readWatch,
  StoreError,
  storeErrors,
  type Watcher,
  writeDeleteRangeResponse,
  writePutResponse,
  writeRangeResponse,
  writeTxnResponse,
} from '@flotilla/mvcc';
import {
  type Frame,
  FrameBatch,
  frameTypes,
  readFrames,
  watchWindowBytes,
  writeError,
  writeHello,
  writeStatus,
} from '@flotilla/store-client';
import type { WebSocket } from 'ws';
import type { Caller } from '../caller.js';
import type { ClientService } from '../client-service.js';
import { connectionRequestsMax, unsentBytesMax } from '../limits.js';

interface NativeWatch {
  readonly watcher: Watcher;
  /** Sent and not acknowledged. */
  readonly unread: { bytes: number };
}

/** One native connection. Requests run side by side; what a turn of the event loop answers leaves in one message. */
export class Session {
  readonly #socket: WebSocket;
  readonly #caller: Caller;
  readonly #service: ClientService;
  readonly #log: Logger;
  readonly #batch: FrameBatch;
  readonly #watches = new Map<number, NativeWatch>();
  #underWay = 0;
  #flushDue = false;
  #gone = false;

  constructor(socket: WebSocket, caller: Caller, service: ClientService, log: Logger) {
    this.#socket = socket;
    this.#caller = caller;
    this.#service = service;
    this.#log = log;
    this.#batch = new FrameBatch((message) => socket.send(message, () => this.#relieve()));
    socket.on('message', (data) => this.#receive(data as Buffer)); // binaryType is nodebuffer, ws's default
    socket.on('close', () => this.#closed());
    socket.on('error', (error) => log.debug({ err: error }, 'native connection failed'));
    const { requestBytesMax } = service;
    this.#send(frameTypes.hello, 0, (w) => writeHello(w, { memberId: service.member.id, requestBytesMax }));
  }

  /** Ends the connection: the client goes elsewhere. */
  close(): void {
    this.#socket.close(1001, 'etcdserver: server stopped');
  }

  #receive(data: Buffer): void {
    try {
      for (const frame of readFrames(data)) this.#dispatch(frame);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#log.warn({ err: error }, 'native connection sent a broken frame');
      this.#socket.close(1002, 'broken frame');
    }
  }

  #dispatch({ type, id, payload }: Frame): void {
    const handle = this.#handlers[type];
    if (handle === undefined) throw new CodecError(`no such frame type: ${type}`);
    handle(id, payload);
  }

  readonly #handlers: Readonly<Record<number, (id: number, payload: Uint8Array) => void>> = {
    [frameTypes.command]: (id, payload) => this.#run(id, () => this.#command(payload)),
    [frameTypes.range]: (id, payload) => this.#run(id, () => this.#range(payload)),
    [frameTypes.status]: (id) => this.#run(id, () => this.#status()),
    [frameTypes.ping]: (id) => this.#send(frameTypes.answer, id),
    [frameTypes.watchCreate]: (id, payload) => this.#createWatch(id, payload),
    [frameTypes.watchCancel]: (id) => {
      this.#watches.get(id)?.watcher.cancel();
      this.#watches.delete(id);
    },
    [frameTypes.watchProgress]: (id) => this.#watches.get(id)?.watcher.requestProgress(),
    [frameTypes.watchAck]: (id, payload) => this.#acknowledge(id, new ByteReader(payload).u32()),
  };

  #run(id: number, work: () => Promise<(w: ByteWriter) => void>): void {
    if (this.#underWay >= connectionRequestsMax) {
      this.#fail(id, storeErrors.tooManyRequests());
      return;
    }
    this.#underWay++;
    work().then(
      (write) => {
        this.#underWay--;
        this.#send(frameTypes.answer, id, write);
      },
      (error: unknown) => {
        this.#underWay--;
        this.#fail(id, error);
      },
    );
  }

  async #range(payload: Uint8Array): Promise<(w: ByteWriter) => void> {
    const response = await this.#service.range(readRange(new ByteReader(payload)), this.#caller);
    return (w) => writeRangeResponse(w, response);
  }

  async #status(): Promise<(w: ByteWriter) => void> {
    await this.#service.auth.requireUser(this.#caller);
    return (w) => writeStatus(w, this.#service.status());
  }

  async #command(payload: Uint8Array): Promise<(w: ByteWriter) => void> {
    const command = decodeCommand(payload);
    if (!isClientCommand(command)) throw new CodecError('not a command of clients');
    const response = await this.#service.command(command, this.#caller, undefined, payload);
    return (w) => writeResponse(w, response);
  }

  #createWatch(id: number, payload: Uint8Array): void {
    if (this.#watches.has(id)) throw new CodecError(`watch ${id} exists`);
    const request = readWatch(new ByteReader(payload.slice()));
    const { store } = this.#service;
    const refused = this.#service.refusesWatch(request, this.#caller);
    if (refused !== undefined) {
      this.#send(frameTypes.watchEnd, id, (w) => writeError(w, refused));
      return;
    }
    const revision = store.revision;
    const unread = { bytes: 0 };
    const watcher = store.watch(request, {
      deliver: (response) => {
        unread.bytes += this.#batch.addWatchEvents(id, response);
        this.#flushSoon();
        return unread.bytes < watchWindowBytes;
      },
      cancelled: (error) => {
        this.#watches.delete(id);
        this.#send(frameTypes.watchEnd, id, (w) => writeError(w, error));
      },
    });
    this.#watches.set(id, { watcher, unread });
    this.#send(frameTypes.watchCreated, id, (w) => w.u53(revision));
  }

  #acknowledge(id: number, bytes: number): void {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    watch.unread.bytes = Math.max(0, watch.unread.bytes - bytes);
    if (watch.unread.bytes < watchWindowBytes) watch.watcher.resume();
  }

  #fail(id: number, error: unknown): void {
    if (this.#gone) return;
    this.#send(frameTypes.error, id, (w) => writeError(w, this.#asStoreError(error)));
  }

  #asStoreError(error: unknown): StoreError {
    if (isStoreError(error)) return error;
    if (error instanceof CodecError) return new StoreError('invalid', `etcdserver: malformed request: ${error.message}`);
    this.#log.error({ err: error }, 'request failed unexpectedly');
    throw error; // a bug: it ends the process instead of answering wrongly
  }

  #send(type: number, id: number, write?: (w: ByteWriter) => void): void {
    if (this.#gone) return;
    this.#batch.add(type, id, write);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#flushDue) return;
    this.#flushDue = true;
    setImmediate(() => {
      this.#flushDue = false;
      if (!this.#gone) this.#batch.flush();
      if (this.#socket.bufferedAmount > unsentBytesMax) this.#socket.pause();
    });
  }

  /** A client that does not read its answers is not read from either. */
  #relieve(): void {
    if (this.#socket.isPaused && this.#socket.bufferedAmount < unsentBytesMax / 2) this.#socket.resume();
  }

  #closed(): void {
    this.#gone = true; // what it asked for goes on: a signal per connection would cost every request a listener
    for (const { watcher } of this.#watches.values()) watcher.cancel();
    this.#watches.clear();
  }
}

function writeResponse(w: ByteWriter, response: CommandResponse): void {
  if ('put' in response) writePutResponse(w, response.put);
  else if ('deleteRange' in response) writeDeleteRangeResponse(w, response.deleteRange);
  else if ('txn' in response) writeTxnResponse(w, response.txn);
  else if ('compact' in response) w.u53(response.compact.revision);
  else if ('leaseGrant' in response) writeLease(w, response.leaseGrant);
  else if ('leaseRevoke' in response) w.u53(response.leaseRevoke.revision);
  else if ('leaseKeepAlive' in response) writeLease(w, response.leaseKeepAlive);
  else if ('alarm' in response) w.u53(response.alarm.revision);
  else throw new StoreError('invalid', 'etcdserver: no answer of the native protocol');
}

function writeLease(w: ByteWriter, { id, ttlSeconds, revision }: LeaseResponse): void {
  w.i64(id).u53(ttlSeconds).u53(revision);
}
