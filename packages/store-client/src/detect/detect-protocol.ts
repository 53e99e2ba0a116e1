import type { Clock } from '@flotilla/base';
import { StoreError } from '@flotilla/mvcc';
import { WebSocket } from 'ws';
import type { DialerOptions } from '../failover/dialer.js';
import type { TlsMaterial } from '../failover/member-connection.js';
import { dialTimeoutMs } from '../limits.js';
import { nativePath, nativeProtocol } from '../native/frames.js';

export type StoreProtocol = 'native' | 'etcd';

const notFound = 404;

/**
 * Asks every endpoint once for the native protocol; the first that answers tells what all of them speak. An etcd knows
 * no such page.
 * @throws StoreError `unavailable` when none answers, with each one's reason
 */
export async function detectProtocol({ endpoints, tls, clock }: DialerOptions): Promise<StoreProtocol> {
  const material = typeof tls === 'function' ? tls() : tls;
  try {
    return await Promise.any(endpoints.map((endpoint) => protocolOf(endpoint, material, clock)));
  } catch (error) {
    const reasons = error instanceof AggregateError ? error.errors.map(String) : [String(error)];
    throw new StoreError('unavailable', `etcdserver: no member reachable: ${reasons.join('; ')}`);
  }
}

/** Rejects with a text. */
function protocolOf(endpoint: string, tls: TlsMaterial | undefined, clock: Clock): Promise<StoreProtocol> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(new URL(nativePath, endpoint.replace(/^http/, 'ws')), nativeProtocol, {
      ...tls,
      perMessageDeflate: false,
    });
    const end = (settle: () => void) => {
      cancelTimeout();
      settle();
      socket.terminate();
    };
    const fail = (reason: string) => end(() => reject(`${endpoint}: ${reason}`));
    const cancelTimeout = clock.after(dialTimeoutMs, () => fail('connection timed out'));
    socket.on('open', () => end(() => resolve('native')));
    socket.on('unexpected-response', (_request, { statusCode }) => {
      if (statusCode === notFound) end(() => resolve('etcd'));
      else fail(`unexpected answer with status ${statusCode}`);
    });
    socket.on('error', ({ message }) => fail(message));
  });
}
