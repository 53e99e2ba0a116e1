import type { Socket } from 'node:net';
import type { Clock } from '@flotilla/base';
import type { EstablishedConnection } from './backend.js';
import { halfClosedTimeoutMs } from './limits.js';

/**
 * Joins two connected sockets until both are closed. A FIN of one side becomes a FIN to the other, so that half-closed
 * streams work; an error or an abort of one becomes a RST of the other, so that nobody takes a cut stream for a complete
 * one. `pipe` stops reading the fast side while the slow one's buffer is full.
 * Both sockets must have been created with `allowHalfOpen`.
 */
export function relay(client: Socket, backend: Socket, clock: Clock, onClosed: (connection: EstablishedConnection) => void) {
  const connection: EstablishedConnection = {
    get bytesFromClient() {
      return client.bytesRead;
    },
    get bytesFromBackend() {
      return backend.bytesRead;
    },
    reset() {
      abort(client);
      abort(backend);
    },
  };
  let open = 2;
  let cancelHalfClosed = () => {};
  /** Ends a half-closed stream that has also gone quiet; a long answer to a client that already sent FIN goes on. */
  const watchHalfClosed = () => {
    const seen = client.bytesRead + backend.bytesRead;
    cancelHalfClosed();
    cancelHalfClosed = clock.after(halfClosedTimeoutMs, () => {
      if (client.bytesRead + backend.bytesRead === seen) connection.reset();
      else watchHalfClosed();
    });
  };
  for (const [side, other] of [
    [client, backend],
    [backend, client],
  ] as const) {
    side.on('error', () => abort(other));
    side.once('end', watchHalfClosed);
    side.once('close', () => {
      if (!side.readableEnded) abort(other);
      if (--open > 0) return;
      cancelHalfClosed();
      onClosed(connection);
    });
    side.pipe(other);
  }
  return connection;
}

/** RST where the socket still has a peer, plain destruction otherwise. */
export function abort(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.connecting || socket.pending) socket.destroy();
  else socket.resetAndDestroy();
}
