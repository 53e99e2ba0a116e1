import { assert } from '@flotilla/base';

/** Kubernetes' limit of a request body; above it the client gets 413. */
export const bodyBytesMax = 3 * 1024 * 1024;
/** Deeper JSON or YAML is refused: no kind nests further, and recursion over it must not exhaust the stack. */
export const bodyDepthMax = 512;
/** YAML aliases may multiply a small body: beyond this many the document is refused. */
export const yamlAliasesMax = 100;

/** Request line and headers together; a longer one is answered with 431. Room for a token, a selector and a continue token. */
export const headerBytesMax = 64 * 1024;
/** Longer request targets are answered with 414. */
export const urlBytesMax = 32 * 1024;
/** How long a client may take to send its headers and its body: stops slow-loris clients. */
export const headersTimeoutMs = 30_000;
export const requestBodyTimeoutMs = 60_000;
/** Longer than the idle time of clients' and balancers' connection pools, so that they close first. */
export const keepAliveTimeoutMs = 120_000;

/** `--max-requests-inflight` and `--max-mutating-requests-inflight`: Kubernetes' defaults. */
export const readsInFlightMax = 400;
export const writesInFlightMax = 200;
export const retryAfterSeconds = 1;

/** Responses above it are compressed when the client accepts gzip: Kubernetes' threshold. */
export const gzipBytesMin = 128 * 1024;

/** A watch ends after a random time in this range when the client names none, so that watches spread over API servers. */
export const watchTimeoutMinMs = 30 * 60_000;
export const watchTimeoutMaxMs = 60 * 60_000;
/** How long a watcher may leave its full connection unread before it is dropped; it resumes or relists. */
export const watchStallMs = 30_000;
/** Unsent bytes of one watcher's WebSocket beyond which no more events are taken from its queue. */
export const watchBufferBytesMax = 64 * 1024;

/** Any other request may take this long before it is answered with a timeout. */
export const requestTimeoutMs = 60_000;
/** How long requests under way may take after SIGTERM before their connections are cut. */
export const shutdownDrainMs = 10_000;
/** How long the store may be unreachable at the start before the process gives up. */
export const storeConnectTimeoutMs = 60_000;

/** Verified tokens are remembered this long: a revoked one works no longer than that. */
export const tokenCacheTtlMs = 10_000;
export const tokenCacheEntriesMax = 4_096;
/** Distinct Accept headers whose parse is remembered. */
export const acceptCacheEntriesMax = 256;

/** An answer of the store is taken as healthy this long, so that many probes cost one request. */
export const storeHealthTtlMs = 1_000;
export const storeHealthTimeoutMs = 2_000;

/** How often an API server renews its entry in the kubernetes Service, and how long the entry outlives it. */
export const apiServerLeaseRenewMs = 10_000;
export const apiServerLeaseTtlSeconds = 15;
assert(apiServerLeaseTtlSeconds * 1_000 > apiServerLeaseRenewMs, 'an API server renews its lease before it expires');

/** A kubelet has to accept the connection and answer with headers within this time; the body may stream on for ever. */
export const kubeletHeadersTimeoutMs = 30_000;
