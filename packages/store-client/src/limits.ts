/** Requests waiting for an answer or for a connection; more are refused at once. */
export const pendingRequestsMax = 10_000;

/** How long a request may take, waiting for a connection and retries included. etcd: 5 s plus two elections. */
export const requestTimeoutMs = 7_000;

export const dialTimeoutMs = 2_000;

/** A silent connection is asked for a sign of life after this long, and given up after the same again. */
export const pingIntervalMs = 5_000;

/** Delay between attempts to connect, and between retries of a request that was not executed. */
export const reconnectBackoff = { baseMs: 20, maxMs: 1_000 };
export const retryBackoff = { baseMs: 25, maxMs: 400 };

/** A member that refuses everything for this long is left for another one. Longer than a usual election. */
export const unavailableSwitchMs = 1_500;

/** Bytes of watch responses that may be on their way or unread, per watch; the server then pauses that watch. */
export const watchWindowBytes = 1024 * 1024;

/** Frames are packed into messages of about this size, so that one huge batch does not delay the first answers. */
export const messageBytesTarget = 256 * 1024;

/** A range answer may be large: a whole resource of the cluster. */
export const answerBytesMax = 1024 * 1024 * 1024;
