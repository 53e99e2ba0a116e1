import { connect, type Socket } from 'node:net';
import type { Clock } from '@flotilla/base';

/** A side that sent FIN and waits for the other's, while no byte moves either way. */
const halfClosedQuietMs = 30_000;

/** A pair of joined sockets. */
export interface Relayed {
  readonly bytesFromClient: number;
  readonly bytesFromBackend: number;
  /** Cuts both sides with a RST. */
  reset(): void;
}

/**
 * Opens a TCP connection that keeps half-open semantics.
 * @throws the socket's error, or one with code `ETIMEDOUT` after `timeoutMs`
 */
export function connectTcp(address: { host: string; port: number }, timeoutMs: number, clock: Clock): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.host, port: address.port, allowHalfOpen: true, noDelay: true });
    const cancel = clock.after(timeoutMs, () => {
      socket.destroy(Object.assign(new Error(`connect ETIMEDOUT ${address.host}:${address.port}`), { code: 'ETIMEDOUT' }));
    });
    const fail = (error: Error) => {
      cancel();
      reject(error);
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      cancel();
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

/**
 * Joins two connected sockets until both are closed. A FIN of one side becomes a FIN to the other, so that half-closed
 * streams work; an error or an abort of one becomes a RST of the other, so that nobody takes a cut stream for a complete
 * one. `pipe` stops reading the fast side while the slow one's buffer is full.
 * Both sockets must have been created with `allowHalfOpen`.
 */
export function relaySockets(client: Socket, backend: Socket, clock: Clock, onClosed: (relayed: Relayed) => void): Relayed {
  const relayed: Relayed = {
    get bytesFromClient() {
      return client.bytesRead;
    },
    get bytesFromBackend() {
      return backend.bytesRead;
    },
    reset() {
      abortSocket(client);
      abortSocket(backend);
    },
  };
  let open = 2;
  let cancelHalfClosed = () => {};
  /** Ends a half-closed stream that has also gone quiet; a long answer to a client that already sent FIN goes on. */
  const watchHalfClosed = () => {
    const seen = client.bytesRead + backend.bytesRead;
    cancelHalfClosed();
    cancelHalfClosed = clock.after(halfClosedQuietMs, () => {
      if (client.bytesRead + backend.bytesRead === seen) relayed.reset();
      else watchHalfClosed();
    });
  };
  for (const [side, other] of [
    [client, backend],
    [backend, client],
  ] as const) {
    side.on('error', () => abortSocket(other));
    side.once('end', watchHalfClosed);
    side.once('close', () => {
      if (!side.readableEnded) abortSocket(other);
      if (--open > 0) return;
      cancelHalfClosed();
      onClosed(relayed);
    });
    side.pipe(other);
  }
  return relayed;
}

/** What net.Socket's own `destroy` looks at; undocumented. Where it is missing, FIN is sent instead of RST. */
interface ResettableSocket extends Socket {
  resetAndClosing?: boolean;
}

/**
 * RST now, where the socket has a peer. Not `resetAndDestroy`: that first waits until everything written has been flushed, for a
 * peer that does not read forever, and loses the descriptor when an error comes while its FIN is under way.
 */
export function abortSocket(socket: Socket): void {
  if (socket.destroyed) return;
  const finUnderWay = socket.writableEnded && !socket.writableFinished; // libuv refuses a reset meanwhile
  if (!socket.connecting && !finUnderWay) (socket as ResettableSocket).resetAndClosing = true; // see there
  socket.destroy();
}
