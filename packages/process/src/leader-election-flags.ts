import { hostname } from 'node:os';
import type { Command } from 'commander';
import { booleanFlag, durationFlag } from './flags.js';

/** Durations are milliseconds. */
export interface LeaderElectionFlags {
  readonly leaderElect: boolean;
  readonly leaderElectLeaseDuration: number;
  readonly leaderElectRenewDeadline: number;
  readonly leaderElectRetryPeriod: number;
  readonly hostnameOverride?: string;
}

/**
 * The flags of every daemon of which one leads and the others stand by.
 * @param lease `namespace/name` of the Lease that they share
 */
export function addLeaderElectionFlags(command: Command, lease: string): void {
  booleanFlag(command, 'leader-elect', `lead only while holding the Lease ${lease}`, true);
  durationFlag(command, 'leader-elect-lease-duration', 'how long a silent leader keeps the lease', '15s');
  durationFlag(command, 'leader-elect-renew-deadline', 'a leader that cannot renew for this long gives up', '10s');
  durationFlag(command, 'leader-elect-retry-period', 'time between attempts to acquire or renew', '2s');
  command.option('--hostname-override <name>', "first part of the leader's identity (default: the host's name)");
}

/** What an election is told by the flags. */
export function electionOf(flags: LeaderElectionFlags) {
  return {
    enabled: flags.leaderElect,
    hostName: flags.hostnameOverride ?? hostname(),
    leaseDurationMs: flags.leaderElectLeaseDuration,
    renewDeadlineMs: flags.leaderElectRenewDeadline,
    retryPeriodMs: flags.leaderElectRetryPeriod,
  };
}
