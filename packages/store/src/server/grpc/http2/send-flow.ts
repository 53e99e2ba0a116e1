import { ConnectionError, errorCodes } from './errors.js';
import { defaultFrameBytes, defaultWindowBytes, windowBytesMax } from './frames.js';
import type { Stream } from './stream.js';

/** What the peer allows to be sent on a connection (RFC 9113 §5.2), and who waits for more. */
export class SendFlow {
  /** Bytes that may be sent now, on all streams together. */
  window = defaultWindowBytes;
  /** What a new stream may send. */
  streamWindow = defaultWindowBytes;
  frameBytesMax = defaultFrameBytes;
  /** Bytes that wait for a window, on all streams together. */
  queuedBytes = 0;
  readonly #waiting = new Set<Stream>();

  /** Calls `stream.flush` when the connection's window opens. */
  wait(stream: Stream): void {
    this.#waiting.add(stream);
  }

  forget(stream: Stream): void {
    this.#waiting.delete(stream);
  }

  /** @throws ConnectionError when the window grows beyond what the protocol knows */
  grow(increment: number): void {
    this.window += increment;
    if (this.window > windowBytesMax)
      throw new ConnectionError(errorCodes.flowControlError, 'window of the connection too large');
    for (const stream of [...this.#waiting]) {
      if (this.window <= 0) return;
      this.#waiting.delete(stream); // it goes to the end of the queue, if it still has something to send
      stream.flush();
    }
  }
}
