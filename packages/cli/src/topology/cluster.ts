import { addressAt, parseCidr } from './addresses.js';

/** A host of the cluster, as certificates and flags know it. */
export interface Host {
  readonly name: string;
  readonly address: string;
}

/** An etcd that others run, in place of the cluster's own store. */
export interface ExternalStore {
  /** `https://host:port` each. */
  readonly endpoints: readonly string[];
  /** Absolute paths; see the API server's `--etcd-cafile`, `--etcd-certfile`, `--etcd-keyfile`. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** What a cluster is, before anything of it runs: enough to make its certificates and every process's flags. */
export interface Cluster {
  readonly name: string;
  readonly controlPlanes: readonly Host[];
  readonly nodes: readonly Host[];
  /** Where clients reach the API: the load balancer's host and port. */
  readonly apiHost: string;
  readonly apiPort: number;
  /** What the administrator's kubeconfig names, where that differs from what the cluster's own processes use. */
  readonly adminUrl?: string;
  /** Further names and addresses of the load balancer, for the API servers' certificates. */
  readonly apiHosts: readonly string[];
  readonly clusterCidr: string;
  readonly serviceCidr: string;
  readonly externalStore?: ExternalStore;
}

export interface LocalClusterOptions {
  readonly controlPlanes: number;
  readonly nodes: number;
  readonly apiPort: number;
  /** Loopback ranges; each host takes the first address of its own /24. */
  readonly clusterCidr: string;
  readonly controlPlaneCidr: string;
  readonly serviceCidr: string;
}

/**
 * A cluster on one machine: every host has a loopback address of its own, so that every process listens on its
 * default port. Control plane c is the first address of the c-th /24 of its range, node n likewise.
 * @throws RangeError for a range that is none, or is too small
 */
export function localCluster(options: LocalClusterOptions): Cluster {
  const hosts = (prefix: string, cidr: string, count: number): Host[] =>
    Array.from({ length: count }, (_, i) => ({
      name: `${prefix}-${i + 1}`,
      address: addressAt(parseCidr(cidr), (i + 1) * 256 + 1),
    }));
  return {
    name: 'flotilla',
    controlPlanes: hosts('control-plane', options.controlPlaneCidr, options.controlPlanes),
    nodes: hosts('node', options.clusterCidr, options.nodes),
    apiHost: '127.0.0.1',
    apiPort: options.apiPort,
    apiHosts: ['localhost'],
    clusterCidr: options.clusterCidr,
    serviceCidr: options.serviceCidr,
  };
}

/** The URL that kubeconfigs name. */
export function apiUrl(cluster: Cluster): string {
  return `https://${cluster.apiHost}:${cluster.apiPort}`;
}
