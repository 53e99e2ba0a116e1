import type { Metrics } from '@flotilla/process';
import { Gauge } from 'prom-client';
import type { BackendStats, Stats } from './stats.js';

/** Registers gauges that read the stats at scrape time, so that counting costs nothing in between. */
export function registerStats(metrics: Metrics, read: () => Stats): void {
  const registers = [metrics.registry];
  const total = (name: string, help: string, value: (stats: Stats) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value(read()));
      },
    });
  const perBackend = (name: string, help: string, value: (backend: BackendStats) => number) =>
    new Gauge({
      name,
      help,
      registers,
      labelNames: ['backend'],
      collect() {
        for (const backend of read().backends) this.set({ backend: backend.address }, value(backend));
      },
    });
  total('loadbalancer_connections_active', 'Connections being relayed.', (stats) => stats.active);
  total('loadbalancer_connections_accepted_total', 'Connections accepted.', (stats) => stats.accepted);
  total('loadbalancer_connections_refused_total', 'Connections refused at the limit.', (stats) => stats.refused);
  total('loadbalancer_connections_unserved_total', 'Connections reset for want of a backend.', (stats) => stats.unserved);
  perBackend('loadbalancer_backend_up', '1 while health checks pass.', (backend) => (backend.state === 'up' ? 1 : 0));
  perBackend('loadbalancer_backend_connections_active', 'Connections relayed to the backend.', (backend) => backend.active);
  perBackend('loadbalancer_backend_connections_total', 'Connections ever relayed.', (backend) => backend.connections);
  perBackend('loadbalancer_backend_connect_failures_total', 'Connects that failed.', (backend) => backend.connectFailures);
  perBackend('loadbalancer_backend_bytes_in_total', 'Bytes from clients.', (backend) => backend.bytesFromClients);
  perBackend('loadbalancer_backend_bytes_out_total', 'Bytes to clients.', (backend) => backend.bytesFromBackend);
}
