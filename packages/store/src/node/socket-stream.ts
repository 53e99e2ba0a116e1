import type { WebSocket } from 'ws';
import type { SnapshotStream } from './transport.js';

/** The WebSocket status for "not now" (RFC 6455 §7.4.2's registry: try again later). */
const tryAgainLater = 1013;

/** A snapshot stream over a WebSocket. While nobody receives, the sender is held back. */
export class SocketStream implements SnapshotStream {
  readonly #socket: WebSocket;
  readonly #arrived: (string | Uint8Array)[] = [];
  #ended = false;
  #refused = false;
  #wake = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer, isBinary) => {
      if (this.#refused) return;
      this.#arrived.push(isBinary ? data : data.toString());
      socket.pause();
      this.#wake();
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  send(frame: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(frame, (error) => (error ? reject(error) : resolve()));
    });
  }

  async receive(): Promise<string | Uint8Array | undefined> {
    while (this.#arrived.length === 0 && !this.#ended) {
      const next = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#socket.resume();
      await next;
    }
    return this.#arrived.shift();
  }

  close(refusal?: string): void {
    if (refusal === undefined) this.#socket.terminate();
    else {
      this.#refused = true;
      this.#socket.resume(); // paused, it would not notice the answer to its close
      this.#socket.close(tryAgainLater, refusal);
    }
  }
}
