import { isIP } from 'node:net';
import { ConfigError } from '@flotilla/process';
import { type AutoCompaction, parseAutoCompaction } from './auto-compaction.js';
import { snapshotIntervalMsMin } from './limits.js';
import type { Bootstrap } from './node/identity.js';
import { clusterId, memberId } from './node/ids.js';
import type { SnapshotSchedule } from './snapshot/snapshot-schedule.js';

/** The flags as commander hands them over. Names and meanings are etcd's. */
export interface StoreFlags {
  readonly name: string;
  readonly dataDir?: string;
  readonly listenClientUrls: string;
  readonly advertiseClientUrls?: string;
  readonly listenPeerUrls: string;
  readonly initialAdvertisePeerUrls?: string;
  readonly initialCluster?: string;
  readonly initialClusterState: string;
  readonly initialClusterToken: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly trustedCaFile?: string;
  readonly clientCertAuth: boolean;
  readonly peerCertFile?: string;
  readonly peerKeyFile?: string;
  readonly peerTrustedCaFile?: string;
  readonly peerClientCertAuth: boolean;
  readonly heartbeatInterval: number;
  readonly electionTimeout: number;
  readonly snapshotCount: number;
  readonly strictReconfigCheck: boolean;
  readonly quotaBackendBytes: number;
  readonly maxRequestBytes: number;
  readonly experimentalWatchProgressNotifyInterval: number;
  readonly forceNewCluster: boolean;
  readonly autoCompactionMode: string;
  readonly autoCompactionRetention: string;
  readonly listenMetricsUrls?: string;
  readonly experimentalInitialCorruptCheck: boolean;
  readonly experimentalCorruptCheckTime: number;
  readonly snapshotScheduleInterval: number;
  readonly snapshotScheduleDir?: string;
  readonly snapshotScheduleRetention: number;
  readonly authToken: string;
  readonly authTokenTtl: number;
  readonly bcryptCost: number;
}

interface TlsConfig {
  readonly cert: string;
  readonly key: string;
  readonly trustedCa: string | undefined;
  readonly clientCertAuth: boolean;
}

export interface StoreConfig {
  readonly name: string;
  readonly dataDir: string;
  readonly listenClientUrls: readonly URL[];
  readonly advertiseClientUrls: readonly string[];
  readonly listenPeerUrls: readonly URL[];
  readonly listenMetricsUrls: readonly URL[];
  readonly clientTls: TlsConfig | undefined;
  readonly peerTls: TlsConfig | undefined;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly snapshotCount: number;
  readonly strictReconfigCheck: boolean;
  readonly quotaBytes: number;
  readonly maxRequestBytes: number;
  readonly watchProgressMs: number;
  readonly autoCompaction: AutoCompaction;
  readonly corruptionCheck: { readonly initially: boolean; readonly intervalMs: number };
  readonly snapshotSchedule: SnapshotSchedule | undefined;
  readonly auth: { readonly tokenTtlMs: number; readonly passwordCost: number };
  /** This member is to go on alone, whoever the others were. */
  readonly forceNewCluster: boolean;
  /** Who this member is; for one that joins a running cluster, only the cluster can tell. */
  readonly bootstrap: Bootstrap | JoinRequest;
}

/** `--initial-cluster-state existing`: the URLs that this member was added with, and those of members to ask. */
export interface JoinRequest {
  readonly name: string;
  readonly ownPeerUrls: readonly string[];
  readonly askUrls: readonly string[];
}

/** etcd's own default; the hint in etcd's documentation is ten heartbeats to an election at least five. */
const electionPerHeartbeatMin = 5;
const electionMaxMs = 50_000;
const defaultQuotaBytes = 2 * 1024 ** 3;

/**
 * Checks the flags, and works out who this member is.
 * @throws ConfigError with the first thing that is wrong
 */
export function readConfig(flags: StoreFlags): StoreConfig {
  const listenClientUrls = parseUrls('--listen-client-urls', flags.listenClientUrls, true);
  const listenPeerUrls = parseUrls('--listen-peer-urls', flags.listenPeerUrls, true);
  const listenMetricsUrls = parseUrls('--listen-metrics-urls', flags.listenMetricsUrls ?? '', true);
  const clientTls = tlsConfig(flags, '', [...listenClientUrls, ...listenMetricsUrls]);
  const peerTls = tlsConfig(flags, 'peer-', listenPeerUrls);
  const { heartbeatInterval: heartbeatMs, electionTimeout: electionMs } = flags;
  if (electionMs < electionPerHeartbeatMin * heartbeatMs) {
    throw new ConfigError(
      `--election-timeout[${electionMs}ms] should be at least as ${electionPerHeartbeatMin} times as --heartbeat-interval[${heartbeatMs}ms]`,
    );
  }
  if (electionMs > electionMaxMs)
    throw new ConfigError(`--election-timeout[${electionMs}ms] is too long, and should be set less than ${electionMaxMs}ms`);
  const advertise = flags.advertiseClientUrls ?? flags.listenClientUrls;
  parseUrls('--advertise-client-urls', advertise, false);
  if (flags.authToken !== 'simple') throw new ConfigError('auth: invalid auth options');
  return {
    name: flags.name,
    dataDir: flags.dataDir ?? `${flags.name}.etcd`,
    listenClientUrls,
    advertiseClientUrls: splitList(advertise),
    listenPeerUrls,
    listenMetricsUrls,
    clientTls,
    peerTls,
    heartbeatMs,
    electionMs,
    snapshotCount: flags.snapshotCount,
    strictReconfigCheck: flags.strictReconfigCheck,
    quotaBytes: flags.quotaBackendBytes === 0 ? defaultQuotaBytes : Math.max(0, flags.quotaBackendBytes),
    maxRequestBytes: flags.maxRequestBytes,
    watchProgressMs: flags.experimentalWatchProgressNotifyInterval,
    autoCompaction: parseAutoCompaction(flags.autoCompactionMode, flags.autoCompactionRetention),
    corruptionCheck: { initially: flags.experimentalInitialCorruptCheck, intervalMs: flags.experimentalCorruptCheckTime },
    snapshotSchedule: snapshotScheduleOf(flags),
    auth: { tokenTtlMs: flags.authTokenTtl * 1_000, passwordCost: flags.bcryptCost },
    forceNewCluster: flags.forceNewCluster,
    bootstrap: bootstrapOf(flags),
  };
}

function snapshotScheduleOf(flags: StoreFlags): SnapshotSchedule | undefined {
  const { snapshotScheduleInterval: intervalMs, snapshotScheduleDir: dir, snapshotScheduleRetention: retention } = flags;
  if (intervalMs === 0) return undefined;
  if (dir === undefined) throw new ConfigError('--snapshot-schedule-interval needs --snapshot-schedule-dir');
  if (intervalMs < snapshotIntervalMsMin) {
    throw new ConfigError(`--snapshot-schedule-interval must be at least ${snapshotIntervalMsMin / 1_000}s`);
  }
  return { intervalMs, dir, retention };
}

/** The flags that say who a new cluster consists of. */
export type NewClusterFlags = Pick<StoreFlags, 'name' | 'initialClusterToken'> & {
  readonly initialAdvertisePeerUrls: string;
  readonly initialCluster?: string;
};

function bootstrapOf(flags: StoreFlags): Bootstrap | JoinRequest {
  const initialAdvertisePeerUrls = flags.initialAdvertisePeerUrls ?? flags.listenPeerUrls;
  if (flags.initialClusterState === 'new') return newClusterBootstrap({ ...flags, initialAdvertisePeerUrls });
  const { cluster, own } = initialClusterOf({ ...flags, initialAdvertisePeerUrls });
  if (flags.initialClusterState !== 'existing') {
    throw new ConfigError(`unexpected value "${flags.initialClusterState}" for --initial-cluster-state: want new or existing`);
  }
  const askUrls = [...cluster.values()].flat().filter((url) => !own.includes(url));
  if (askUrls.length === 0) throw new ConfigError('--initial-cluster names no other member to join');
  return { name: flags.name, ownPeerUrls: own, askUrls };
}

/**
 * Who a member of a new cluster is: ids come from URLs and token alone.
 * @throws ConfigError
 */
export function newClusterBootstrap(flags: NewClusterFlags): Bootstrap {
  const { name, initialClusterToken: token } = flags;
  const { cluster, own } = initialClusterOf(flags);
  const members = Array.from(cluster, ([memberName, peerUrls]) => ({
    ...{ id: memberId(peerUrls, token), name: memberName, peerUrls, clientUrls: [], isLearner: false },
  }));
  return {
    memberId: memberId(own, token),
    clusterId: clusterId(
      members.map(({ id }) => id),
      token,
    ),
    name,
    initialMembers: members,
  };
}

/** `--initial-cluster` by names, and the URLs that it has for this member. */
function initialClusterOf({ name, initialAdvertisePeerUrls, initialCluster }: NewClusterFlags) {
  const ownPeerUrls = splitList(initialAdvertisePeerUrls);
  const cluster = parseInitialCluster(initialCluster ?? ownPeerUrls.map((url) => `${name}=${url}`).join(','));
  const own = cluster.get(name);
  if (own === undefined) throw new ConfigError(`couldn't find local name "${name}" in the initial cluster configuration`);
  if ([...own].sort().join() !== [...ownPeerUrls].sort().join()) {
    throw new ConfigError(
      `--initial-cluster has ${name}=${own.join(`,${name}=`)} but missing from --initial-advertise-peer-urls=${ownPeerUrls.join(',')}`,
    );
  }
  return { cluster, own };
}

/** `n1=https://a:2380,n2=https://b:2380`; a name that repeats has several URLs. */
function parseInitialCluster(text: string): Map<string, string[]> {
  const cluster = new Map<string, string[]>();
  for (const part of splitList(text)) {
    const at = part.indexOf('=');
    if (at <= 0) throw new ConfigError(`--initial-cluster: "${part}" is not of the form name=url`);
    const [name, url] = [part.slice(0, at), part.slice(at + 1)];
    parseUrls('--initial-cluster', url, false);
    cluster.set(name, [...(cluster.get(name) ?? []), url]);
  }
  const urls = [...cluster.values()].flat();
  const twice = urls.find((url, i) => urls.indexOf(url) !== i);
  if (twice !== undefined) throw new ConfigError(`--initial-cluster has duplicate URL ${twice}`);
  return cluster;
}

function parseUrls(flag: string, text: string, listening: boolean): URL[] {
  return splitList(text).map((part) => {
    if (!URL.canParse(part)) throw new ConfigError(`${flag}: "${part}" is not a URL`);
    const url = new URL(part);
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new ConfigError(`${flag}: URL scheme must be http or https: ${part}`);
    if (url.pathname !== '/' || url.search !== '') throw new ConfigError(`${flag}: URL must not contain a path: ${part}`);
    if (url.port === '' && !/:\d+\/?$/.test(part))
      throw new ConfigError(`${flag}: URL address does not have the form "host:port": ${part}`);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (listening && isIP(host) === 0 && host !== 'localhost')
      throw new ConfigError(`${flag}: expected IP in URL for binding (${part})`);
    return url;
  });
}

function tlsConfig(flags: StoreFlags, prefix: '' | 'peer-', urls: readonly URL[]): TlsConfig | undefined {
  const peer = prefix === 'peer-';
  const cert = peer ? flags.peerCertFile : flags.certFile;
  const key = peer ? flags.peerKeyFile : flags.keyFile;
  const trustedCa = peer ? flags.peerTrustedCaFile : flags.trustedCaFile;
  const clientCertAuth = peer ? flags.peerClientCertAuth : flags.clientCertAuth;
  if (cert === undefined && key === undefined) {
    const secure = urls.find((url) => url.protocol === 'https:');
    if (secure !== undefined)
      throw new ConfigError(`${secure.origin} needs TLS, but --${prefix}cert-file and --${prefix}key-file are not given`);
    return undefined;
  }
  if (cert === undefined || key === undefined)
    throw new ConfigError(`--${prefix}cert-file and --${prefix}key-file must both be present`);
  if (clientCertAuth && trustedCa === undefined)
    throw new ConfigError(`--${prefix}client-cert-auth needs --${prefix}trusted-ca-file`);
  return { cert, key, trustedCa, clientCertAuth };
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim().replace(/\/$/, ''))
    .filter((part) => part !== '');
}
