import type { Socket } from 'node:net';
import type { Output } from './http2/output.js';

/**
 * Writes to sockets once per turn of the event loop: whatever many calls answered in a turn leaves a connection in one
 * system call.
 */
export class OutputTurns {
  readonly traffic: { sentBytes: number };
  #pending: SocketOutput[] = [];

  /** @param traffic counts what is handed to sockets */
  constructor(traffic: { sentBytes: number }) {
    this.traffic = traffic;
  }

  add(output: SocketOutput): void {
    if (this.#pending.push(output) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const outputs = this.#pending;
    this.#pending = [];
    for (const output of outputs) output.flush();
  }
}

export class SocketOutput implements Output {
  readonly #socket: Socket;
  readonly #turns: OutputTurns;
  #parts: Buffer[] = [];
  #bytes = 0;
  #ending = false;

  constructor(socket: Socket, turns: OutputTurns) {
    this.#socket = socket;
    this.#turns = turns;
  }

  get unsentBytes(): number {
    return this.#bytes + this.#socket.writableLength;
  }

  write(bytes: Buffer): void {
    if (this.#parts.push(bytes) === 1 && !this.#ending) this.#turns.add(this);
    this.#bytes += bytes.length;
  }

  end(): void {
    this.#ending = true;
    this.#turns.add(this);
  }

  /** Hands everything to the socket. */
  flush(): void {
    const [first] = this.#parts;
    if (first !== undefined) this.#socket.write(this.#parts.length === 1 ? first : Buffer.concat(this.#parts));
    this.#turns.traffic.sentBytes += this.#bytes;
    this.#parts = [];
    this.#bytes = 0;
    if (this.#ending) this.#socket.destroySoon();
  }
}
