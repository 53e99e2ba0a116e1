import type { Metrics } from '@flotilla/process';
import { noNode } from '@flotilla/raft';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { StateMachine } from '../member.js';
import { formatId } from './ids.js';
import type { MemberNode } from './member-node.js';

const fsyncBucketsSeconds = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192];

/** Registers what a member tells about itself, under etcd's names. Values are read when they are scraped. */
export function registerNodeMetrics<S extends StateMachine<unknown>>(metrics: Metrics, member: MemberNode<S>): void {
  const registers = [metrics.registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      ...{ name, help, registers },
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  const status = () => member.status();
  gauge('etcd_server_has_leader', 'Whether or not a leader exists. 1 is existence, 0 is not.', () =>
    status().leader === noNode ? 0 : 1,
  );
  gauge('etcd_server_is_leader', 'Whether or not this member is a leader. 1 if is, 0 otherwise.', () =>
    status().leader === member.id ? 1 : 0,
  );
  gauge('etcd_server_is_learner', 'Whether or not this member is a learner. 1 if is, 0 otherwise.', () =>
    status().isLearner ? 1 : 0,
  );
  counter('etcd_server_leader_changes_seen_total', 'The number of leader changes seen.', () => member.leadership.changes);
  gauge('etcd_server_proposals_committed_total', 'The total number of consensus proposals committed.', () => status().raftIndex);
  gauge(
    'etcd_server_proposals_applied_total',
    'The total number of consensus proposals applied.',
    () => status().raftAppliedIndex,
  );
  gauge('etcd_server_proposals_pending', 'The current number of pending proposals to commit.', () => member.proposals.size);
  counter('etcd_server_proposals_failed_total', 'The total number of failed proposals seen.', () => member.proposals.failed);
  for (const prefix of ['etcd_mvcc', 'etcd_debugging_mvcc']) {
    gauge(`${prefix}_db_total_size_in_bytes`, 'Total size of the underlying database in bytes.', () => status().dbSizeBytes);
  }
  registerTroubles(member, gauge, counter);
  registerDisk(registers, member);
  registerPeers(registers, member);
}

type Register = (name: string, help: string, read: () => number) => void;

function registerTroubles<S extends StateMachine<unknown>>(member: MemberNode<S>, gauge: Register, counter: Register): void {
  const { counts, reads, driver } = member;
  counter('etcd_server_slow_apply_total', 'The total number of slow apply requests.', () => member.entries.slowApplies);
  counter(
    'etcd_server_heartbeat_send_failures_total',
    'The total number of leader heartbeat send failures.',
    () => counts.heartbeatSendFailures,
  );
  counter('etcd_server_read_indexes_failed_total', 'The total number of failed read indexes seen.', () => reads.failed);
  counter('etcd_server_slow_read_indexes_total', 'The total number of pending read indexes not in sync.', () => reads.slow);
  counter('etcd_server_learner_promote_successes', 'The total number of learner promotions here.', () => counts.promotions);
  gauge('etcd_server_snapshot_apply_in_progress_total', '1 if the server is applying the incoming snapshot. 0 if none.', () =>
    driver.staged === undefined ? 0 : 1,
  );
}

function registerDisk<S extends StateMachine<unknown>>(registers: Metrics['registry'][], member: MemberNode<S>): void {
  const seconds = (name: string, help: string) => new Histogram({ ...{ name, help, registers }, buckets: fsyncBucketsSeconds });
  const log = seconds('etcd_disk_wal_fsync_duration_seconds', 'The latency distributions of fsync called by WAL.');
  const state = seconds('etcd_disk_backend_commit_duration_seconds', 'The latency distributions of commit called by backend.');
  member.disk.onWrite = (took) => log.observe(took);
  member.disk.onFlush = (took) => state.observe(took);
  new Gauge({
    name: 'etcd_disk_wal_write_bytes_total',
    help: 'Total number of bytes written in WAL.',
    registers,
    collect() {
      this.set(member.logBytesWritten);
    },
  });
}

function registerPeers<S extends StateMachine<unknown>>(registers: Metrics['registry'][], member: MemberNode<S>): void {
  const { transport } = member;
  new Counter({
    name: 'etcd_network_peer_sent_bytes_total',
    help: 'The total number of bytes sent to peers.',
    labelNames: ['To'],
    registers,
    collect() {
      this.reset();
      for (const peer of transport.peers()) this.inc({ To: formatId(peer.id) }, peer.sentBytes);
    },
  });
  new Counter({
    name: 'etcd_network_peer_received_bytes_total',
    help: 'The total number of bytes received from peers.',
    labelNames: ['From'],
    registers,
    collect() {
      this.reset();
      for (const peer of transport.peers()) this.inc({ From: formatId(peer.id) }, peer.receivedBytes);
    },
  });
  new Counter({
    name: 'etcd_network_peer_sent_failures_total',
    help: 'The total number of send failures from peers.',
    labelNames: ['To'],
    registers,
    collect() {
      this.reset();
      for (const peer of transport.peers()) this.inc({ To: formatId(peer.id) }, peer.sendFailures);
    },
  });
  new Gauge({
    name: 'etcd_network_active_peers',
    help: 'The current number of active peer connections.',
    labelNames: ['Local', 'Remote'],
    registers,
    collect() {
      this.reset();
      for (const peer of transport.peers()) {
        this.set({ Local: formatId(member.id), Remote: formatId(peer.id) }, peer.connected ? 1 : 0);
      }
    },
  });
}
