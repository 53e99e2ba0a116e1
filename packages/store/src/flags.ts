import { booleanFlag, durationFlag, integerFlag } from '@flotilla/process';
import type { Command } from 'commander';
import { requestBytesCeiling, requestBytesMax } from './limits.js';

/** etcd's flags, with etcd's defaults. */
export function addStoreFlags(command: Command): void {
  addMemberFlags(command);
  addClusterFlags(command);
  addTlsFlags(command);
  addTuningFlags(command);
  addSnapshotFlags(command);
  addCorruptionFlags(command);
  addAuthFlags(command);
}

function addMemberFlags(command: Command): void {
  command
    .option('--name <name>', 'human-readable name of this member', 'default')
    .option('--data-dir <dir>', 'path to the data directory (default: <name>.etcd)')
    .option('--listen-client-urls <urls>', 'URLs to listen on for client traffic', 'http://localhost:2379')
    .option('--advertise-client-urls <urls>', 'URLs that clients of the cluster are told (default: those listened on)')
    .option('--listen-peer-urls <urls>', 'URLs to listen on for other members', 'http://localhost:2380')
    .option('--listen-metrics-urls <urls>', 'additional URLs to serve /metrics and /health on');
}

function addClusterFlags(command: Command): void {
  command
    .option('--initial-advertise-peer-urls <urls>', 'URLs that other members find this one at (default: those listened on)')
    .option('--initial-cluster <members>', 'the members to start with: name=url,name=url,…')
    .option('--initial-cluster-state <state>', 'new, or existing to join a cluster that runs', 'new')
    .option('--initial-cluster-token <token>', 'tells clusters with the same addresses apart', 'etcd-cluster');
  booleanFlag(command, 'strict-reconfig-check', 'refuse changes of members that would put the quorum at risk', true);
  booleanFlag(command, 'force-new-cluster', 'go on alone with the data of a cluster whose quorum is lost', false);
}

function addTlsFlags(command: Command): void {
  command
    .option('--cert-file <file>', 'certificate of the client listener')
    .option('--key-file <file>', 'key of the client listener')
    .option('--trusted-ca-file <file>', 'authority that client certificates are checked against');
  booleanFlag(command, 'client-cert-auth', 'clients need a certificate', false);
  command
    .option('--peer-cert-file <file>', 'certificate shown to other members')
    .option('--peer-key-file <file>', 'key of that certificate')
    .option('--peer-trusted-ca-file <file>', 'authority that members’ certificates are checked against');
  booleanFlag(command, 'peer-client-cert-auth', 'members need a certificate', false);
}

function addTuningFlags(command: Command): void {
  integerFlag(command, 'heartbeat-interval', 'milliseconds between heartbeats', 100, { min: 1 });
  integerFlag(command, 'election-timeout', 'milliseconds without a leader before an election', 1_000, { min: 1 });
  integerFlag(command, 'snapshot-count', 'committed entries that trigger a compaction of the log', 10_000, { min: 1 });
  integerFlag(
    command,
    'quota-backend-bytes',
    'size of all remembered changes that raises the alarm NOSPACE (0: 2 GiB, negative: none)',
    0,
  );
  command
    .option('--auto-compaction-mode <mode>', 'periodic or revision', 'periodic')
    .option('--auto-compaction-retention <retention>', 'how much history to keep: 1h, or a number of revisions (0: all)', '0');
  durationFlag(command, 'experimental-watch-progress-notify-interval', 'how often idle watches are told the revision', '10m');
  integerFlag(command, 'max-request-bytes', 'largest client request', requestBytesMax, {
    min: 1,
    max: requestBytesCeiling,
  });
}

function addCorruptionFlags(command: Command): void {
  booleanFlag(command, 'experimental-initial-corrupt-check', 'compares data with the other members before serving', false);
  durationFlag(command, 'experimental-corrupt-check-time', 'time between comparisons of the members’ data; 0: none', '0');
}

function addSnapshotFlags(command: Command): void {
  durationFlag(command, 'snapshot-schedule-interval', 'time between snapshots that this member saves by itself; 0: none', '0');
  command.option('--snapshot-schedule-dir <dir>', 'where it saves them; members may share it');
  integerFlag(command, 'snapshot-schedule-retention', 'how many of them are kept there', 7, { min: 1 });
}

function addAuthFlags(command: Command): void {
  command.option('--auth-token <kind>', 'kind of the tokens that users get when they sign in: simple', 'simple');
  integerFlag(command, 'auth-token-ttl', 'seconds that a token lives without being used', 300, { min: 1 });
  integerFlag(command, 'bcrypt-cost', 'work put into hashing a password: each step doubles it', 10, { min: 4, max: 31 });
}
