/** Operations in one branch of a transaction: etcd's --max-txn-ops default. Keeps one apply short. */
export const txnOpsMax = 128;

/** Seconds; etcd's MaxLeaseTTL. */
export const leaseTtlSecondsMax = 9_000_000_000;

/** Seconds; a lease must outlast an election (1.5 × 1 s, rounded up), or every change of leader would expire it. */
export const leaseTtlSecondsMin = 2;

/** Keys whose history one apply may trim after a compaction: a few milliseconds of work. */
export const scrubKeysPerApply = 2_000;

/** Revisions that one catch-up slice reads before it lets other work run: a few milliseconds. */
export const catchUpRevisionsPerSlice = 500;

/** How soon the leader proposes an expiry again when the first proposal got lost. */
export const leaseExpiryRetryMs = 2_000;

/** Expiries closer together than this are handled in one go. */
export const leaseTimerFloorMs = 100;

/** Expiries proposed in one go; with the timer's floor, 5,000 a second: many leases that end together do not flood the log. */
export const leaseExpiriesPerTick = 500;

/** How old the stored time left of a long lease may be: etcd's --experimental-lease-checkpoint interval. */
export const leaseCheckpointIntervalMs = 300_000;

/** Leases in one checkpoint command, as in etcd: about a millisecond to apply. */
export const leaseCheckpointsMax = 1_000;

/** What a quota reckons for a key's and a lease's bookkeeping: etcd's estimates. */
export const putOverheadBytes = 256;
export const leaseOverheadBytes = 64;

/** Keys that one slice of a hash reads before it lets other work run: a few milliseconds. */
export const hashKeysPerSlice = 1_000;
