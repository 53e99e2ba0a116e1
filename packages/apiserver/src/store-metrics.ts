import type { Clock } from '@flotilla/base';
import type { Metrics } from '@flotilla/process';
import type { KeyValueStore } from '@flotilla/store-client';
import { Counter, Histogram } from 'prom-client';

const secondsBuckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 10, 30, 60];

/** The same store, whose requests are counted and timed under Kubernetes' names. `operation` is etcd's name of the call. */
export function measuredStore(store: KeyValueStore, { registry }: Metrics, clock: Clock): KeyValueStore {
  const registers = [registry];
  const labelNames = ['operation'];
  const duration = new Histogram({
    name: 'etcd_request_duration_seconds',
    help: 'Etcd request latency in seconds for each operation.',
    labelNames,
    buckets: secondsBuckets,
    registers,
  });
  const total = new Counter({
    name: 'etcd_requests_total',
    help: 'Etcd request counts for each operation.',
    labelNames,
    registers,
  });
  const errors = new Counter({
    name: 'etcd_request_errors_total',
    help: 'Etcd failed request counts for each operation.',
    labelNames,
    registers,
  });
  const measure = async <T>(operation: string, call: Promise<T>): Promise<T> => {
    const startMs = clock.monotonicMs();
    const labels = { operation };
    try {
      return await call;
    } catch (error) {
      errors.inc(labels);
      throw error;
    } finally {
      total.inc(labels);
      duration.observe(labels, (clock.monotonicMs() - startMs) / 1_000);
    }
  };
  return {
    range: (request, signal) => measure('range', store.range(request, signal)),
    put: (request, signal) => measure('put', store.put(request, signal)),
    deleteRange: (request, signal) => measure('deleteRange', store.deleteRange(request, signal)),
    txn: (request, signal) => measure('txn', store.txn(request, signal)),
    compact: (revision, signal) => measure('compact', store.compact(revision, signal)),
    watch: (request) => store.watch(request),
    leaseGrant: (ttlSeconds, id) => measure('leaseGrant', store.leaseGrant(ttlSeconds, id)),
    leaseRevoke: (id) => measure('leaseRevoke', store.leaseRevoke(id)),
    leaseKeepAlive: (id) => measure('leaseKeepAlive', store.leaseKeepAlive(id)),
    status: (signal) => store.status(signal),
    close: () => store.close(),
  };
}
