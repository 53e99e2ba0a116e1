import { backoffMs, type Cancel, type Clock, errorMessage, type Logger, type Random } from '@flotilla/base';
import type { ReloadingTls } from '@flotilla/process';
import type { WebSocket } from 'ws';
import { dialBackoff, peerBatchBytesTarget, peerQueueBytesMax } from '../limits.js';
import { formatId } from './ids.js';
import { watchLiveness } from './liveness.js';
import { dialPeer, RemovedError } from './peer-dialer.js';
import type { PeerIdentity } from './peer-identity.js';

export interface PeerOptions {
  readonly id: bigint;
  readonly urls: readonly string[];
  readonly self: PeerIdentity;
  readonly tls: ReloadingTls | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly onUp: () => void;
  readonly onDown: () => void;
  /** The other side says that this member has been removed. */
  readonly onRemoved: () => void;
}

/** The outgoing side of the pair of connections with one other member: dials again and again, with pauses. */
export class Peer {
  readonly id: bigint;
  readonly urls: readonly string[];
  readonly #options: PeerOptions;
  #socket: WebSocket | undefined;
  #cancelRedial: Cancel | undefined;
  #failures = 0;
  #closed = false;
  #lastComplaint = '';
  /** Frames of this turn of the event loop: they travel in one message, with one system call. */
  #batch: Buffer[] = [];
  #batchBytes = 0;
  sentBytes = 0;
  /** On the connection that the other side made. */
  receivedBytes = 0;
  sendFailures = 0;

  constructor(options: PeerOptions) {
    this.id = options.id;
    this.urls = options.urls;
    this.#options = options;
    this.#dial();
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** @returns false when the frame was dropped: no connection, or too much waiting already */
  send(frame: Buffer): boolean {
    const socket = this.#socket;
    if (socket === undefined || socket.bufferedAmount + this.#batchBytes + frame.length > peerQueueBytesMax) {
      this.sendFailures++;
      return false;
    }
    if (this.#batchBytes === 0) queueMicrotask(() => this.#flush());
    this.#batch.push(frame);
    this.#batchBytes += frame.length;
    this.sentBytes += frame.length;
    if (this.#batchBytes >= peerBatchBytesTarget) this.#flush();
    return true;
  }

  /** The member was just seen alive: no reason to wait any longer. */
  dialNow(): void {
    if (this.#cancelRedial === undefined) return;
    this.#cancelRedial();
    this.#dial();
  }

  close(): void {
    this.#closed = true;
    this.#cancelRedial?.();
    this.#socket?.terminate();
  }

  #flush(): void {
    if (this.#batchBytes === 0) return;
    const [first] = this.#batch;
    this.#socket?.send(this.#batch.length === 1 && first !== undefined ? first : Buffer.concat(this.#batch, this.#batchBytes));
    this.#batch = [];
    this.#batchBytes = 0;
  }

  #dial(): void {
    this.#cancelRedial = undefined;
    const { self, tls } = this.#options;
    const url = this.urls[this.#failures % this.urls.length] ?? '';
    dialPeer(url, '/raft/stream', this.id, self, tls).then(
      (socket) => this.#connected(socket, url),
      (error: unknown) => this.#failed(error, url),
    );
  }

  #connected(socket: WebSocket, url: string): void {
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#disconnected());
    if (this.#closed) {
      socket.terminate();
      return;
    }
    this.#socket = socket;
    watchLiveness(socket, this.#options.clock);
    this.#failures = 0;
    this.#lastComplaint = '';
    this.#options.log.info({ peer: formatId(this.id), url }, 'established connection with remote peer');
    this.#options.onUp();
  }

  #disconnected(): void {
    this.#socket = undefined;
    if (this.#closed) return;
    this.#options.log.warn({ peer: formatId(this.id) }, 'lost connection with remote peer');
    this.#redial();
    this.#options.onDown();
  }

  #failed(error: unknown, url: string): void {
    if (this.#closed) return;
    if (error instanceof RemovedError) this.#options.onRemoved();
    const reason = errorMessage(error);
    if (reason !== this.#lastComplaint) {
      this.#lastComplaint = reason;
      this.#options.log.warn({ peer: formatId(this.id), url, reason }, 'cannot connect to remote peer');
    }
    this.#redial();
  }

  #redial(): void {
    const { clock, random } = this.#options;
    this.#failures++;
    this.#cancelRedial = clock.after(backoffMs(this.#failures, dialBackoff, random), () => this.#dial());
  }
}
