import { performance } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What Node.js tells of itself: the counterpart of Go's `go_*`. Nothing runs for it between scrapes. */
export function registerRuntime(registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(read());
      },
    });
  new Gauge({ name: 'nodejs_version_info', help: 'Node.js version.', labelNames: ['version'], registers }).set(
    { version: process.version },
    1,
  );
  gauge(
    'nodejs_heap_size_total_bytes',
    'JavaScript heap taken from the system, in bytes.',
    () => process.memoryUsage().heapTotal,
  );
  gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use, in bytes.', () => process.memoryUsage().heapUsed);
  gauge('nodejs_external_memory_bytes', 'Memory of buffers and native objects, in bytes.', () => process.memoryUsage().external);
  gauge('nodejs_active_resources', 'What keeps the event loop alive.', () => process.getActiveResourcesInfo().length);
  new Counter({
    name: 'nodejs_eventloop_busy_seconds_total',
    help: 'Time that the event loop has spent on work, in seconds.',
    registers,
    collect() {
      this.reset();
      this.inc(performance.eventLoopUtilization().active / 1_000);
    },
  });
}
