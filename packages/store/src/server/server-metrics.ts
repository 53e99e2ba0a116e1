import type { MvccStore } from '@flotilla/mvcc';
import type { Metrics } from '@flotilla/process';
import { Counter, Gauge } from 'prom-client';

/** Counts what clients ask for; etcd's names. */
export interface RequestCounters {
  readonly ranges: Counter;
  readonly puts: Counter;
  readonly deletes: Counter;
  readonly txns: Counter;
}

/** Registers the store's gauges, read when scraped, and the request counters. */
export function registerServerMetrics(metrics: Metrics, store: MvccStore): RequestCounters {
  const registers = [metrics.registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('etcd_debugging_mvcc_current_revision', 'The current revision of store.', () => store.revision);
  gauge('etcd_debugging_mvcc_compact_revision', 'The revision of the last compaction in store.', () => store.compactRevision);
  gauge('etcd_debugging_mvcc_keys_total', 'Total number of keys.', () => store.keyCount);
  gauge('etcd_mvcc_db_total_size_in_use_in_bytes', 'Size of all remembered changes in bytes.', () => store.bytes);
  gauge('etcd_debugging_lease_total', 'Total number of leases.', () => store.leases().length);
  const watches = () => store.watchCounts;
  gauge(
    'etcd_debugging_mvcc_watcher_total',
    'Total number of watchers.',
    () => watches().synced + watches().lagging + watches().blocked,
  );
  gauge(
    'etcd_debugging_mvcc_slow_watcher_total',
    'Total number of unsynced slow watchers.',
    () => watches().lagging + watches().blocked,
  );
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  return {
    ranges: counter('etcd_mvcc_range_total', 'Total number of ranges seen by this member.'),
    puts: counter('etcd_mvcc_put_total', 'Total number of puts seen by this member.'),
    deletes: counter('etcd_mvcc_delete_total', 'Total number of deletes seen by this member.'),
    txns: counter('etcd_mvcc_txn_total', 'Total number of txns seen by this member.'),
  };
}
