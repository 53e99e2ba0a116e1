/** Kubernetes' limits of the kubelet, where it has them (`KubeletConfiguration`); ours are marked. All in the unit of the name. */
export const crashLoopBackoff = { initialMs: 10_000, maxMs: 300_000 } as const;
export const imagePullBackoff = { initialMs: 10_000, maxMs: 300_000 } as const;

export const leaseDurationSeconds = 40;
export const leaseRenewMs = 10_000;
/** The node's status is sent at least this often, and sooner when it changed. */
export const nodeStatusReportMs = 300_000;

/** A pod is looked at again at least this often, whatever happens. */
export const podResyncMs = 60_000;
/** Ours: a sync that failed is tried again after this, longer each time. */
export const podRetry = { baseMs: 500, maxMs: 10_000 } as const;
/** Ours: how soon a status that could not be sent is sent again. */
export const statusRetry = { baseMs: 1_000, maxMs: 10_000 } as const;
/** Pods of which the API knows nothing get this long to end. */
export const orphanGraceSeconds = 1;
export const gracePeriodSecondsDefault = 30;
/** Ours: how many pods sync at the same time; starting processes is work for all cores. */
export const podSyncsMax = 10;

export const logBytesMax = 10 * 1024 * 1024;
export const logFilesMax = 5;

/** Ours: how often the process runtime looks at /proc for what no file event tells, such as a killed shim. */
export const relistMs = 2_000;
/** Ours: how long a shim may take to start its container before that counts as failed. */
export const startTimeoutMs = 20_000;
/** Ours: how long after SIGKILL the shim may take to report the exit. */
export const killTimeoutMs = 3_000;

/** Kubernetes reads no more than this of a probe's answer. */
export const probeBodyBytesMax = 10_240;

export const memoryPressureBytes = 100 * 1024 * 1024;
export const diskPressureFraction = 0.1;
export const pidPressureFraction = 0.02;

/** Ours: the longest message of a WebSocket; clients send up to 32 kB at a time. */
export const webSocketMessageBytesMax = 1024 * 1024;
/** How long a client may take to open the streams of its exec or attach: Kubernetes' default. */
export const streamCreationTimeoutMs = 30_000;
/** Ours: an exec or attach has five streams at most; more are refused. */
export const commandStreamsMax = 8;
/** Ours: streams of one port-forward, two for each connection through it. */
export const forwardedStreamsMax = 2_000;
/** How long the second stream of a forwarded connection may take to follow the first: Kubernetes' number. */
export const forwardPairTimeoutMs = 30_000;
/** Ours: how long a command may take that `/run` is asked for. */
export const runCommandTimeoutMs = 60_000;
/** Ours: how long a connection to a pod's port may take to be accepted. */
export const portForwardConnectTimeoutMs = 10_000;

/** How long the API server's word on who may use the kubelet's server stays good: Kubernetes' defaults. */
export const tokenTtlMs = 120_000;
export const allowedTtlMs = 300_000;
export const deniedTtlMs = 30_000;
/** Ours: tokens, and decisions, that are remembered. */
export const accessCacheEntriesMax = 1_000;
