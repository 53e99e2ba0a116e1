import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { webSocketMessageBytesMax } from '../../limits.js';
import { HttpError } from '../http-error.js';

/** A request that asks to leave HTTP. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came behind the headers. */
  readonly head: Buffer;
}

export type UpgradeKind = 'spdy' | 'websocket';

/** @throws HttpError 400 for a request that asks for neither */
export function upgradeKind({ headers }: IncomingMessage): UpgradeKind {
  const wanted = (headers.upgrade ?? '').toLowerCase();
  if (wanted === 'websocket') return 'websocket';
  if (wanted === 'spdy/3.1') return 'spdy';
  throw new HttpError(400, `unable to upgrade: missing upgrade headers in request: ${JSON.stringify(headers)}`);
}

const spdyProtocolHeader = 'x-stream-protocol-version';

/** Which protocol client and server speak over the connection: the first that the client names and we know. @throws HttpError 403 */
export function negotiate(kind: UpgradeKind, request: IncomingMessage, known: readonly string[]): string {
  const wanted = protocolsOf(request.headers[kind === 'spdy' ? spdyProtocolHeader : 'sec-websocket-protocol']);
  if (wanted.length === 0 && known.includes('')) return '';
  const chosen = wanted.find((protocol) => known.includes(protocol));
  if (chosen !== undefined) return chosen;
  const list = (names: readonly string[]) => `[${names.map((name) => JSON.stringify(name)).join(' ')}]`;
  throw new HttpError(
    403,
    `unable to upgrade: unable to negotiate protocol: client supports ${list(wanted)}, server accepts ${list(known)}`,
  );
}

function protocolsOf(header: string | string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** @returns the connection, now speaking SPDY */
export function acceptSpdy({ socket, head }: UpgradeRequest, protocol: string): Duplex {
  const chosen = protocol === '' ? '' : `X-Stream-Protocol-Version: ${protocol}\r\n`;
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${chosen}\r\n`);
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** @returns the connection, now speaking WebSocket @throws HttpError 400 when the handshake is not one */
export function acceptWebSocket({ request, socket, head }: UpgradeRequest, protocol: string): Promise<WebSocket> {
  const server = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: webSocketMessageBytesMax });
  // ws refuses protocols with a slash in their name: it gets to see none, and the answer is ours.
  request.headers['sec-websocket-protocol'] = undefined;
  if (protocol !== '') server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
  return new Promise((resolve, reject) => {
    server.on('wsClientError', (error) => reject(new HttpError(400, error.message)));
    server.handleUpgrade(request, socket, head, resolve);
  });
}
