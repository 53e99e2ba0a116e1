import { randomUUID } from 'node:crypto';
import type { Lease } from '@flotilla/api';
import type { ResourceClient } from '@flotilla/client';
import { LeaderElector, type LeaderElectorOptions } from './leader-elector.js';
import { leaseLock } from './lease-lock.js';

export interface LeaderElectionOptions extends Omit<LeaderElectorOptions, 'lock' | 'identity'> {
  /** False: this process leads at once, whoever else does. */
  readonly enabled: boolean;
  readonly leases: ResourceClient<Lease>;
  /** Of the Lease in kube-system that the candidates share. */
  readonly leaseName: string;
  /** First part of the identity; a random second part tells the processes of a host apart. */
  readonly hostName: string;
}

/** Where Kubernetes' components keep their Leases. */
export const leaseNamespace = 'kube-system';

/**
 * Leads, once it is this process's turn, until the signal aborts.
 * @throws LeadershipLostError, which must end the process; whatever `lead` throws
 */
export async function runElected(
  { enabled, leases, leaseName, hostName, ...options }: LeaderElectionOptions,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (!enabled) return lead(signal);
  const lock = leaseLock(leases, leaseNamespace, leaseName);
  await new LeaderElector({ ...options, lock, identity: `${hostName}_${randomUUID()}` }).run(lead, signal);
}
