import { isIPv4 } from 'node:net';
import { booleanFlag, ConfigError, durationFlag, integerFlag, listFlag } from '@flotilla/process';
import type { Command } from 'commander';
import { type AuditFlags, addAuditFlags, checkAuditFlags } from './audit/flags.js';
import type { AuthorizationMode } from './auth/authorization.js';
import { type AuthenticationFlags, addAuthenticationFlags, checkAuthenticationFlags } from './auth/flags.js';
import { readsInFlightMax, streamsByDefault, watchWindowEventsMax, writesInFlightMax } from './limits.js';

/** The flags of kube-apiserver that this one has, parsed. Durations are milliseconds. */
export interface ApiServerFlags extends AuthenticationFlags, AuditFlags {
  readonly bindAddress: string;
  readonly securePort: number;
  readonly advertiseAddress?: string;
  readonly etcdServers: readonly string[];
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly etcdPrefix: string;
  readonly encryptionProviderConfig?: string;
  readonly etcdCompactionInterval: number;
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly serviceClusterIpRange: string;
  readonly serviceNodePortRange: string;
  readonly proxyClientCertFile?: string;
  readonly proxyClientKeyFile?: string;
  readonly kubeletClientCertificate?: string;
  readonly kubeletClientKey?: string;
  readonly kubeletCertificateAuthority?: string;
  readonly authorizationMode: readonly AuthorizationMode[];
  readonly enableAdmissionPlugins: readonly string[];
  readonly disableAdmissionPlugins: readonly string[];
  readonly defaultNotReadyTolerationSeconds: number;
  readonly defaultUnreachableTolerationSeconds: number;
  readonly enablePriorityAndFairness: boolean;
  readonly maxRequestsInflight: number;
  readonly maxMutatingRequestsInflight: number;
  readonly watchCacheSizes: readonly string[];
  readonly http2MaxStreamsPerConnection: number;
  readonly goawayChance: string;
}

export function addFlags(command: Command): void {
  addAuthenticationFlags(command);
  addAuditFlags(command);
  command
    .option('--bind-address <ip>', 'the address to listen on', '127.0.0.1')
    .option('--advertise-address <ip>', 'the address on which others reach this server (default: --bind-address)')
    .option('--etcd-cafile <file>', 'the authority of the store')
    .option('--etcd-certfile <file>', 'the client certificate for the store')
    .option('--etcd-keyfile <file>', 'the key of --etcd-certfile')
    .option('--etcd-prefix <path>', 'where all keys lie in the store', '/registry')
    .option('--encryption-provider-config <file>', 'EncryptionConfiguration: which resources are encrypted in the store, and how')
    .option('--tls-cert-file <file>', 'the certificate of this server')
    .option('--tls-private-key-file <file>', 'the key of --tls-cert-file')
    .option('--service-cluster-ip-range <cidr>', 'where Services get their addresses', '10.96.0.0/16')
    .option('--service-node-port-range <from-to>', 'where Services get their node ports', '30000-32767')
    .option('--proxy-client-cert-file <file>', 'the client certificate for extension API servers')
    .option('--proxy-client-key-file <file>', 'the key of --proxy-client-cert-file')
    .option('--kubelet-client-certificate <file>', 'the client certificate for kubelets')
    .option('--kubelet-client-key <file>', 'the key of --kubelet-client-certificate')
    .option('--kubelet-certificate-authority <file>', 'the authority of kubelets');
  integerFlag(command, 'secure-port', 'the HTTPS port; 0: any free one', 6443, { min: 0, max: 65_535 });
  listFlag(command, 'etcd-servers', 'the endpoints of the store: https://host:port,…');
  listFlag(command, 'authorization-mode', 'Node and RBAC, AlwaysAllow or AlwaysDeny', ['Node', 'RBAC']);
  durationFlag(command, 'etcd-compaction-interval', 'how often old revisions are dropped; 0: never', '5m');
  listFlag(command, 'enable-admission-plugins', 'admission plugins beside those that are on by default');
  listFlag(command, 'disable-admission-plugins', 'admission plugins that are off, though on by default');
  integerFlag(command, 'default-not-ready-toleration-seconds', 'how long pods tolerate a node that is not ready', 300, {
    min: 0,
  });
  integerFlag(command, 'default-unreachable-toleration-seconds', 'how long pods tolerate a node that is unreachable', 300, {
    min: 0,
  });
  booleanFlag(
    command,
    'enable-priority-and-fairness',
    'whether requests wait their turn by FlowSchemas and PriorityLevelConfigurations',
    true,
  );
  integerFlag(command, 'max-requests-inflight', 'reads worked on at a time', readsInFlightMax, { min: 1 });
  integerFlag(command, 'max-mutating-requests-inflight', 'writes worked on at a time', writesInFlightMax, { min: 1 });
  const sizes = `recent changes that are remembered for watches of the past, by resource[.group]#size (default: ${watchWindowEventsMax} of each)`;
  listFlag(command, 'watch-cache-sizes', sizes);
  const streams = `requests of one HTTP/2 connection that are worked on at a time; 0: ${streamsByDefault}`;
  integerFlag(command, 'http2-max-streams-per-connection', streams, 0, { min: 0 });
  command.option(
    '--goaway-chance <chance>',
    'how likely a request is the last of its HTTP/2 connection, so that clients spread over servers anew: 0 to 0.02',
    '0',
  );
}

/** @throws ConfigError for what cannot work, in the words of the flag */
export function checkFlags(flags: ApiServerFlags): void {
  if (flags.etcdServers.length === 0) throw new ConfigError('--etcd-servers must be specified');
  for (const endpoint of flags.etcdServers) {
    if (!/^https?:\/\/[^/\s]+$/.test(endpoint))
      throw new ConfigError(`--etcd-servers: invalid URL "${endpoint}", want https://host:port`);
  }
  if (flags.tlsCertFile === undefined) throw new ConfigError('--tls-cert-file must be specified');
  if (flags.tlsPrivateKeyFile === undefined) throw new ConfigError('--tls-private-key-file must be specified');
  if ((flags.etcdCertfile === undefined) !== (flags.etcdKeyfile === undefined)) {
    throw new ConfigError('--etcd-certfile and --etcd-keyfile go together');
  }
  if ((flags.kubeletClientCertificate === undefined) !== (flags.kubeletClientKey === undefined)) {
    throw new ConfigError('--kubelet-client-certificate and --kubelet-client-key go together');
  }
  checkAuthenticationFlags(flags);
  checkAuditFlags(flags);
  if ((flags.proxyClientCertFile === undefined) !== (flags.proxyClientKeyFile === undefined)) {
    throw new ConfigError('--proxy-client-cert-file and --proxy-client-key-file go together');
  }
  if (!flags.etcdPrefix.startsWith('/')) throw new ConfigError(`--etcd-prefix: "${flags.etcdPrefix}" must start with /`);
  for (const mode of flags.authorizationMode) {
    if (!['Node', 'RBAC', 'AlwaysAllow', 'AlwaysDeny'].includes(mode)) {
      throw new ConfigError(`--authorization-mode: "${mode}" is not a valid mode: want Node, RBAC, AlwaysAllow or AlwaysDeny`);
    }
  }
  parseWatchCacheSizes(flags.watchCacheSizes);
  parseGoawayChance(flags.goawayChance);
  parseServiceRange(flags.serviceClusterIpRange);
  parsePortRange(flags.serviceNodePortRange);
}

/** Kubernetes' bounds: with more, clients would do little but connect. */
function parseGoawayChance(text: string): number {
  const chance = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(chance)) throw new ConfigError(`--goaway-chance: "${text}" is not a number`);
  if (chance < 0 || chance > 0.02) throw new ConfigError('--goaway-chance can not be less than 0 or greater than 0.02');
  return chance;
}

/** How connections of HTTP/2 are bounded. */
export function http2Limits(flags: Pick<ApiServerFlags, 'http2MaxStreamsPerConnection' | 'goawayChance'>) {
  return {
    maxStreams: flags.http2MaxStreamsPerConnection || streamsByDefault,
    goawayChance: parseGoawayChance(flags.goawayChance),
  };
}

/** By resource, as `pods` or `deployments.apps`. */
export function parseWatchCacheSizes(texts: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    texts.map((text) => {
      const [resource = '', size, ...more] = text.split('#');
      const fail = (why: string) => new ConfigError(`--watch-cache-sizes: ${why}: ${text}`);
      if (size === undefined || more.length > 0) throw fail('invalid value of watch cache size');
      if (!/^[-+]?\d+$/.test(size)) throw fail('invalid size of watch cache size');
      if (Number(size) < 0) throw fail('watch cache size cannot be negative');
      return [resource, Number(size)];
    }),
  );
}

/** @returns the network address and the length of the prefix of `10.96.0.0/16` */
function parseServiceRange(cidr: string): { readonly address: string; readonly prefixLength: number } {
  const [address = '', length = ''] = cidr.split('/');
  const prefixLength = Number(length);
  if (!isIPv4(address) || !/^\d+$/.test(length) || prefixLength < 8 || prefixLength > 30) {
    throw new ConfigError(`--service-cluster-ip-range: invalid CIDR "${cidr}": want an IPv4 range from /8 to /30`);
  }
  return { address, prefixLength };
}

/** Both ends belong to the range. */
export function parsePortRange(range: string): { readonly from: number; readonly to: number } {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(range);
  const from = Number(match?.[1]);
  const to = Number(match?.[2]);
  if (match === null || from < 1 || to > 65_535 || from > to) {
    throw new ConfigError(`--service-node-port-range: invalid range "${range}": want from-to`);
  }
  return { from, to };
}

/** The address of the Service `kubernetes`: the first of the range after the network's own. */
export function firstServiceIp(cidr: string): string {
  const { address, prefixLength } = parseServiceRange(cidr);
  const bits = address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
  const size = 2 ** (32 - prefixLength);
  const first = Math.floor(bits / size) * size + 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
}
