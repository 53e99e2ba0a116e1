import { hostname } from 'node:os';
import { ConfigError } from '@flotilla/process';
import { firstAddress, type Ipv4Range, ipFamily, isLoopback, parseIpv4Range } from './plan/ip-address.js';

/** The flags as commander hands them over. */
export interface Options {
  readonly kubeconfig?: string;
  readonly hostnameOverride?: string;
  readonly bindAddress: string;
  readonly healthzPort: number;
  readonly proxyMode: string;
  readonly clusterCidr?: string;
  readonly serviceClusterIpRange: string;
  readonly nodeportAddresses: readonly string[];
  readonly cleanup: boolean;
}

export interface Config {
  readonly nodeName: string;
  readonly serviceRange: Ipv4Range;
  /** Service addresses are loopback addresses: local already, and shared by every node of this machine. */
  readonly loopbackServices: boolean;
  /** Pods of other nodes are reached over routes that this process keeps. */
  readonly podRoutes: boolean;
}

/** @throws ConfigError naming the flag */
export function readConfig(options: Options): Config {
  if (options.proxyMode !== 'userspace') throw new ConfigError(`--proxy-mode: want userspace, not "${options.proxyMode}"`);
  const serviceRange = parseRange('--service-cluster-ip-range', options.serviceClusterIpRange);
  const podRange = options.clusterCidr === undefined ? undefined : parseRange('--cluster-cidr', options.clusterCidr);
  for (const range of options.nodeportAddresses) {
    if (range !== 'primary' && ipFamily(range) === undefined && parseIpv4Range(range) === undefined) {
      throw new ConfigError(`--nodeport-addresses: want addresses, IPv4 CIDRs or primary, not "${range}"`);
    }
  }
  return {
    nodeName: (options.hostnameOverride ?? hostname()).trim().toLowerCase(),
    serviceRange,
    loopbackServices: isLoopback(firstAddress(serviceRange)),
    podRoutes: podRange !== undefined && !isLoopback(firstAddress(podRange)),
  };
}

function parseRange(flag: string, text: string): Ipv4Range {
  const range = parseIpv4Range(text);
  if (range === undefined) throw new ConfigError(`${flag}: want an IPv4 CIDR such as 10.96.0.0/16, not "${text}"`);
  return range;
}
