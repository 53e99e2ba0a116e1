import { connect as netConnect, type Socket } from 'node:net';
import type { Clock } from '@flotilla/base';
import { connectTimeoutMs } from './limits.js';

/**
 * Opens a TCP connection that keeps half-open semantics.
 * @throws the socket's error, or one with code `ETIMEDOUT` after `connectTimeoutMs`
 */
export function connect(address: { host: string; port: number }, clock: Clock): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = netConnect({ host: address.host, port: address.port, allowHalfOpen: true, noDelay: true });
    const cancel = clock.after(connectTimeoutMs, () => {
      socket.destroy(Object.assign(new Error(`connect to ${address.host}:${address.port} timed out`), { code: 'ETIMEDOUT' }));
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
