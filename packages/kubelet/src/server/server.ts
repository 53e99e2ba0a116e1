import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { errorMessage, type Logger } from '@flotilla/base';
import { listenError, type ReloadingTls } from '@flotilla/process';

export interface Route {
  /** Matches the whole path; groups are the parameters. */
  readonly path: RegExp;
  /** Answered without a client certificate. */
  readonly anonymous?: boolean;
  handle(request: RouteRequest, response: ServerResponse): Promise<void>;
}

export interface RouteRequest {
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/** Answered as plain text with this code. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface KubeletServerOptions {
  readonly address: string;
  readonly port: number;
  readonly tls: ReloadingTls;
  readonly routes: readonly Route[];
  readonly log: Logger;
}

export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Who may read what pods print: the API servers and administrators, not other nodes. */
const trustedGroups = new Set(['system:masters', 'kubeadm:cluster-admins']);
const trustedNames = new Set(['kube-apiserver-kubelet-client', 'kube-apiserver']);

/** The kubelet's HTTPS API. @throws ConfigError when the port is taken */
export async function startServer(options: KubeletServerOptions): Promise<RunningServer> {
  const { tls } = options;
  const server = createServer({ ...tlsOptions(tls), requestCert: true, rejectUnauthorized: false }, (request, response) => {
    void respond(options, request, response);
  });
  tls.onChange(() => server.setSecureContext(tlsOptions(tls)));
  await listen(server, options);
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(options: KubeletServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://kubelet');
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const found = options.routes
      .map((route) => ({ route, match: route.path.exec(url.pathname) }))
      .find(({ match }) => match !== null);
    if (found === undefined || found.match === null) throw new HttpError(404, '404 page not found');
    if (found.route.anonymous !== true) authorize(request.socket as TLSSocket); // an HTTPS server's sockets are TLS sockets
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new HttpError(405, 'Method Not Allowed');
    const parameters = found.match.slice(1).map(decodeURIComponent);
    await found.route.handle({ parameters, query: url.searchParams, signal: gone.signal }, response);
  } catch (error) {
    fail(options.log, request, response, error);
  }
}

function authorize(socket: TLSSocket): void {
  const subject = socket.authorized ? socket.getPeerCertificate().subject : undefined;
  if (subject === undefined) throw new HttpError(401, 'Unauthorized');
  const groups = [subject.O ?? []].flat();
  if (!trustedNames.has(String(subject.CN)) && !groups.some((group) => trustedGroups.has(group))) {
    throw new HttpError(403, `Forbidden (user=${String(subject.CN)}, resource=nodes, subresource=proxy)`);
  }
}

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
