/** How long a TCP and TLS handshake may take before another server is tried. */
export const connectTimeoutMs = 5_000;
/** How long an answer's first byte may take. Kubernetes' API servers end their own requests after 60 s. */
export const responseTimeoutMs = 65_000;
/** An unused connection is kept this long, longer than the 10 s heartbeats of leases and node status. */
export const keepAliveMs = 90_000;
/** Connections of one client at once: a start that asks for many lists shakes no more hands than this. Streams do not count. */
export const connectionsMax = 16;
/** A watch that says nothing for this long is asked (WebSocket ping) whether it lives; twice in silence, it is dead. */
export const watchPingMs = 30_000;
/** Events of one watch that wait for their reader; beyond it the socket is paused. */
export const watchBufferEventsMax = 1_000;
/** Kubernetes' clients ask for watches of 5 to 10 minutes, so that load spreads again after a server came back. */
export const watchTimeoutSecondsMin = 300;
export const watchTimeoutSecondsMax = 600;
/** Reconnect delays of an informer: quick at first, since a server or balancer is usually back within a second. */
export const informerBackoff = { baseMs: 200, maxMs: 5_000 };
/** How often a request refused with Retry-After (429, or 503 for reads) is tried again. */
export const retryAfterAttemptsMax = 5;
/** Objects per page of an informer's list: bounds the size of one answer. */
export const listPageSize = 2_000;
