import { Counter, Gauge, Registry } from 'prom-client';
import { registerProcFacts } from './proc-facts.js';
import { registerRuntime } from './runtime-metrics.js';

/** A process's Prometheus registry, with what every process tells about itself. Values are read at scrape time, so an idle process stays idle. */
export interface Metrics {
  readonly registry: Registry;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const startSeconds = Date.now() / 1_000 - process.uptime();
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'Start time of the process since unix epoch in seconds.',
    registers,
    collect() {
      this.set(startSeconds);
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  registerProcFacts(registers);
  registerRuntime(registers);
  return { registry };
}

/**
 * Whether this process leads, in the metric that Kubernetes' components have for it; 0 until told otherwise.
 * @param lease the Lease's name, such as `kube-scheduler`
 */
export function leaderGauge({ registry }: Metrics, lease: string): (leading: boolean) => void {
  const gauge = new Gauge({
    name: 'leader_election_master_status',
    help: 'Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.',
    labelNames: ['name'],
    registers: [registry],
  });
  const tell = (leading: boolean) => gauge.set({ name: lease }, leading ? 1 : 0);
  tell(false);
  return tell;
}
