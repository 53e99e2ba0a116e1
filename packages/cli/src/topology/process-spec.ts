import type { Cluster } from './cluster.js';

/** Where and how a process tells about itself. */
interface HealthEndpoint {
  /** Base URL; `/metrics` and the path below hang from it. */
  readonly url: string;
  readonly path: string;
}

/** One process of a cluster: everything the supervisor needs to start it. */
export interface ProcessSpec {
  readonly name: string;
  readonly component: string;
  /** The host it runs on. */
  readonly host: string;
  /** The daemon's flags. */
  readonly args: readonly string[];
  /** What it serves, for people: `host:port`. */
  readonly address: string;
  readonly health: HealthEndpoint;
  /** Processes of a later stage start once those of the earlier ones are healthy. */
  readonly stage: number;
  /** A kubelet's root directory: its pods are stopped after it when the cluster goes down. */
  readonly podsRootDir?: string;
}

/** Folders of one cluster's state. */
export interface StatePaths {
  readonly pki: string;
  readonly data: string;
}

/** Flags that a user adds to every process of a component: `{ apiserver: ['--v=4'] }`. */
export type ExtraArgs = Readonly<Record<string, readonly string[]>>;

/** What the processes of one cluster have in common. */
export interface Plan {
  readonly cluster: Cluster;
  readonly paths: StatePaths;
  readonly statsAddress: string;
  /** `loopback`: all hosts are addresses of one machine. `host-routes`: each host is a machine, and routes join their pods. */
  readonly podNetwork: 'loopback' | 'host-routes';
}
