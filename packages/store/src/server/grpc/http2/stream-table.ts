import { ConnectionError, errorCodes } from './errors.js';
import { concurrentStreamsMax, endedEarlyMax } from './limits.js';
import type { Stream } from './stream.js';

/** The streams of a connection: those that are open, and what there is to know of those that were. */
export class StreamTable {
  readonly #open = new Map<number, Stream>();
  /** Streams that the server ended before the client did: what still comes for them is dropped. */
  readonly #endedEarly = new Set<number>();
  #lastId = 0;
  #working = 0;

  /** The highest id that a client has used. */
  get lastId(): number {
    return this.#lastId;
  }

  get empty(): boolean {
    return this.#open.size === 0;
  }

  /** Work of clients that gave up counts too: else they could have any amount of it under way. */
  get full(): boolean {
    return Math.max(this.#open.size, this.#working) >= concurrentStreamsMax;
  }

  /** A copy: streams may end while one goes through them. */
  all(): readonly Stream[] {
    return [...this.#open.values()];
  }

  workBegun(): void {
    this.#working++;
  }

  workEnded(): void {
    this.#working--;
  }

  /** @returns undefined for a stream that is over. @throws ConnectionError for one that never began */
  get(id: number): Stream | undefined {
    const stream = this.#open.get(id);
    if (stream === undefined && (id > this.#lastId || id % 2 === 0)) {
      throw new ConnectionError(errorCodes.protocolError, 'a frame on an idle stream');
    }
    return stream;
  }

  /**
   * A header block came for `id`.
   * @returns `new`, or `late` for one to drop, or the stream that it ends
   * @throws ConnectionError when the stream is over, or not a client's
   */
  begin(id: number): Stream | 'new' | 'late' {
    if (id % 2 === 0) throw new ConnectionError(errorCodes.protocolError, 'HEADERS on a stream that is not a client’s');
    if (id > this.#lastId) {
      this.#lastId = id;
      return 'new';
    }
    const stream = this.#open.get(id);
    if (stream !== undefined) return stream;
    if (this.#endedEarly.has(id)) return 'late';
    throw new ConnectionError(errorCodes.streamClosed, 'HEADERS on a closed stream');
  }

  add(stream: Stream): void {
    this.#open.set(stream.id, stream);
  }

  remove(id: number): void {
    this.#open.delete(id);
  }

  /** Remembers that the client may not know yet that the stream is over. */
  endedEarly(id: number): void {
    this.#endedEarly.add(id);
    if (this.#endedEarly.size <= endedEarlyMax) return;
    for (const oldest of this.#endedEarly) {
      this.#endedEarly.delete(oldest);
      return;
    }
  }

  mayBeLate(id: number): boolean {
    return this.#endedEarly.has(id);
  }

  /** The client knows that it is over. */
  forget(id: number): void {
    this.#endedEarly.delete(id);
  }
}
