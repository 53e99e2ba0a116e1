import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type SecureContextOptions, type TLSSocket, type Server as TlsServer } from 'node:tls';
import type { Logger } from '@flotilla/base';
import { ConfigError, listenError } from '@flotilla/process';
import { keepAliveMs, sniffTimeoutMs } from './limits.js';

/** What one port serves: HTTP/1.1, WebSocket upgrades on it, and connections that speak HTTP/2, which is gRPC. */
export interface Faces {
  request(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  http2(socket: Socket): void;
}

export interface ListenerTls extends SecureContextOptions {
  /** Clients must present a certificate that `ca` signed. */
  readonly clientCertAuth: boolean;
}

export interface Listener {
  readonly address: AddressInfo;
  /** Uses new certificates for connections made from now on. */
  setTls(tls: ListenerTls): void;
  /** Takes no more connections and ends those that are open. */
  close(): Promise<void>;
}

const http2Preface = 'PRI * HTTP/2';

/**
 * Listens on one client URL.
 * @throws ConfigError when the address is taken or not ours
 */
export async function listen(url: URL, tls: ListenerTls | undefined, faces: Faces, log: Logger): Promise<Listener> {
  const sockets = new Set<Socket>();
  const http = createHttpServer({ keepAliveTimeout: 60_000 }, (request, response) => faces.request(request, response));
  http.on('upgrade', (request, socket, head) => faces.upgrade(request, socket, head));
  const server = tls === undefined ? plainServer(http, faces) : secureServer(tls, http, faces, log);
  server.on('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs); // finds clients whose host vanished
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', (error) => log.debug({ err: error }, 'client connection failed'));
  });
  const address = await bind(server, url);
  return {
    address,
    setTls(next) {
      if ('setSecureContext' in server) server.setSecureContext(next);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        http.closeAllConnections();
        for (const socket of sockets) socket.destroySoon();
      }),
  };
}

function plainServer(http: HttpServer, faces: Faces): TcpServer {
  return createTcpServer((socket) => {
    // Both protocols come in the clear on one port: the first bytes tell which.
    const timeout = setTimeout(() => socket.destroy(), sniffTimeoutMs);
    socket.once('close', () => clearTimeout(timeout));
    let seen: Buffer = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
      const head = seen.toString('latin1', 0, http2Preface.length);
      if (head.length < http2Preface.length && http2Preface.startsWith(head)) return;
      clearTimeout(timeout);
      socket.off('data', onData);
      socket.pause();
      socket.unshift(seen);
      if (head === http2Preface) {
        faces.http2(socket); // reads what is buffered by itself
        return;
      }
      http.emit('connection', socket);
      socket.resume();
    };
    socket.on('data', onData);
  });
}

function secureServer(tls: ListenerTls, http: HttpServer, faces: Faces, log: Logger): TlsServer {
  const { clientCertAuth, ...material } = tls;
  const server = createTlsServer({
    ...material,
    requestCert: clientCertAuth,
    rejectUnauthorized: clientCertAuth,
    ALPNProtocols: ['http/1.1', 'h2'], // who offers both, as curl does, wants the JSON gateway; gRPC clients offer h2 alone
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === 'h2') faces.http2(socket);
    else http.emit('connection', socket);
  });
  server.on('tlsClientError', (error, socket) => {
    log.debug({ err: error, peer: socket.remoteAddress }, 'TLS handshake failed');
  });
  return server;
}

function bind(server: TcpServer, url: URL): Promise<AddressInfo> {
  const port = Number(url.port || 2379);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => reject(listenError(error, host, port));
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new ConfigError(`cannot listen on ${url.origin}`));
      else resolve(address);
    });
  });
}
