/** Requests waiting for an answer or for a connection; more are refused at once. */
export const pendingRequestsMax = 10_000;

/** Bytes of all those requests together. */
export const pendingBytesMax = 64 * 1024 * 1024;

/**
 * How long a request may wait for a connection, or be refused as not executed, before it fails as `unavailable`.
 * Members that know no leader refuse after two election timeouts; this leaves time to ask all of three.
 */
export const retryWindowMs = 5_000;

/** How long a request may take once it was sent: longer than members wait (7 s), so that theirs is the last word. */
export const requestTimeoutMs = 12_000;

export const dialTimeoutMs = 2_000;

/** A silent connection is asked for a sign of life after this long, and given up after the same again. */
export const pingIntervalMs = 5_000;

/** Delay between attempts to connect, and between retries of a request that was not executed. */
export const reconnectBackoff = { baseMs: 20, maxMs: 1_000 };
export const retryBackoff = { baseMs: 25, maxMs: 400 };

/** A member that refuses everything for this long is left for another one. Longer than a usual election. */
export const unavailableSwitchMs = 1_500;

/** A connection left that way stays open for the answers still on their way: longer than a member waits for a leader. */
export const drainMs = 3_000;

/** Bytes of watch responses that may be on their way or unread, per watch; the server then pauses that watch. */
export const watchWindowBytes = 1024 * 1024;

/** Frames are packed into messages of about this size, so that one huge batch does not delay the first answers. */
export const messageBytesTarget = 256 * 1024;

/** A range answer may be large: a whole resource of the cluster. */
export const answerBytesMax = 1024 * 1024 * 1024;

/**
 * etcd hangs up on clients that ping an HTTP/2 connection more often than every 5 s, or that do so without a call under
 * way. A silent connection is given up after 10 s, as with the native driver.
 */
export const grpcKeepAlive = { intervalMs: 6_000, timeoutMs: 4_000 };

/** HTTP/2's window of 64 KiB would cut large answers into many round trips. */
export const grpcWindowBytes = 1024 * 1024;

/** How often etcd is asked again how far a watch has come, until it answers. */
export const progressRetryMs = 100;

/** Changes whose keys are remembered, to prove how far watches have come: about 10 MB. */
export const indexedChanges = 50_000;

/** The index begins a little before it has to, so that the next watch from the near past does not make it begin anew. */
export const indexMarginRevisions = 1_000;
