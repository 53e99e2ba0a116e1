import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Logger } from '@flotilla/base';
import { listenError, type ReloadingTls } from '@flotilla/process';
import { type WebSocket, WebSocketServer } from 'ws';
import { peerFrameBytesMax } from '../limits.js';
import type { ClusterMember } from '../member.js';
import { formatId } from './ids.js';
import { checkIdentity, type PeerIdentity, type Refusal } from './peer-identity.js';

export interface PeerListenerOptions {
  readonly urls: readonly URL[];
  readonly tls: PeerTls | undefined;
  readonly self: PeerIdentity;
  readonly log: Logger;
  /** Whether this id once was a member and was removed. */
  readonly isRemoved: (id: bigint) => boolean;
  readonly members: () => readonly ClusterMember[];
  /** A member connected: `path` is `/raft/stream` or `/raft/snapshot`. */
  readonly onConnection: (from: bigint, path: string, socket: WebSocket) => void;
}

export interface PeerTls {
  readonly material: ReloadingTls;
  readonly clientCertAuth: boolean;
}

const paths = ['/raft/stream', '/raft/snapshot'];

/** Listens for other members. Plain requests are answered only for `/members`, which a joining member asks. */
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
      server.on('request', (request, response) => {
        const known = request.method === 'GET' && request.url === '/members';
        response.writeHead(known ? 200 : 404, { 'content-type': known ? 'application/json' : 'text/plain' });
        response.end(known ? this.#describeMembers() : '404 page not found\n');
      });
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
    return { status: 410, message: 'the member has been permanently removed from the cluster' };
  }

  #describeMembers(): string {
    const members = this.#options.members().map(({ id, name, peerUrls, clientUrls, isLearner }) => ({
      ...{ id: formatId(id), name, peerURLs: peerUrls, clientURLs: clientUrls, isLearner },
    }));
    return JSON.stringify({ clusterId: formatId(this.#options.self.clusterId), members });
  }
}

const reasons: Readonly<Record<number, string>> = { 403: 'Forbidden', 404: 'Not Found', 410: 'Gone', 412: 'Precondition Failed' };

function refuse(socket: Duplex, status: number, message: string): void {
  const body = `${message}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
