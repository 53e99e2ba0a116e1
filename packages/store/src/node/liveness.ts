import type { Cancel, Clock } from '@flotilla/base';
import type { WebSocket } from 'ws';
import { peerPingMs } from '../limits.js';

/** Ends a connection whose other side stopped answering without closing it, so that it is dialled anew. */
export function watchLiveness(socket: WebSocket, clock: Clock): void {
  let answered = true;
  let cancel: Cancel = () => {};
  socket.on('pong', () => {
    answered = true;
  });
  const check = () => {
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
    cancel = clock.after(peerPingMs, check);
  };
  cancel = clock.after(peerPingMs, check);
  socket.on('close', () => cancel());
}
