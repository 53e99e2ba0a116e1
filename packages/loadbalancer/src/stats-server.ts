import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '@flotilla/base';
import { type HealthCheck, listenError, type Metrics, requestUrl, runChecks } from '@flotilla/process';
import type { Address } from './config.js';
import type { Stats } from './stats.js';
import { renderPage } from './stats-page.js';

export interface StatsServerDeps {
  readonly read: () => Stats;
  readonly checks: Readonly<Record<string, HealthCheck>>;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface StatsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/` (HTML), `/stats.json`, `/metrics`, `/healthz`, `/livez` and `/readyz`.
 * @throws ConfigError when the address cannot be bound
 */
export async function serveStats(address: Address, deps: StatsServerDeps): Promise<StatsServer> {
  const server = createServer((request, response) => {
    answer(request, response, deps).catch((error) => {
      deps.log.warn({ err: error, url: request.url }, 'stats request failed');
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, address.host, address.port)));
    server.listen(address.port, address.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port, // a TCP server has no other kind
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, deps: StatsServerDeps): Promise<void> {
  const url = requestUrl(request);
  if (request.method !== 'GET' && request.method !== 'HEAD') return reply(response, 405, 'text/plain', 'method not allowed\n');
  switch (url.pathname) {
    case '/':
      return reply(response, 200, 'text/html; charset=utf-8', renderPage(deps.read()));
    case '/stats.json':
      return reply(response, 200, 'application/json', `${JSON.stringify(deps.read(), undefined, 2)}\n`);
    case '/metrics':
      return reply(response, 200, deps.metrics.registry.contentType, await deps.metrics.registry.metrics());
    case '/healthz':
    case '/livez':
    case '/readyz': {
      // Only readiness depends on the backends: restarting a balancer does not mend an API server.
      const checks = url.pathname === '/readyz' ? deps.checks : {};
      const report = await runChecks(checks, url.pathname.slice(1), '', url.searchParams);
      return reply(response, report.code, 'text/plain; charset=utf-8', report.text);
    }
    default:
      return reply(response, 404, 'text/plain', '404 page not found\n');
  }
}

function reply(response: ServerResponse, code: number, contentType: string, text: string): void {
  response
    .writeHead(code, { 'content-type': contentType, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    .end(text);
}
