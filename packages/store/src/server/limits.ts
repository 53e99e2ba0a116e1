/** Requests of one native connection that may be under way; more are refused until some are answered. */
export const connectionRequestsMax = 20_000;

/** Unsent bytes on one connection beyond which nothing more is read from it. */
export const unsentBytesMax = 32 * 1024 * 1024;

/** Room in a message beyond the largest request: the batch of small frames it may travel with, and the framing. */
export const messageSlackBytes = 512 * 1024;

/** Room in an HTTP body beyond the largest request: base64 and JSON around it. */
export const bodySlackFactor = 2;

/** How long a connection may take to say whether it speaks HTTP/1.1 or HTTP/2. */
export const sniffTimeoutMs = 10_000;

/** Quiet connections are probed after this long. */
export const keepAliveMs = 30_000;

/** `--experimental-watch-progress-notify-interval` is raised to this, as in etcd. */
export const watchProgressMsMin = 100;

/** Events of several revisions go out in one message up to here: small beside the HTTP/2 window, large beside a header. */
export const watchBatchBytes = 65_536;

/** And up to here on one stream, all its watches together: what they wait for in one turn of the event loop stays short. */
export const streamBatchBytes = 1024 * 1024;

/**
 * What we answer to `etcdctl version` and /version: the API level we follow. From 3.5.13 on, clients rely on answers to
 * progress requests, which come after the events that they speak of.
 */
export const etcdVersion = '3.5.13';
export const clusterVersion = '3.5.0';

/** Passwords waiting to be hashed, one after the other; more sign-ins are refused until some are done. */
export const passwordChecksMax = 1_000;

/** How often a request is made anew because users or roles changed on its way. */
export const authAttemptsMax = 3;

/** Requests on one stream that wait until its token is known here. */
export const earlyRequestsMax = 1_000;

/** How long a member may take to reach its quorum and still count as healthy: etcd's request timeout. */
export const healthTimeoutMs = 5_000;

/** Of the lease that a lock or a candidacy gets that comes without one, as in etcd. */
export const contenderLeaseTtlSeconds = 60;
