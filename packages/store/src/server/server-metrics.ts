import type { MvccStore } from '@flotilla/mvcc';
import type { Metrics } from '@flotilla/process';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Member } from '../member.js';
import { formatId } from '../node/ids.js';
import { CallMetrics } from './call-metrics.js';
import { alarmNames } from './etcd/alarm-names.js';
import { clusterVersion, etcdVersion } from './limits.js';

/** What the calls tell of themselves; everything else is looked up when it is scraped. */
export interface ServerMetrics {
  readonly calls: CallMetrics;
  /** Counted by the gRPC face. */
  readonly grpcTraffic: { sentBytes: number; receivedBytes: number };
  /** `/health` answered that all is well, or not. */
  readonly healthy: Counter;
  readonly unhealthy: Counter;
  /** Seconds that these took. */
  readonly hash: Histogram;
  readonly hashKv: Histogram;
  readonly defragment: Histogram;
  readonly snapshot: Histogram;
  readonly defragmentsUnderWay: Gauge;
  /** A check of /livez or /readyz came out well, or not. */
  checked(type: string, name: string, succeeded: boolean): void;
}

type Read = () => number;

/** Registers the server's metrics, under etcd's names. */
export function registerServerMetrics(metrics: Metrics, member: Member<MvccStore>, quotaBytes: number): ServerMetrics {
  const registers = [metrics.registry];
  registerFacts(registers, member, quotaBytes);
  registerStore(registers, member.store);
  const grpcTraffic = { sentBytes: 0, receivedBytes: 0 };
  const traffic = (direction: 'sent' | 'received', help: string) =>
    counter(registers, `etcd_network_client_grpc_${direction}_bytes_total`, help, () => grpcTraffic[`${direction}Bytes`]);
  traffic('sent', 'The total number of bytes sent to grpc clients.');
  traffic('received', 'The total number of bytes received from grpc clients.');
  const count = (name: string, help: string) => new Counter({ name, help, registers });
  const seconds = (name: string, help: string, first: number) =>
    new Histogram({ name, help, registers, buckets: Array.from({ length: 13 }, (_, i) => first * 2 ** i) });
  const calls = new CallMetrics(metrics);
  gauge(registers, 'etcd_debugging_mvcc_watch_stream_total', 'Total number of watch streams.', () =>
    calls.underWay('etcdserverpb.Watch/Watch'),
  );
  return {
    calls,
    grpcTraffic,
    healthy: count('etcd_server_health_success', 'The total number of successful health checks'),
    unhealthy: count('etcd_server_health_failures', 'The total number of failed health checks'),
    hash: seconds('etcd_mvcc_hash_duration_seconds', 'The latency distribution of storage hash operation.', 0.01),
    hashKv: seconds(
      'etcd_mvcc_hash_rev_duration_seconds',
      'The latency distribution of storage hash by revision operation.',
      0.01,
    ),
    defragment: seconds('etcd_disk_backend_defrag_duration_seconds', 'The latency distribution of backend defragmentation.', 0.1),
    snapshot: seconds('etcd_disk_backend_snapshot_duration_seconds', 'The latency distribution of backend snapshots.', 0.01),
    defragmentsUnderWay: new Gauge({
      name: 'etcd_disk_defrag_inflight',
      help: 'Whether or not defrag is active on the member. 1 means active, 0 means not.',
      registers,
    }),
    checked: registerChecks(registers),
  };
}

function registerChecks(registers: Registers): ServerMetrics['checked'] {
  const latest = new Gauge({
    ...{
      name: 'etcd_server_healthcheck',
      help: 'The result of each kind of healthcheck.',
      labelNames: ['type', 'name'],
      registers,
    },
  });
  const total = new Counter({
    name: 'etcd_server_healthchecks_total',
    help: 'The total number of each kind of healthcheck.',
    labelNames: ['type', 'name', 'status'],
    registers,
  });
  return (type, name, succeeded) => {
    latest.set({ type, name }, succeeded ? 1 : 0);
    total.inc({ type, name, status: succeeded ? 'success' : 'error' });
  };
}

type Registers = Metrics['registry'][];

/** Facts that are labels: 1 for what is the case. */
function registerFacts(registers: Registers, member: Member<MvccStore>, quotaBytes: number): void {
  const fact = (name: string, help: string, label: string, value: string) =>
    new Gauge({ name, help, labelNames: [label], registers }).set({ [label]: value }, 1);
  fact('etcd_server_id', 'Server or member ID in hexadecimal format. 1 for its label.', 'server_id', formatId(member.id));
  fact('etcd_server_version', 'Which version of etcd’s API is served. 1 for its label.', 'server_version', etcdVersion);
  const minor = clusterVersion.replace(/\.\d+$/, '');
  fact('etcd_cluster_version', 'Which version of etcd’s API the cluster serves. 1 for its label.', 'cluster_version', minor);
  gauge(registers, 'etcd_server_quota_backend_bytes', 'Current backend storage quota size in bytes.', () => quotaBytes);
  new Gauge({
    name: 'etcd_debugging_server_alarms',
    help: 'Alarms that are up: 1 for a member and a type.',
    labelNames: ['server_id', 'alarm_type'],
    registers,
    collect() {
      this.reset();
      for (const { memberId, type } of member.store.alarms()) {
        this.set({ server_id: formatId(memberId), alarm_type: alarmNames[type] }, 1);
      }
    },
  });
}

function registerStore(registers: Registers, store: MvccStore): void {
  const { counts } = store;
  const watches = () => store.watchCounts;
  const gauges: readonly (readonly [name: string, help: string, read: Read])[] = [
    ['etcd_debugging_mvcc_current_revision', 'The current revision of store.', () => store.revision],
    ['etcd_debugging_mvcc_compact_revision', 'The revision of the last compaction in store.', () => store.compactRevision],
    ['etcd_debugging_mvcc_keys_total', 'Total number of keys.', () => store.keyCount],
    ['etcd_debugging_mvcc_total_put_size_in_bytes', 'The total size of put kv pairs.', () => counts.putBytes],
    ['etcd_debugging_auth_revision', 'The current revision of auth store.', () => store.auth.revision],
    ['etcd_mvcc_db_total_size_in_use_in_bytes', 'Size of all remembered changes in bytes.', () => store.bytes],
    ['etcd_debugging_lease_total', 'Total number of leases.', () => store.leases().length],
    [
      'etcd_debugging_mvcc_watcher_total',
      'Total number of watchers.',
      () => watches().synced + watches().lagging + watches().blocked,
    ],
    [
      'etcd_debugging_mvcc_slow_watcher_total',
      'Total number of unsynced slow watchers.',
      () => watches().lagging + watches().blocked,
    ],
  ];
  for (const [name, help, read] of gauges) gauge(registers, name, help, read);
  for (const prefix of ['etcd_mvcc', 'etcd_debugging_mvcc']) {
    counter(registers, `${prefix}_range_total`, 'Total number of ranges seen by this member.', () => counts.ranges);
    counter(registers, `${prefix}_put_total`, 'Total number of puts seen by this member.', () => counts.puts);
    counter(registers, `${prefix}_delete_total`, 'Total number of deletes seen by this member.', () => counts.deletes);
    counter(registers, `${prefix}_txn_total`, 'Total number of txns seen by this member.', () => counts.txns);
  }
  const counters: readonly (readonly [name: string, help: string, read: Read])[] = [
    ['etcd_debugging_mvcc_events_total', 'Total number of events sent by this member.', () => counts.events],
    ['etcd_debugging_mvcc_db_compaction_keys_total', 'Total number of db keys compacted.', () => counts.scrubbed],
    ['etcd_debugging_lease_granted_total', 'The total number of granted leases.', () => counts.leasesGranted],
    ['etcd_debugging_lease_renewed_total', 'The number of renewed leases.', () => counts.leasesRenewed],
    ['etcd_debugging_lease_revoked_total', 'The total number of revoked leases.', () => counts.leasesRevoked],
    ['etcd_debugging_server_lease_expired_total', 'The total number of expired leases.', () => counts.leasesExpired],
  ];
  for (const [name, help, read] of counters) counter(registers, name, help, read);
}

function gauge(registers: Registers, name: string, help: string, read: Read): void {
  new Gauge({
    ...{ name, help, registers },
    collect() {
      this.set(read());
    },
  });
}

function counter(registers: Registers, name: string, help: string, read: Read): void {
  new Counter({
    ...{ name, help, registers },
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}
