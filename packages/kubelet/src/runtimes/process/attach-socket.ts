import { closeSync, openSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** In the container's folder, which only the kubelet's user can enter. */
const socketFile = 'attach.sock';

/**
 * A Unix socket's path may have 107 bytes, a container's folder has more: it is reached through an open descriptor of the folder.
 * @returns once the socket is there
 */
export function listenInFolder(dir: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const folder = openSync(dir, 'r');
  const server = createServer({ allowHalfOpen: true }, onConnection);
  return new Promise<Server>((resolve, reject) => {
    server.once('error', reject);
    server.listen(`/proc/self/fd/${folder}/${socketFile}`, () => resolve(server));
  }).finally(() => closeSync(folder));
}

/** @throws when nobody listens there */
export function connectInFolder(dir: string): Promise<Socket> {
  const folder = openSync(dir, 'r');
  return new Promise<Socket>((resolve, reject) => {
    const socket = connect({ path: `/proc/self/fd/${folder}/${socketFile}`, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  }).finally(() => closeSync(folder));
}
