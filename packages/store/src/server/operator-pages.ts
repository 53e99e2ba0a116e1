import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Logger } from '@flotilla/base';
import type { Metrics } from '@flotilla/process';
import type { ClientService } from './client-service.js';
import { HealthChecks } from './health-checks.js';
import { clusterVersion, etcdVersion } from './limits.js';

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (status: number, body: object): Page => ({ status, type: 'application/json', body: JSON.stringify(body) });
const text = (status: number, body: string): Page => ({ status, type: 'text/plain; charset=utf-8', body });

/** /health, /livez, /readyz, /version and /metrics: what is asked for all the time, by probes, and so needs no web framework loaded. */
export class OperatorPages {
  readonly #service: ClientService;
  readonly #metrics: Metrics;
  readonly #checks: HealthChecks;
  readonly #log: Logger;

  constructor(service: ClientService, metrics: Metrics, clock: Clock, log: Logger) {
    this.#service = service;
    this.#metrics = metrics;
    this.#checks = new HealthChecks(service, clock);
    this.#log = log;
  }

  /** @returns false when the request is for something else; nothing has happened then */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const page = this.#page(path);
    if (page === undefined) return false;
    if (request.method !== 'GET') {
      response.writeHead(405, { allow: 'GET', 'content-type': 'text/plain; charset=utf-8' }).end('Method Not Allowed\n');
      return true;
    }
    page(new URLSearchParams(query)).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      (error: unknown) => {
        this.#log.error({ err: error, path }, 'page failed unexpectedly');
        response.writeHead(500).end();
      },
    );
    return true;
  }

  #page(path: string): ((query: URLSearchParams) => Promise<Page>) | undefined {
    switch (path) {
      case '/health':
        return (query) => this.#health(query);
      case '/version':
        return async () => json(200, { etcdserver: etcdVersion, etcdcluster: clusterVersion });
      case '/metrics':
        return () => this.#scrape();
    }
    const [, endpoint, only] = /^\/(livez|readyz)(?:\/(\w+))?$/.exec(path) ?? [];
    if (endpoint !== 'livez' && endpoint !== 'readyz') return undefined;
    const known = only === undefined || only in this.#checks.of[endpoint];
    return known ? (query) => this.#run(endpoint, only, query) : undefined;
  }

  async #health(query: URLSearchParams): Promise<Page> {
    const { healthy, unhealthy } = this.#service.metrics;
    const reason = await this.#checks.problem(new Set(query.getAll('exclude')), query.get('serializable') === 'true');
    (reason === undefined ? healthy : unhealthy).inc();
    return reason === undefined ? json(200, { health: 'true', reason: '' }) : json(503, { health: 'false', reason });
  }

  async #scrape(): Promise<Page> {
    const { registry } = this.#metrics;
    return { status: 200, type: registry.contentType, body: await registry.metrics() };
  }

  /** As etcd 3.5.11 answers: reasons when something is wrong, or asked for with `?verbose`. */
  async #run(endpoint: 'livez' | 'readyz', only: string | undefined, query: URLSearchParams): Promise<Page> {
    const excluded = new Set(only === undefined ? query.getAll('exclude') : []);
    const checks = Object.entries(this.#checks.of[endpoint]).filter(([name]) => !excluded.has(name));
    let [lines, failed] = ['', false];
    for (const [name, check] of checks) {
      if (only !== undefined && name !== only) continue;
      const problem = await check();
      this.#service.metrics.checked(endpoint, name, problem === undefined);
      lines += problem === undefined ? `[+]${name} ok\n` : `[-]${name} failed: ${problem}\n`;
      failed ||= problem !== undefined;
    }
    return failed ? text(503, `${lines}\n`) : text(200, `${query.has('verbose') ? lines : ''}ok\n`);
  }
}
