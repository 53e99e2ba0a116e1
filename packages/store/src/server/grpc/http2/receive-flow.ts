import { ConnectionError, errorCodes } from './errors.js';
import { windowUpdateFrame } from './frames.js';
import { connectionWindowBytes, largeMessagesBytesMax } from './limits.js';
import type { Output } from './output.js';

/** Who wants room for a large message, and is told when it is there. */
export interface Reservation {
  readonly bytes: number;
  readonly granted: () => void;
}

/** What the peer may send on a connection. Bytes are taken as they come; only large messages wait for each other. */
export class ReceiveFlow {
  readonly #output: Output;
  #window = connectionWindowBytes;
  #reservedBytes = 0;
  readonly #reserved = new Set<Reservation>();
  readonly #queue = new Set<Reservation>();

  constructor(output: Output) {
    this.#output = output;
  }

  /** @throws ConnectionError when the peer sent more than it was allowed to */
  received(bytes: number): void {
    this.#window -= bytes;
    if (this.#window < 0) throw new ConnectionError(errorCodes.flowControlError, 'more data than the connection allows');
    if (this.#window > connectionWindowBytes / 2) return;
    this.#output.write(windowUpdateFrame(0, connectionWindowBytes - this.#window));
    this.#window = connectionWindowBytes;
  }

  /** Calls `granted`, now or once there is room. */
  reserve(reservation: Reservation): void {
    this.#queue.add(reservation);
    this.#grant();
  }

  release(reservation: Reservation): void {
    if (this.#reserved.delete(reservation)) this.#reservedBytes -= reservation.bytes;
    this.#queue.delete(reservation);
    this.#grant();
  }

  /** One message is always let through, however large. */
  #grant(): void {
    for (const next of this.#queue) {
      if (this.#reserved.size > 0 && this.#reservedBytes + next.bytes > largeMessagesBytesMax) return;
      this.#queue.delete(next);
      this.#reserved.add(next);
      this.#reservedBytes += next.bytes;
      next.granted();
    }
  }
}
