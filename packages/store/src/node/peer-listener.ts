import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { errorMessage, type Logger } from '@flotilla/base';
import { listenError, type ReloadingTls } from '@flotilla/process';
import { type WebSocket, WebSocketServer } from 'ws';
import { peerFrameBytesMax } from '../limits.js';
import type { ClusterMember } from '../member.js';
import { formatId } from './ids.js';
import { removedText } from './membership.js';
import { checkIdentity, type PeerIdentity, type Refusal } from './peer-identity.js';

export interface PeerListenerOptions {
  readonly urls: readonly URL[];
  readonly tls: PeerTls | undefined;
  readonly self: PeerIdentity;
  readonly log: Logger;
  /** Whether this id once was a member and was removed. */
  readonly isRemoved: (id: bigint) => boolean;
  readonly members: () => readonly ClusterMember[];
  /** What else is answered to a GET, by path, as JSON. A failure is told in its text. */
  readonly pages: PeerPages;
  /** A member connected: `path` is `/raft/stream` or `/raft/snapshot`. */
  readonly onConnection: (from: bigint, path: string, socket: WebSocket) => void;
}

export interface PeerTls {
  readonly material: ReloadingTls;
  readonly clientCertAuth: boolean;
}

export type PeerPages = Readonly<Record<string, (query: URLSearchParams) => Promise<object>>>;

const paths = ['/raft/stream', '/raft/snapshot'];

/** Listens for other members. Plain requests are answered for `/members`, which a joining member asks, and for `pages`. */
export class PeerListener {
  readonly #options: PeerListenerOptions;
  readonly #servers: Server[] = [];
  readonly #webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: peerFrameBytesMax });

  constructor(options: PeerListenerOptions) {
    this.#options = options;
  }

  /** @throws ConfigError when a port cannot be bound */
  async listen(): Promise<void> {
    for (const url of this.#options.urls) {
      const server = this.#createServer(url);
      server.on('request', (request, response) => void this.#answer(request, response));
      server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head));
      const port = Number(url.port);
      const host = url.hostname.replace(/^\[|\]$/g, '');
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error) => reject(listenError(error, host, port)));
        server.listen(port, host, resolve);
      });
      this.#servers.push(server);
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#webSockets.clients) socket.terminate();
    await Promise.all(
      this.#servers.map((server) => {
        server.closeAllConnections();
        return new Promise<void>((resolve) => server.close(() => resolve()));
      }),
    );
  }

  #createServer(url: URL): Server {
    const { tls } = this.#options;
    if (url.protocol !== 'https:' || tls === undefined) return createServer();
    const auth = { requestCert: tls.clientCertAuth, rejectUnauthorized: tls.clientCertAuth };
    const server = createTlsServer({ ...tls.material.current(), ...auth });
    tls.material.onChange((material) => server.setSecureContext(material));
    server.on('tlsClientError', (error) => this.#options.log.warn({ err: error.message }, 'rejected peer connection'));
    return server;
  }

  async #answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = url.split('?');
    const page = path === '/members' ? async () => this.#describeMembers() : this.#options.pages[path];
    if (page === undefined || method !== 'GET') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return;
    }
    try {
      const answer = await page(new URLSearchParams(query));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(`${errorMessage(error)}\n`);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const path = request.url ?? '';
    if (!paths.includes(path)) {
      refuse(socket, 404, 'page not found');
      return;
    }
    const from = this.#identify(request);
    if (typeof from !== 'bigint') {
      this.#options.log.warn({ remote: request.socket.remoteAddress }, from.message);
      refuse(socket, from.status, from.message);
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#options.onConnection(from, path, webSocket));
  }

  #identify(request: IncomingMessage): bigint | Refusal {
    const from = checkIdentity(request.headers, this.#options.self);
    if (typeof from !== 'bigint' || !this.#options.isRemoved(from)) return from;
    return { status: 410, message: removedText };
  }

  #describeMembers(): object {
    const members = this.#options.members().map(({ id, name, peerUrls, clientUrls, isLearner }) => ({
      ...{ id: formatId(id), name, peerURLs: peerUrls, clientURLs: clientUrls, isLearner },
    }));
    return { clusterId: formatId(this.#options.self.clusterId), members };
  }
}

const reasons: Readonly<Record<number, string>> = { 403: 'Forbidden', 404: 'Not Found', 410: 'Gone', 412: 'Precondition Failed' };

function refuse(socket: Duplex, status: number, message: string): void {
  const body = `${message}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
