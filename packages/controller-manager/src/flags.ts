import { errorMessage } from '@flotilla/base';
import {
  addLeaderElectionFlags,
  addServingFlags,
  booleanFlag,
  ConfigError,
  durationFlag,
  integerFlag,
  type LeaderElectionFlags,
  listFlag,
  type ServingFlags,
} from '@flotilla/process';
import { parseCidr } from './controllers/node-ipam/plan.js';
import type { ManagerSettings } from './settings.js';

type Command = Parameters<typeof booleanFlag>[0];

/** The flags as they are parsed; durations are milliseconds. */
export interface Flags extends ServingFlags, LeaderElectionFlags {
  readonly kubeconfig?: string;
  readonly controllers: readonly string[];
  readonly clusterCidr: readonly string[];
  readonly nodeCidrMaskSize: number;
  readonly allocateNodeCidrs: boolean;
  readonly nodeMonitorPeriod: number;
  readonly nodeMonitorGracePeriod: number;
  readonly terminatedPodGcThreshold: number;
  readonly rootCaFile?: string;
  readonly clusterSigningCertFile?: string;
  readonly clusterSigningKeyFile?: string;
  readonly clusterSigningDuration: number;
}

/**
 * Named as those of kube-controller-manager.
 * @param lease `namespace/name` of the Lease that candidates share
 */
export function addFlags(command: Command, lease: string): void {
  command
    .option('--kubeconfig <file>', 'how to reach the API servers, and as whom')
    .option('--root-ca-file <file>', "CA published in every namespace's kube-root-ca.crt")
    .option('--cluster-signing-cert-file <file>', 'CA that signs certificate requests')
    .option('--cluster-signing-key-file <file>', 'its key')
    .option('--service-account-private-key-file <file>', 'key that signs service account tokens');
  addServingFlags(command, 10_257);
  addLeaderElectionFlags(command, lease);
  listFlag(command, 'controllers', "which to run: '*' all, 'name' this one, '-name' not this one", ['*']);
  listFlag(command, 'cluster-cidr', 'network that pod addresses are taken from');
  integerFlag(command, 'node-cidr-mask-size', "prefix length of a node's part of it", 24, { min: 1, max: 32 });
  booleanFlag(command, 'allocate-node-cidrs', 'give every node a part of --cluster-cidr', false);
  durationFlag(command, 'cluster-signing-duration', 'how long a certificate that is signed is valid, at most', '8760h');
  durationFlag(command, 'node-monitor-period', 'how often a silent node is looked at again', '5s');
  durationFlag(command, 'node-monitor-grace-period', 'a node silent for so long is not ready', '40s');
  integerFlag(command, 'terminated-pod-gc-threshold', 'how many ended pods may stay; 0 any number', 12_500, { min: 0 });
}

/** @throws ConfigError */
export function settingsOf(flags: Flags, rootCa: string | undefined): ManagerSettings {
  if (flags.allocateNodeCidrs && flags.clusterCidr.length === 0) {
    throw new ConfigError('--allocate-node-cidrs needs --cluster-cidr');
  }
  for (const cidr of flags.clusterCidr.filter((text) => !text.includes(':'))) {
    try {
      if (parseCidr(cidr).bits > flags.nodeCidrMaskSize) throw new RangeError(`"${cidr}" is smaller than --node-cidr-mask-size`);
    } catch (error) {
      throw new ConfigError(`--cluster-cidr: ${errorMessage(error)}`);
    }
  }
  return {
    clusterCidrs: flags.clusterCidr,
    nodeCidrMaskSize: flags.nodeCidrMaskSize,
    allocateNodeCidrs: flags.allocateNodeCidrs,
    nodeMonitorPeriodMs: flags.nodeMonitorPeriod,
    nodeMonitorGracePeriodMs: flags.nodeMonitorGracePeriod,
    terminatedPodsMax: flags.terminatedPodGcThreshold,
    rootCa,
    signing: signingOf(flags),
  };
}

function signingOf(flags: Flags): ManagerSettings['signing'] {
  const { clusterSigningCertFile: certFile, clusterSigningKeyFile: keyFile, clusterSigningDuration: durationMs } = flags;
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined) throw new ConfigError('--cluster-signing-key-file needs --cluster-signing-cert-file');
  if (keyFile === undefined) throw new ConfigError('--cluster-signing-cert-file needs --cluster-signing-key-file');
  return { certFile, keyFile, durationMs };
}
