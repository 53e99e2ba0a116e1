/** A process that dies is started again after this long, doubling from one failure to the next. */
export const restartBackoff = { baseMs: 100, maxMs: 10_000 } as const;
/** One that ran this long is healthy again: the next failure counts as the first. */
export const restartResetMs = 10_000;
/** SIGKILL follows SIGTERM after this long; longer than a daemon's own shutdown grace. */
export const stopGraceMs = 16_000;
/** A later stage starts without the earlier one being healthy after this long: one broken process must not hold all. */
export const stageTimeoutMs = 15_000;
/** Between looks at a stage that is coming up. */
export const stageProbeIntervalMs = 50;
/** A health or role question that takes longer counts as unhealthy. */
export const probeTimeoutMs = 2_000;
/** A log file larger than this is set aside as `.1` when its process starts. */
export const logBytesMax = 16 * 1_024 * 1_024;

/** How often a supervisor is asked whose connections break: it was killed just then, as a rule. */
export const controlAttemptsMax = 5;
