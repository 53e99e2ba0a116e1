import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, errorMessage, type Logger } from '@flotilla/base';
import type { Metrics } from '@flotilla/process';
import type { ClientService } from './client-service.js';
import { alarmNames } from './etcd/maintenance.js';
import { clusterVersion, etcdVersion } from './limits.js';

/** How long a member may take to reach its quorum and still count as healthy: etcd's request timeout. */
const healthTimeoutMs = 5_000;

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (status: number, body: object): Page => ({ status, type: 'application/json', body: JSON.stringify(body) });

/** /health, /version and /metrics: what is asked for all the time, by probes, and so needs no web framework loaded. */
export class OperatorPages {
  readonly #service: ClientService;
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(service: ClientService, metrics: Metrics, clock: Clock, log: Logger) {
    this.#service = service;
    this.#metrics = metrics;
    this.#clock = clock;
    this.#log = log;
  }

  /** @returns false when the request is for something else; nothing has happened then */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const page = this.#pages[path];
    if (page === undefined || request.method !== 'GET') return false;
    page(new URLSearchParams(query)).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      (error: unknown) => {
        this.#log.error({ err: error, path }, 'page failed unexpectedly');
        response.writeHead(500).end();
      },
    );
    return true;
  }

  readonly #pages: Readonly<Record<string, (query: URLSearchParams) => Promise<Page>>> = {
    '/health': async (query) => {
      const excluded = new Set(query.getAll('exclude'));
      const alarm = this.#service.store.alarms().find(({ type }) => !excluded.has(alarmNames[type]));
      if (alarm !== undefined) return json(503, { health: 'false', reason: `ALARM ${alarmNames[alarm.type]}` });
      const reason = query.get('serializable') === 'true' ? undefined : await this.#quorumProblem();
      return reason === undefined ? json(200, { health: 'true', reason: '' }) : json(503, { health: 'false', reason });
    },
    '/version': async () => json(200, { etcdserver: etcdVersion, etcdcluster: clusterVersion }),
    '/metrics': async () => {
      const { registry } = this.#metrics;
      return { status: 200, type: registry.contentType, body: await registry.metrics() };
    },
  };

  /** etcd's /health reads through the quorum; with `?serializable=true` a member answers for itself alone. */
  async #quorumProblem(): Promise<string | undefined> {
    const { member } = this.#service;
    if (member.status().leader === 0n) return 'RAFT NO LEADER';
    const abort = new AbortController();
    const cancel = this.#clock.after(healthTimeoutMs, () => abort.abort(new Error('timed out')));
    try {
      await member.linearizable(abort.signal);
      return undefined;
    } catch (error) {
      return `QGET ERROR:${errorMessage(error)}`;
    } finally {
      cancel();
    }
  }
}
