import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { WebSocket } from 'ws';
import type { ApiClient } from './api-client.js';
import { ConnectionError, mayHaveBeenSent } from './connection-error.js';
import type { EventStream } from './event-stream.js';
import { connectTimeoutMs, watchPingMs } from './limits.js';
import { statusErrorOf } from './status.js';

/**
 * Feeds a watch's events, one text per event, into a stream until either side ends it. Speaks WebSocket; a server or proxy
 * that ignores the upgrade answers with lines of JSON instead, which do as well.
 */
export class WatchSocket {
  readonly #client: ApiClient;
  readonly #server: string;
  readonly #socket: WebSocket;
  readonly #stream: EventStream;
  #plain: IncomingMessage | undefined;
  #heard = true;
  #closed = false;
  #cancelPing: () => void;

  constructor(client: ApiClient, pathAndQuery: string, stream: EventStream) {
    this.#client = client;
    this.#stream = stream;
    this.#server = client.transport.server;
    this.#socket = new WebSocket(`${this.#server.replace(/^http/, 'ws')}${pathAndQuery}`, {
      ...client.transport.tls(),
      headers: client.transport.identity(),
      perMessageDeflate: false,
      handshakeTimeout: connectTimeoutMs,
      maxPayload: 0, // an object may have any size that the API server lets through
      skipUTF8Validation: true,
    });
    stream.onPause = () => (this.#plain ?? this.#socket).pause();
    stream.onResume = () => (this.#plain ?? this.#socket).resume();
    this.#listen();
    this.#cancelPing = client.clock.after(watchPingMs, () => this.#ping());
  }

  close(): void {
    this.#closed = true;
    this.#cancelPing();
    this.#plain?.destroy();
    this.#socket.terminate();
  }

  #listen(): void {
    this.#socket.on('message', (data) => {
      this.#heard = true;
      this.#stream.push(data.toString());
    });
    this.#socket.on('pong', () => {
      this.#heard = true;
    });
    this.#socket.on('unexpected-response', (_request, response) => {
      this.#plain = response;
      response.socket.setTimeout(0); // the handshake's limit; the stream itself may be silent
      response.on('error', (error) => this.#fail(error));
      if (response.statusCode === 200) this.#readLines(response);
      else this.#readRefusal(response);
    });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', (code) => {
      this.#cancelPing();
      if (this.#plain !== undefined) return;
      // 1006: the connection broke without a closing handshake, so the server may be gone.
      if (code === 1006) this.#fail(new Error('the connection broke'));
      else this.#stream.end();
    });
  }

  #readLines(response: IncomingMessage): void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    response.on('data', (chunk: Buffer) => {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') this.#stream.push(line);
    });
    response.on('end', () => this.#stream.end());
  }

  #readRefusal(response: IncomingMessage): void {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      this.#stream.fail(statusErrorOf(response.statusCode ?? 500, Buffer.concat(chunks).toString('utf8')));
    });
  }

  /** A server that vanished without a word (power, network) is found out by its silence. */
  #ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) {
      if (!this.#heard) {
        this.#fail(new Error(`no sign of life for ${watchPingMs} ms`));
        return;
      }
      this.#heard = false;
      this.#socket.ping();
    }
    this.#cancelPing = this.#client.clock.after(watchPingMs, () => this.#ping());
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.#client.transport.failed(this.#server);
    this.#stream.fail(new ConnectionError(this.#server, mayHaveBeenSent(error), error));
    this.close();
  }
}
