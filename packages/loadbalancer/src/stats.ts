import type { Backend } from './backend.js';
import type { Balancer } from './balancer.js';

export interface BackendStats {
  readonly address: string;
  readonly state: string;
  readonly since: string;
  readonly lastCheck: string;
  readonly checkMs: number;
  readonly active: number;
  readonly connections: number;
  readonly connectFailures: number;
  readonly bytesFromClients: number;
  readonly bytesFromBackend: number;
}

/** What the stats page, `/stats.json` and `/metrics` show; computed when somebody asks. */
export interface Stats {
  readonly active: number;
  readonly accepted: number;
  readonly refused: number;
  readonly unserved: number;
  readonly backends: readonly BackendStats[];
}

export function collectStats(balancer: Balancer, backends: readonly Backend[]): Stats {
  return { active: balancer.active, ...balancer.totals, backends: backends.map(backendStats) };
}

function backendStats(backend: Backend): BackendStats {
  let bytesFromClients = backend.totals.bytesFromClient;
  let bytesFromBackend = backend.totals.bytesFromBackend;
  for (const connection of backend.connections) {
    bytesFromClients += connection.bytesFromClient;
    bytesFromBackend += connection.bytesFromBackend;
  }
  return {
    address: backend.name,
    state: backend.state,
    since: new Date(backend.sinceMs).toISOString(),
    lastCheck: backend.lastCheck?.detail ?? '',
    checkMs: Math.round((backend.lastCheck?.latencyMs ?? 0) * 10) / 10,
    active: backend.connections.size,
    connections: backend.totals.connections,
    connectFailures: backend.totals.connectFailures,
    bytesFromClients,
    bytesFromBackend,
  };
}
