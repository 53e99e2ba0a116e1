import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { errorMessage, type Logger } from '@flotilla/base';
import { listenError } from './listen-error.js';
import type { Metrics } from './metrics.js';
import { requestUrl } from './request-url.js';
import { reloadingTls } from './tls.js';

/** Throws, or rejects, with the reason why the process is unhealthy. */
export type HealthCheck = () => Promise<void> | void;

export interface HealthOptions {
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  /** File paths; with `clientCa`, `/metrics` wants a certificate signed by it. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  readonly checks: Readonly<Record<string, HealthCheck>>;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface HealthServer {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

const roots: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);

/**
 * Serves `/healthz`, `/livez` and `/readyz` (each with `?verbose` and single checks below it, such as
 * `/readyz/informers`) to anybody, and `/metrics` in Prometheus' text format.
 * @throws ConfigError when the port cannot be bound
 */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    answer(options, request, response).catch((error: unknown) => {
      options.log.warn({ err: error, url: request.url }, 'health request failed');
      response.destroy();
    });
  };
  const material = options.tls === undefined ? undefined : tlsMaterial(options.tls, options.log);
  const server =
    material === undefined
      ? createServer(handle)
      : createTlsServer({ ...material.current(), requestCert: true, rejectUnauthorized: false }, handle);
  if (material !== undefined && 'setSecureContext' in server) material.onChange((next) => server.setSecureContext(next));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, options.address, options.port)));
    server.listen(options.port, options.address, resolve);
  });
  const bound = server.address() as AddressInfo; // a TCP server has no other kind
  return {
    address: bound.address,
    port: bound.port,
    close() {
      material?.close();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function tlsMaterial(tls: NonNullable<HealthOptions['tls']>, log: Logger) {
  return reloadingTls({ cert: tls.cert, key: tls.key, ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa }) }, log);
}

async function answer(options: HealthOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = requestUrl(request);
  if (request.method !== 'GET' && request.method !== 'HEAD') return reply(response, 405, 'method not allowed\n');
  if (url.pathname === '/metrics') {
    if (options.tls?.clientCa !== undefined && !(request.socket as TLSSocket).authorized) {
      return reply(response, 401, 'Unauthorized: /metrics wants a client certificate\n');
    }
    response.setHeader('content-type', options.metrics.registry.contentType);
    return reply(response, 200, await options.metrics.registry.metrics());
  }
  const root = [...roots].find((path) => url.pathname === path || url.pathname.startsWith(`${path}/`));
  if (root === undefined) return reply(response, 404, '404 page not found\n');
  const report = await runChecks(options.checks, root.slice(1), url.pathname.slice(root.length + 1), url.searchParams);
  reply(response, report.code, report.text);
}

/**
 * The text that Kubernetes' health endpoints answer with. Why a check of many failed is not said: anybody may ask.
 * @param endpoint `healthz`, `livez` or `readyz`
 * @param only the name of a single check; empty for all
 */
export async function runChecks(
  checks: Readonly<Record<string, HealthCheck>>,
  endpoint: string,
  only: string,
  query: URLSearchParams,
): Promise<{ readonly code: number; readonly text: string }> {
  const all: Readonly<Record<string, HealthCheck>> = { ping: () => {}, ...checks };
  if (only !== '') return runCheck(Object.hasOwn(all, only) ? all[only] : undefined);
  const excluded = new Set(query.getAll('exclude'));
  // All at once: two that wait for the same slow thing must not take twice as long, or the prober gives up.
  const results = await Promise.all(
    Object.entries(all).map(async ([name, check]) => {
      if (excluded.delete(name)) return `[+]${name} excluded: ok\n`;
      return (await runCheck(check)).code === 200 ? `[+]${name} ok\n` : `[-]${name} failed: reason withheld\n`;
    }),
  );
  const failed = results.some((line) => line.startsWith('[-]'));
  let lines = results.join('');
  if (excluded.size > 0) {
    const names = [...excluded].sort().map((name) => JSON.stringify(name));
    lines += `warn: some health checks cannot be excluded: no matches for ${names.join(',')}\n`;
  }
  if (failed) return { code: 500, text: `${lines}${endpoint} check failed\n` };
  return { code: 200, text: query.has('verbose') ? `${lines}${endpoint} check passed\n` : 'ok' };
}

async function runCheck(check: HealthCheck | undefined): Promise<{ readonly code: number; readonly text: string }> {
  if (check === undefined) return { code: 404, text: '404 page not found\n' };
  try {
    await check();
    return { code: 200, text: 'ok' };
  } catch (error) {
    return { code: 500, text: `internal server error: ${errorMessage(error)}\n` };
  }
}

function reply(response: ServerResponse, code: number, text: string): void {
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('x-content-type-options', 'nosniff');
  response.writeHead(code).end(text);
}
