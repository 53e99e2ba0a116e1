import { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';

/** How channels are told apart in the messages of a WebSocket: the first byte, or the first digit where messages are text. */
export interface ChannelCodec {
  encode(channel: number, data: Buffer): Buffer | string;
  /** @returns undefined for a message that names no channel */
  decode(message: Buffer): { readonly channel: number; readonly data: Buffer } | undefined;
}

export const binaryChannels: ChannelCodec = {
  encode: (channel, data) => Buffer.concat([Buffer.from([channel]), data]),
  decode: (message) => (message.length === 0 ? undefined : { channel: message.readUInt8(0), data: message.subarray(1) }),
};

/** `base64.channel.k8s.io`: for browsers of old, which could send text alone. */
export const base64Channels: ChannelCodec = {
  encode: (channel, data) => `${channel}${data.toString('base64')}`,
  decode(message) {
    const channel = message.length === 0 ? Number.NaN : message.readUInt8(0) - 0x30;
    if (!(channel >= 0 && channel <= 9)) return undefined;
    return { channel, data: Buffer.from(message.toString('latin1', 1), 'base64') };
  },
};

/** In `v5.channel.k8s.io`: `[255, n]` says that nothing more comes on channel n. */
const closeChannel = 255;
const normalClosure = 1000;

/**
 * A WebSocket that carries several byte streams, as `channel.k8s.io` does. A channel that nobody reads holds up the whole connection.
 */
export class ChannelSocket {
  /** Resolves when the connection has ended, however. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #codec: ChannelCodec;
  readonly #channels = new Map<number, ChannelStream>();

  constructor(socket: WebSocket, codec: ChannelCodec) {
    this.#socket = socket;
    this.#codec = codec;
    socket.on('message', (message) => this.#receive(bytesOf(message)));
    socket.on('error', () => socket.terminate());
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const channel of this.#channels.values()) channel.destroy();
        resolve();
      });
    });
  }

  channel(number: number): Duplex {
    const stream = new ChannelStream({
      send: (data, sent) => this.#socket.send(this.#codec.encode(number, data), (error) => sent(error)),
      wanted: () => this.#socket.resume(),
    });
    this.#channels.set(number, stream);
    return stream;
  }

  /** Closes once all that was written has gone out. */
  close(): void {
    this.#socket.close(normalClosure);
  }

  #receive(message: Buffer): void {
    const decoded = this.#codec.decode(message);
    if (decoded === undefined) return;
    const { channel, data } = decoded;
    if (channel === closeChannel) this.#channels.get(data[0] ?? closeChannel)?.receiveEnd();
    else if (data.length > 0 && this.#channels.get(channel)?.receive(data) === false) this.#socket.pause();
  }
}

class ChannelStream extends Duplex {
  readonly #parts: { send(data: Buffer, sent: (error?: Error | null) => void): void; wanted(): void };
  #ended = false;

  constructor(parts: { send(data: Buffer, sent: (error?: Error | null) => void): void; wanted(): void }) {
    super();
    this.#parts = parts;
    this.on('error', () => {}); // a channel of a connection that broke has ended, and its users see that
  }

  /** @returns false when there should come no more for now */
  receive(data: Buffer): boolean {
    return this.destroyed || this.#ended || this.push(data);
  }

  receiveEnd(): void {
    if (this.destroyed || this.#ended) return;
    this.#ended = true;
    this.push(null);
  }

  override _read(): void {
    this.#parts.wanted();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#parts.send(data, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#parts.wanted();
    done(error);
  }
}

function bytesOf(message: RawData): Buffer {
  if (Buffer.isBuffer(message)) return message;
  return Array.isArray(message) ? Buffer.concat(message) : Buffer.from(message);
}
