import { assert } from '@flotilla/base';
import { decodeCommand } from '@flotilla/mvcc';
import type { CommittedCommand } from './kv.js';

/** A committed command, and the true time when some member applied it first. */
export interface TimedCommand extends CommittedCommand {
  readonly atMs: number;
}

export interface LeaseLimits {
  /** How many times as fast as true time the fastest clock may run, and the slowest. */
  readonly clockRateMax: number;
  readonly clockRateMin: number;
  /** What an expiry takes at most once it is due, in a cluster that works. */
  readonly graceMs: number;
}

interface Span {
  readonly ttlMs: number;
  renewals: number;
  /** When its last grant or renewal was first applied anywhere. */
  sinceMs: number;
}

/**
 * A lease never expires early: from the moment when some member has applied its last renewal (an acknowledged renewal
 * has been applied) its whole time to live passes by the fastest clock of the cluster. And it does expire in the end.
 *
 * @param commands in log order
 * @param calmSinceMs since when nothing has been wrong and the same member has led
 * @throws AssertionError
 */
export function checkLeases(commands: readonly TimedCommand[], calmSinceMs: number, endMs: number, limits: LeaseLimits): void {
  const leases = new Map<bigint, Span>();
  for (const { command, atMs, index } of commands) {
    const decoded = decodeCommand(command);
    if ('leaseGrant' in decoded) {
      const { id, ttlSeconds } = decoded.leaseGrant;
      if (!leases.has(id)) leases.set(id, { ttlMs: ttlSeconds * 1_000, renewals: 0, sinceMs: atMs });
    } else if ('leaseKeepAlive' in decoded) {
      const lease = leases.get(decoded.leaseKeepAlive.id);
      if (lease === undefined) continue;
      lease.renewals++;
      lease.sinceMs = atMs;
    } else if ('leaseRevoke' in decoded) leases.delete(decoded.leaseRevoke.id);
    else if ('leaseExpire' in decoded) {
      const { id, renewals } = decoded.leaseExpire;
      const lease = leases.get(id);
      if (lease?.renewals !== renewals) continue;
      const livedMs = atMs - lease.sinceMs;
      const dueMs = lease.ttlMs / limits.clockRateMax;
      // Below a millisecond it is rounding.
      assert(livedMs > dueMs - 1, `lease: ${id} expired after ${livedMs} ms of at least ${dueMs} (entry ${index})`);
      leases.delete(id);
    }
  }
  for (const [id, { ttlMs, sinceMs }] of leases) {
    const lastMs = Math.max(sinceMs, calmSinceMs) + ttlMs / limits.clockRateMin + limits.graceMs;
    assert(endMs <= lastMs, `lease: ${id} should have expired by ${lastMs}, and is there at ${endMs}`);
  }
}
