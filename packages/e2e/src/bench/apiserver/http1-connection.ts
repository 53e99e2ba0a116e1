import type { OnReadOpts } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

export interface Answer {
  readonly status: number;
  /** Empty when it was to be discarded. */
  readonly body: Buffer;
  readonly bodyBytes: number;
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
  /** The answer's body is only counted. */
  readonly discard?: boolean;
}

export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: ConnectionOptions;
  readonly token?: string;
}

const none: Buffer = Buffer.alloc(0);
/** What arrives lies here while it is looked at, for all connections: no buffer is made for bytes that are only counted. */
const arrived = Buffer.allocUnsafeSlow(64 * 1024);
const headEnd = '\r\n\r\n';

/**
 * HTTP/1.1 over TLS with one request at a time, and no more than a load generator needs: on two cores every microsecond of the
 * generator is one that the server does not get.
 */
export class Http1Connection {
  readonly #socket: TLSSocket;
  readonly #head: string;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  /** Of the answer that is arriving, head and body; unknown until the head is there. */
  #expectedBytes: number | undefined;
  #bodyStart = 0;
  #discard = false;
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  #onLine: ((line: Buffer) => void) | undefined;
  #chunks: ChunkReader | undefined;
  #status = 0;

  private constructor(socket: TLSSocket, { host, port, token }: ConnectionTarget) {
    this.#socket = socket;
    this.#head = ` HTTP/1.1\r\nHost: ${host}:${port}\r\nAccept: application/json\r\n${token === undefined ? '' : `Authorization: Bearer ${token}\r\n`}`;
    socket.setNoDelay(true);
    socket.on('error', (error) => this.#lost(error));
    socket.on('close', () => this.#lost(new Error('the server closed the connection')));
  }

  static open(target: ConnectionTarget): Promise<Http1Connection> {
    return new Promise((resolve, reject) => {
      let connection: Http1Connection | undefined;
      const onread: OnReadOpts = {
        buffer: arrived,
        callback(bytes) {
          if (connection !== undefined) connection.#read(arrived.subarray(0, bytes));
          return true;
        },
      };
      const { tls, host, port } = target;
      const options: ConnectionOptions & { onread: OnReadOpts } = { ...tls, host, port, ALPNProtocols: ['http/1.1'], onread };
      const socket = connect(options);
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        socket.off('error', reject);
        connection = new Http1Connection(socket, target);
        resolve(connection);
      });
    });
  }

  request(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#discard = request.discard === true;
      this.#send(request);
    });
  }

  /** The connection is a watch from here on: every line goes to `onLine`. Resolves when the server has begun to answer. */
  async watch(path: string, onLine: (line: Buffer) => void): Promise<void> {
    this.#onLine = onLine;
    const { status } = await this.request({ method: 'GET', path });
    if (status !== 200) throw new Error(`the watch was answered with ${status}`);
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #send({ method, path, contentType, body }: Request): void {
    const head = `${method} ${path}${this.#head}`;
    if (body === undefined) this.#socket.write(`${head}\r\n`);
    else {
      const length = Buffer.byteLength(body);
      this.#socket.write(`${head}Content-Type: ${contentType ?? 'application/json'}\r\nContent-Length: ${length}\r\n\r\n${body}`);
    }
  }

  #lost(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }

  #read(bytes: Buffer): void {
    const onlyCounted = this.#chunks !== undefined && this.#discard;
    this.#take(onlyCounted ? bytes : Buffer.from(bytes));
  }

  #take(chunk: Buffer): void {
    if (this.#chunks !== undefined) {
      this.#takeChunked(chunk);
      return;
    }
    if (!this.#discard || this.#expectedBytes === undefined) this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#expectedBytes === undefined && !this.#takeHead()) return;
    if (this.#expectedBytes !== undefined && this.#receivedBytes >= this.#expectedBytes) {
      const body = this.#discard ? none : this.#whole().subarray(this.#bodyStart);
      const bodyBytes = this.#expectedBytes - this.#bodyStart;
      this.#forget();
      this.#answer(body, bodyBytes);
    }
  }

  /** @returns false while the head is not complete, and when what follows it is chunked */
  #takeHead(): boolean {
    const whole = this.#whole();
    const end = whole.indexOf(headEnd);
    if (end < 0) return false;
    const head = whole.toString('latin1', 0, end);
    this.#status = Number(head.slice(9, 12));
    this.#bodyStart = end + headEnd.length;
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length !== undefined) {
      this.#expectedBytes = this.#bodyStart + Number(length);
      return true;
    }
    const rest = whole.subarray(this.#bodyStart);
    this.#forget();
    this.#chunks = new ChunkReader(!this.#discard);
    if (this.#onLine !== undefined) this.#answer(none, 0);
    this.#takeChunked(rest);
    return false;
  }

  #whole(): Buffer {
    const [first = none] = this.#received;
    const whole = this.#received.length > 1 ? Buffer.concat(this.#received) : first;
    this.#received = [whole];
    return whole;
  }

  #forget(): void {
    this.#received = [];
    this.#receivedBytes = 0;
    this.#expectedBytes = undefined;
  }

  #takeChunked(bytes: Buffer): void {
    const chunks = this.#chunks;
    if (chunks === undefined) return;
    const ended = chunks.take(bytes);
    if (this.#onLine !== undefined) {
      for (const line of chunks.lines()) this.#onLine(line);
    } else if (ended) {
      this.#chunks = undefined;
      this.#answer(chunks.rest(), chunks.bodyBytes);
    }
  }

  #answer(body: Buffer, bodyBytes: number): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status: this.#status, body, bodyBytes });
  }
}

/** Chunked transfer coding (RFC 9112 §7.1), without trailers. */
class ChunkReader {
  /** That have come so far. */
  bodyBytes = 0;
  readonly #keep: boolean;
  #raw = none;
  /** Bytes of the chunk under way, with its line end, that are still to come. */
  #missing = 0;
  #parts: Buffer[] = [];

  /** @param keep whether the body is more than counted */
  constructor(keep: boolean) {
    this.#keep = keep;
  }

  /** @returns true when the last chunk has come */
  take(bytes: Buffer): boolean {
    let raw = this.#raw.length === 0 ? bytes : Buffer.concat([this.#raw, bytes]);
    for (;;) {
      if (this.#missing > 0) raw = this.#takeData(raw);
      const end = this.#missing > 0 ? -1 : raw.indexOf('\r\n');
      if (end < 0) break;
      const size = Number.parseInt(raw.toString('latin1', 0, end), 16);
      if (size === 0) return true;
      this.#missing = size + 2;
      raw = raw.subarray(end + 2);
    }
    this.#raw = Buffer.from(raw);
    return false;
  }

  #takeData(raw: Buffer): Buffer {
    const taken = Math.min(raw.length, this.#missing);
    const data = Math.min(taken, Math.max(0, this.#missing - 2));
    if (data > 0 && this.#keep) this.#parts.push(raw.subarray(0, data));
    this.bodyBytes += data;
    this.#missing -= taken;
    return raw.subarray(taken);
  }

  /** Whole lines that have come, without their line feeds. */
  *lines(): Iterable<Buffer> {
    let rest = this.rest();
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield rest.subarray(0, end);
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) this.#parts.push(rest);
  }

  rest(): Buffer {
    const [first = none] = this.#parts;
    const rest = this.#parts.length > 1 ? Buffer.concat(this.#parts) : first;
    this.#parts = [];
    return rest;
  }
}
