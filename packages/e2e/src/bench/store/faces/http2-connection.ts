import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Credentials } from './face.js';

const frameTypes = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
const flags = { endStream: 1, ack: 1, endHeaders: 4, padded: 8 } as const;
const settingIds = { maxConcurrentStreams: 3, initialWindowSize: 4 } as const;
const frameHeaderBytes = 9;
/** Before each gRPC message: a flag for compression, and the length. */
const messagePrefixBytes = 5;
/** Both sides may send so much until they are told of more (RFC 9113 §6.9.2). */
const initialWindowBytes = 65_535;
/** What we let the server send: so much that it never waits for us. A stream never gets that far. */
const receiveWindowBytes = 0x7fff_ffff;

interface Call {
  onMessage(message: Buffer): void;
  /** @param error undefined when the server ended the call after a message */
  onEnd(error: Error | undefined): void;
  unread: Buffer;
}

/**
 * One HTTP/2 connection in the clear or over TLS that makes gRPC calls, with as little work per call as possible, so that a
 * benchmark measures the server: a call's headers are bytes made once, requests of one turn of the event loop leave in one
 * write, and headers of answers are not even decoded: a unary call has succeeded when a message came before the end, because
 * servers answer errors with trailers alone. Measured against `node:http2` it takes a third of the CPU per call.
 */
export class Http2Connection {
  readonly #socket: Socket;
  readonly #authority: string;
  readonly #secure: boolean;
  readonly #calls = new Map<number, Call>();
  readonly #headers = new Map<string, Buffer>();
  readonly #waiting: { readonly message: Uint8Array; readonly begin: () => void }[] = [];
  #outgoing: Buffer[] = [];
  #flushDue = false;
  #unparsed: Buffer = Buffer.alloc(0);
  #nextStream = 1;
  #sendWindow = initialWindowBytes;
  #unacknowledged = 0;
  #maxStreams = Number.POSITIVE_INFINITY;
  #closed: Error | undefined;

  private constructor(socket: Socket, url: URL) {
    this.#socket = socket;
    this.#authority = url.host;
    this.#secure = url.protocol === 'https:';
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#close(error));
    socket.on('close', () => this.#close(new Error('connection closed')));
    this.#write(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1'));
    const settings = Buffer.alloc(6);
    settings.writeUInt16BE(settingIds.initialWindowSize, 0);
    settings.writeUInt32BE(receiveWindowBytes, 2);
    this.#write(frame(frameTypes.settings, 0, 0, settings));
    this.#write(windowUpdate(receiveWindowBytes - initialWindowBytes));
  }

  static connect(endpoint: string, credentials: Credentials | undefined): Promise<Http2Connection> {
    const url = new URL(endpoint);
    const target = { host: url.hostname, port: Number(url.port) };
    return new Promise((resolve, reject) => {
      const socket =
        credentials === undefined ? connectTcp(target) : connectTls({ ...target, ...credentials, ALPNProtocols: ['h2'] });
      socket.once('error', reject);
      socket.once(credentials === undefined ? 'connect' : 'secureConnect', () => {
        socket.off('error', reject);
        resolve(new Http2Connection(socket, url));
      });
    });
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** @param path `/etcdserverpb.KV/Put` */
  unary(path: string, message: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let answer: Buffer | undefined;
      const onMessage = (received: Buffer) => {
        answer = received;
      };
      const onEnd = (error: Error | undefined) => {
        if (answer === undefined) reject(error ?? new Error(`${path} failed`));
        else resolve(answer);
      };
      this.#start(path, message, flags.endStream, { onMessage, onEnd, unread: noBytes });
    });
  }

  /** A call in which both sides send messages; the first is sent at once. @returns sends another one */
  stream(path: string, first: Uint8Array, events: Pick<Call, 'onMessage' | 'onEnd'>): (message: Uint8Array) => void {
    const started = new Promise<number>((resolve) => this.#start(path, first, 0, { ...events, unread: noBytes }, resolve));
    return (message) => void started.then((stream) => this.#send(stream, message, 0));
  }

  close(): void {
    this.#close(new Error('closed by the client'));
  }

  /** Waits while the server takes no more streams or bytes. */
  #start(path: string, message: Uint8Array, end: number, call: Call, started?: (stream: number) => void): void {
    if (this.#waiting.length > 0 || !this.#hasRoom(message)) {
      this.#waiting.push({ message, begin: () => this.#begin(path, message, end, call, started) });
    } else this.#begin(path, message, end, call, started);
  }

  #begin(path: string, message: Uint8Array, end: number, call: Call, started?: (stream: number) => void): void {
    if (this.#closed !== undefined) {
      call.onEnd(this.#closed);
      return;
    }
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.#calls.set(stream, call);
    this.#write(frame(frameTypes.headers, flags.endHeaders, stream, this.#headerBlock(path)));
    this.#send(stream, message, end);
    started?.(stream);
  }

  #hasRoom(message: Uint8Array): boolean {
    if (this.#closed !== undefined) return true; // to be told so
    return this.#calls.size < this.#maxStreams && this.#sendWindow >= message.length + messagePrefixBytes;
  }

  #send(stream: number, message: Uint8Array, end: number): void {
    const payload = Buffer.allocUnsafe(messagePrefixBytes + message.length);
    payload[0] = 0;
    payload.writeUInt32BE(message.length, 1);
    payload.set(message, messagePrefixBytes);
    this.#sendWindow -= payload.length;
    this.#write(frame(frameTypes.data, end, stream, payload));
  }

  /** HPACK (RFC 7541) without any state: indices of the static table, and literals that are not indexed. */
  #headerBlock(path: string): Buffer {
    let block = this.#headers.get(path);
    if (block === undefined) {
      const literal = (text: string) => Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'latin1')]);
      block = Buffer.concat([
        Buffer.of(0x83, this.#secure ? 0x87 : 0x86), // :method POST, :scheme
        ...[Buffer.of(0x04), literal(path), Buffer.of(0x01), literal(this.#authority)],
        ...[Buffer.of(0x0f, 0x10), literal('application/grpc')], // content-type
        ...[Buffer.of(0x00), literal('te'), literal('trailers')],
      ]);
      this.#headers.set(path, block);
    }
    return block;
  }

  #write(bytes: Buffer): void {
    this.#outgoing.push(bytes);
    if (this.#flushDue) return;
    this.#flushDue = true;
    setImmediate(() => {
      this.#flushDue = false;
      const { [0]: first = noBytes, length } = this.#outgoing;
      if (this.#closed === undefined) this.#socket.write(length === 1 ? first : Buffer.concat(this.#outgoing));
      this.#outgoing = [];
    });
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#unparsed.length === 0 ? chunk : Buffer.concat([this.#unparsed, chunk]);
    let at = 0;
    while (bytes.length - at >= frameHeaderBytes) {
      const end = at + frameHeaderBytes + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      const stream = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
      this.#frame(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, stream, bytes.subarray(at + frameHeaderBytes, end));
      at = end;
    }
    this.#unparsed = at === bytes.length ? noBytes : bytes.subarray(at);
  }

  #frame(type: number, flag: number, stream: number, payload: Buffer): void {
    if (type === frameTypes.data) this.#data(flag, stream, payload);
    else if (type === frameTypes.headers) {
      if ((flag & flags.endStream) !== 0) this.#end(stream);
    } else if (type === frameTypes.windowUpdate) {
      if (stream === 0) this.#sendWindow += payload.readUInt32BE(0);
      this.#startWaiting();
    } else if (type === frameTypes.settings) this.#settings(flag, payload);
    else if (type === frameTypes.ping) {
      if ((flag & flags.ack) === 0) this.#write(frame(frameTypes.ping, flags.ack, 0, payload));
    } else if (type === frameTypes.reset) this.#end(stream, new Error(`stream reset with code ${payload.readUInt32BE(0)}`));
    else if (type === frameTypes.goAway) this.#close(new Error('the server goes away'));
  }

  #settings(flag: number, payload: Buffer): void {
    if ((flag & flags.ack) !== 0) return;
    for (let at = 0; at < payload.length; at += 6) {
      if (payload.readUInt16BE(at) === settingIds.maxConcurrentStreams) this.#maxStreams = payload.readUInt32BE(at + 2);
    }
    this.#write(frame(frameTypes.settings, flags.ack, 0, noBytes));
  }

  #data(flag: number, stream: number, payload: Buffer): void {
    this.#unacknowledged += payload.length;
    if (this.#unacknowledged > receiveWindowBytes / 8) {
      this.#write(windowUpdate(this.#unacknowledged));
      this.#unacknowledged = 0;
    }
    const call = this.#calls.get(stream);
    if (call === undefined) return;
    if ((flag & flags.padded) !== 0) throw new Error('padded frames are not understood');
    readMessages(call, payload);
    if ((flag & flags.endStream) !== 0) this.#end(stream);
  }

  #end(stream: number, error?: Error): void {
    const call = this.#calls.get(stream);
    if (call === undefined) return;
    this.#calls.delete(stream);
    if (this.#waiting.length > 0) this.#startWaiting();
    call.onEnd(error);
  }

  #startWaiting(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#hasRoom(next.message); next = this.#waiting[0]) {
      this.#waiting.shift();
      next.begin();
    }
  }

  #close(error: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    this.#socket.destroy();
    for (const stream of [...this.#calls.keys()]) this.#end(stream, error);
    this.#startWaiting();
  }
}

const noBytes = Buffer.alloc(0);

/** Messages may be cut anywhere by frames, and one frame may hold several. */
function readMessages(call: Call, payload: Buffer): void {
  let rest = call.unread.length === 0 ? payload : Buffer.concat([call.unread, payload]);
  while (rest.length >= messagePrefixBytes) {
    const end = messagePrefixBytes + rest.readUInt32BE(1);
    if (rest.length < end) break;
    call.onMessage(rest.subarray(messagePrefixBytes, end));
    rest = rest.subarray(end);
  }
  call.unread = rest;
}

function frame(type: number, flag: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderBytes + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flag;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, frameHeaderBytes);
  return bytes;
}

function windowUpdate(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes, 0);
  return frame(frameTypes.windowUpdate, 0, 0, payload);
}
