import type { ReloadingTls } from '@flotilla/process';
import { WebSocket } from 'ws';
import { dialTimeoutMs, peerFrameBytesMax } from '../limits.js';
import { identityHeaders, type PeerIdentity } from './peer-identity.js';

/** The other side knows this member as one that was removed from the cluster. */
export class RemovedError extends Error {
  override readonly name = 'RemovedError';
}

/**
 * Connects to another member.
 * @param path `/raft/stream` or `/raft/snapshot`
 * @throws Error with the other side's words when it refuses
 */
export function dialPeer(
  url: string,
  path: string,
  to: bigint,
  self: PeerIdentity,
  tls: ReloadingTls | undefined,
): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws').replace(/\/$/, '')}${path}`, {
    headers: identityHeaders(self, to),
    perMessageDeflate: false,
    handshakeTimeout: dialTimeoutMs,
    generateMask() {}, // masks protect proxies from scripts in browsers; with zeros both sides spare themselves a pass over all bytes
    maxPayload: peerFrameBytesMax,
    ...(tls?.current() ?? {}),
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        const reason = text.trim() || `HTTP status ${response.statusCode}`;
        reject(response.statusCode === 410 ? new RemovedError(reason) : new Error(reason));
        socket.terminate();
      });
    });
  });
}
