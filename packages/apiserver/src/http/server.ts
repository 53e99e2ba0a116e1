import { constants, randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { StatusError, statusErrors } from '@flotilla/api';
import { type Clock, errorMessage, type Logger, type Random } from '@flotilla/base';
import { listenError, type ReloadingFile, type ReloadingTls } from '@flotilla/process';
import { type FastifyInstance, fastify } from 'fastify';
import {
  auditIdCharactersMax,
  headerBytesMax,
  headersTimeoutMs,
  idleSessionMs,
  keepAliveTimeoutMs,
  requestBodyTimeoutMs,
  shutdownDrainMs,
  urlBytesMax,
} from '../limits.js';
import { Exchange, type Upgrade } from './exchange.js';
import { createHttp2Server, type Http2Options, type Http2Server } from './http2.js';
import type { Request, Response } from './message.js';
import { sendStatus } from './respond.js';

export interface HttpServerOptions {
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  /** `ca`: the authority of client certificates. */
  readonly tls: ReloadingTls;
  /** PEM of authorities beside that of clients, such as the one of front proxies: whose a certificate is, authentication finds out. */
  readonly moreAuthorities: readonly Pick<ReloadingFile, 'current' | 'onChange'>[];
  readonly http2: Pick<Http2Options, 'maxStreams' | 'goawayChance'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Answers one request, whatever happens. */
  handle(exchange: Exchange): Promise<void>;
}

export interface HttpServer {
  readonly address: string;
  readonly port: number;
  /** Takes no new connections, lets requests under way finish, then closes. */
  close(): Promise<void>;
}

/**
 * HTTPS on one port. Fastify carries connections, limits and timeouts of HTTP/1.1; what a request means is decided by the
 * pipeline alone, so there is one route for everything, and HTTP/2 goes straight to it.
 * @throws ConfigError when the port cannot be bound
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const app = fastify({
    https: {
      ...secureContext(options),
      ALPNProtocols: ['h2', 'http/1.1'],
      requestCert: true,
      // An unknown client is told so by a Status, not by a broken handshake.
      rejectUnauthorized: false,
      maxHeaderSize: headerBytesMax,
      headersTimeout: headersTimeoutMs,
    },
    requestTimeout: requestBodyTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket),
    frameworkErrors: (error, _request, reply) => {
      reply.hijack();
      sendStatus(reply.raw, statusErrors.badRequest(error.message));
    },
  });
  // Bodies are read by the pipeline, after it knows who sends them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  const answer = (request: Request, response: Response) => void begin(options, request, response);
  app.all('/*', (request, reply) => {
    reply.hijack();
    answer(request.raw, reply.raw);
  });
  app.setNotFoundHandler((request, reply) => {
    reply.hijack();
    answer(request.raw, reply.raw);
  });
  app.setErrorHandler((error, request, reply) => {
    reply.hijack();
    // The media type is none at all: the pipeline says which ones are known, in Kubernetes' words.
    if (isFastifyCode(error, 'FST_ERR_CTP_INVALID_MEDIA_TYPE')) answer(request.raw, reply.raw);
    else sendStatus(reply.raw, statusErrors.badRequest(errorMessage(error)));
  });
  return listen(app, options, createHttp2Server({ ...options.http2, idleMs: idleSessionMs, random: options.random, answer }));
}

async function listen(app: FastifyInstance, options: HttpServerOptions, http2: Http2Server): Promise<HttpServer> {
  const { server } = app;
  const renew = () => {
    if ('setSecureContext' in server && typeof server.setSecureContext === 'function')
      server.setSecureContext(secureContext(options));
  };
  for (const material of [options.tls, ...options.moreAuthorities]) material.onChange(renew);
  server.on('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000); // finds watchers whose host has gone
  });
  divert(server, 'h2', (socket) => http2.take(socket));
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    beginUpgrade(options, request, socket, head);
  });
  try {
    await app.listen({ host: options.address, port: options.port });
  } catch (error) {
    throw listenError(error, options.address, options.port);
  }
  const bound = server.address() as AddressInfo; // a TCP server has no other kind
  return {
    address: bound.address,
    port: bound.port,
    async close() {
      const cancel = options.clock.after(shutdownDrainMs, () => {
        server.closeAllConnections();
        http2.destroy();
        for (const socket of upgraded) socket.destroy();
      });
      http2.close();
      await app.close();
      cancel();
    },
  };
}

/** Connections whose client has chosen another protocol in the handshake do not reach the server's own listeners. */
function divert(server: EventEmitter, protocol: string, take: (socket: TLSSocket) => void): void {
  const listeners = server.listeners('secureConnection');
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === protocol) take(socket);
    else for (const listener of listeners) listener.call(server, socket);
  });
}

function secureContext({ tls, moreAuthorities }: HttpServerOptions) {
  const { cert, key, ca } = tls.current();
  const authorities = [...(ca === undefined ? [] : [ca]), ...moreAuthorities.map((authority) => authority.current())];
  return {
    cert,
    key,
    ...(authorities.length === 0 ? {} : { ca: authorities }),
    // A resumed session would not show the client's certificate again.
    secureOptions: constants.SSL_OP_NO_TICKET,
    minVersion: 'TLSv1.2' as const,
  };
}

async function begin(options: HttpServerOptions, request: Request, response: Response, upgrade?: Upgrade): Promise<void> {
  const auditId = auditIdOf(request);
  response.setHeader('audit-id', auditId);
  if ((request.url?.length ?? 0) > urlBytesMax) {
    return sendStatus(response, new StatusError(414, '', `Request-URI Too Long: limit is ${urlBytesMax} bytes`));
  }
  let exchange: Exchange;
  try {
    exchange = new Exchange(request, response, auditId, options.clock, upgrade);
  } catch {
    return sendStatus(response, statusErrors.badRequest(`invalid URL escape in ${JSON.stringify(request.url ?? '')}`));
  }
  await options.handle(exchange);
}

/** A client may name its request itself, so that it finds it again in the audit log. */
function auditIdOf({ headers }: Request): string {
  const given = headers['audit-id'];
  return typeof given === 'string' && given !== '' ? given.slice(0, auditIdCharactersMax) : randomUUID();
}

/** A refusal of an upgrade is an ordinary response on the connection, which then closes. */
function beginUpgrade(options: HttpServerOptions, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const response = new ServerResponse(request);
  response.assignSocket(socket as Socket); // TLS sockets are the only ones that come
  response.shouldKeepAlive = false;
  response.once('finish', () => socket.end());
  begin(options, request, response, { request, socket, head, detach: () => response.detachSocket(socket as Socket) }).catch(
    (error: unknown) => {
      options.log.error({ err: error }, 'upgrade failed');
      socket.destroy();
    },
  );
}

function answerBrokenRequest(error: Error, socket: Socket): void {
  if (socket.destroyed || !socket.writable) return;
  const code = 'code' in error ? error.code : '';
  const failure =
    code === 'HPE_HEADER_OVERFLOW'
      ? new StatusError(431, '', `request header fields too large: limit is ${headerBytesMax} bytes`)
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new StatusError(408, 'Timeout', 'Timeout: the request was not complete in time')
        : statusErrors.badRequest('malformed HTTP request');
  const body = JSON.stringify(failure.status);
  const reason = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }[failure.code] ?? '';
  socket.end(
    `HTTP/1.1 ${failure.code} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function isFastifyCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
