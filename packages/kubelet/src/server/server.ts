import { type IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { errorMessage, type Logger } from '@flotilla/base';
import { listenError, type ReloadingTls, requestUrl } from '@flotilla/process';
import type { Access } from './access/access.js';
import { HttpError } from './http-error.js';
import type { UpgradeRequest } from './streams/upgrade.js';

export interface Route {
  /** Matches the whole path; groups are the parameters. */
  readonly path: RegExp;
  /** Answered whoever asks. */
  readonly anonymous?: boolean;
  /** GET and HEAD when missing. */
  readonly methods?: readonly string[];
  handle(request: RouteRequest, response: ServerResponse): Promise<void>;
  /** Takes over the connection of a request that asks to leave HTTP, until it ends. What it throws before it has answered becomes the answer. */
  upgrade?(request: RouteRequest, upgrade: UpgradeRequest): Promise<void>;
}

export interface RouteRequest {
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

export interface KubeletServerOptions {
  readonly address: string;
  readonly port: number;
  readonly tls: ReloadingTls;
  readonly routes: readonly Route[];
  readonly access: Pick<Access, 'check'>;
  readonly log: Logger;
}

export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

/** The kubelet's HTTPS API. @throws ConfigError when the port is taken */
export async function startServer(options: KubeletServerOptions): Promise<RunningServer> {
  const { tls } = options;
  const server = createServer({ ...tlsOptions(tls), requestCert: true, rejectUnauthorized: false }, (request, response) => {
    void respond(options, request, response);
  });
  tls.onChange(() => server.setSecureContext(tlsOptions(tls)));
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    void respondToUpgrade(options, { request, socket, head });
  });
  await listen(server, options);
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }),
  };
}

async function respond(options: KubeletServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const { route, routeRequest } = await admit(options, request, gone.signal);
    await route.handle(routeRequest, response);
  } catch (error) {
    fail(options.log, request, response, error);
  }
}

async function respondToUpgrade(options: KubeletServerOptions, upgrade: UpgradeRequest): Promise<void> {
  const { request, socket } = upgrade;
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  try {
    const { route, routeRequest } = await admit(options, request, gone.signal);
    if (route.upgrade === undefined) throw new HttpError(400, 'this path cannot be upgraded');
    await route.upgrade(routeRequest, upgrade);
  } catch (error) {
    const response = new ServerResponse(request);
    response.assignSocket(socket as TLSSocket); // an HTTPS server's sockets are TLS sockets
    response.shouldKeepAlive = false;
    response.once('finish', () => socket.end());
    fail(options.log, request, response, error);
  }
}

/** Finds what a request is for, once it is known that its sender may. @throws HttpError */
async function admit({ routes, access }: KubeletServerOptions, request: IncomingMessage, signal: AbortSignal) {
  const url = requestUrl(request);
  const found = routes.map((route) => ({ route, match: route.path.exec(url.pathname) })).find(({ match }) => match !== null);
  if (found?.route.anonymous !== true) await access.check(request, url.pathname);
  if (found === undefined || found.match === null) throw new HttpError(404, '404 page not found');
  if (!(found.route.methods ?? reading).includes(request.method ?? '')) throw new HttpError(405, 'Method Not Allowed');
  const parameters = found.match.slice(1).map((text) => decodeURIComponent(text));
  return { route: found.route, routeRequest: { parameters, query: url.searchParams, signal } satisfies RouteRequest };
}

const reading: readonly string[] = ['GET', 'HEAD'];

function fail(log: Logger, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const code = error instanceof HttpError ? error.code : error instanceof URIError ? 400 : 500;
  if (code === 500) log.error({ err: error, path: request.url }, 'request failed');
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${errorMessage(error)}\n`);
}

function tlsOptions(tls: ReloadingTls): { cert: Buffer; key: Buffer; ca?: Buffer } {
  const { cert, key, ca } = tls.current();
  return { cert, key, ...(ca !== undefined && { ca }) };
}

function listen(server: Server, { address, port }: KubeletServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, address, port)));
    server.listen(port, address, () => resolve());
  });
}
