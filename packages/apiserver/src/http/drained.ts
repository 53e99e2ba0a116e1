import type { Writable } from 'node:stream';
import type { Clock } from '@flotilla/base';
import { readerStallMs } from '../limits.js';
import { ClientGoneError } from './exchange.js';

/**
 * Waits for a full connection to empty; cuts it when its reader has stopped reading.
 * @throws ClientGoneError
 */
export function drained(stream: Writable, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      cancel();
      stream.off('drain', settle);
      stream.off('close', settle);
      if (stream.destroyed) reject(new ClientGoneError('the client stopped reading'));
      else resolve();
    };
    const cancel = clock.after(readerStallMs, () => stream.destroy());
    stream.on('drain', settle);
    stream.on('close', settle);
  });
}
