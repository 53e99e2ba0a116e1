import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '@flotilla/process';
import type { Command } from 'commander';
import { type Cluster, type ExternalStore, localCluster } from '../../topology/cluster.js';
import type { ExtraArgs } from '../../topology/process-spec.js';
import type { VerbOptions } from '../verb.js';

export interface UpOptions {
  readonly stateDir: string;
  readonly bare: boolean;
  readonly cluster: Cluster;
  readonly statsPort: number;
  readonly extraArgs: ExtraArgs;
  readonly timeoutMs: number;
}

const controlPlanesMax = 7;
const nodesMax = 200;

export function addUpOptions(command: Command): void {
  command
    .option('--bare', 'leave the example application out', false)
    .option('--nodes <count>', 'hosts that run pods', '3')
    .option('--control-planes <count>', 'hosts with a store member and an API server; odd, so that a majority is clear', '3')
    .option('--etcd-servers <urls>', 'an etcd to keep everything in, instead of store members: https://host:port,…')
    .option('--etcd-cafile <file>', 'the authority of that etcd')
    .option('--etcd-certfile <file>', 'the client certificate for it')
    .option('--etcd-keyfile <file>', 'the key of --etcd-certfile')
    .option('--api-port <port>', 'where the load balancer listens on 127.0.0.1', '6443')
    .option('--stats-port <port>', "the load balancer's statistics page", '8404')
    .option('--cluster-cidr <range>', 'loopback addresses of nodes and pods', '127.10.0.0/16')
    .option('--control-plane-cidr <range>', 'loopback addresses of control planes', '127.11.0.0/16')
    .option('--service-cluster-ip-range <range>', 'loopback addresses of Services', '127.96.0.0/16')
    .option(
      '--component-arg <component:flag>',
      'a further flag for every process of a component: controller-manager:--v=4',
      collect,
      [],
    )
    .option('--timeout <seconds>', 'give up after this long', '120');
}

/** @throws ConfigError for a number or range that makes no cluster */
export function readUpOptions(given: VerbOptions): UpOptions {
  const count = (name: string, min: number, max: number): number => {
    const value = Number(given[name]);
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new ConfigError(
        `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: want a whole number from ${min} to ${max}`,
      );
    }
    return value;
  };
  const controlPlanes = count('controlPlanes', 1, controlPlanesMax);
  const externalStore = readExternalStore(given);
  if (controlPlanes % 2 === 0 && externalStore === undefined)
    throw new ConfigError('--control-planes: want an odd number; an even one survives no more losses');
  let cluster: Cluster;
  try {
    cluster = localCluster({
      controlPlanes,
      nodes: count('nodes', 1, nodesMax),
      apiPort: count('apiPort', 1, 65_535),
      clusterCidr: String(given['clusterCidr']),
      controlPlaneCidr: String(given['controlPlaneCidr']),
      serviceCidr: String(given['serviceClusterIpRange']),
    });
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError(error.message);
    throw error;
  }
  return {
    stateDir: String(given['stateDir']),
    bare: given['bare'] === true,
    cluster: externalStore === undefined ? cluster : { ...cluster, externalStore },
    statsPort: count('statsPort', 1, 65_535),
    extraArgs: readExtraArgs(given['componentArg'] as readonly string[]), // `collect` makes the list
    timeoutMs: count('timeout', 1, 3_600) * 1_000,
  };
}

function readExternalStore(given: VerbOptions): ExternalStore | undefined {
  const [servers, ca, cert, key] = ['etcdServers', 'etcdCafile', 'etcdCertfile', 'etcdKeyfile'].map((name) => given[name]);
  if (servers === undefined) {
    if (ca !== undefined || cert !== undefined || key !== undefined)
      throw new ConfigError('--etcd-cafile, --etcd-certfile and --etcd-keyfile go with --etcd-servers');
    return undefined;
  }
  const endpoints = String(servers).split(',');
  for (const endpoint of endpoints) {
    if (!/^https?:\/\/[^/]/.test(endpoint))
      throw new ConfigError(`--etcd-servers: invalid URL "${endpoint}", want https://host:port`);
  }
  return {
    endpoints,
    ...(ca !== undefined && { caFile: readableFile(ca) }),
    ...(cert !== undefined && { certFile: readableFile(cert) }),
    ...(key !== undefined && { keyFile: readableFile(key) }),
  };
}

/** Found out now, rather than by API servers that cannot start. What the file holds they check. */
function readableFile(given: unknown): string {
  const path = resolve(String(given));
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw new ConfigError(`open ${path}: cannot be read`);
  }
  return path;
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

function readExtraArgs(given: readonly string[]): ExtraArgs {
  const extra: Record<string, string[]> = {};
  for (const text of given) {
    const colon = text.indexOf(':');
    if (colon < 1) throw new ConfigError(`--component-arg: want component:--flag=value, not "${text}"`);
    const component = text.slice(0, colon);
    extra[component] = [...(extra[component] ?? []), text.slice(colon + 1)];
  }
  return extra;
}
