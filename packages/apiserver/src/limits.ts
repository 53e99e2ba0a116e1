import { assert } from '@flotilla/base';

/** Kubernetes' limit of a request body; above it the client gets 413. */
export const bodyBytesMax = 3 * 1024 * 1024;
/** How long a client that sends a refused body may go on, so that it reads the answer; Go's HTTP server waits as long. */
export const lingerMs = 500;
/** Deeper JSON or YAML is refused: no kind nests further, and recursion over it must not exhaust the stack. */
export const bodyDepthMax = 512;
/**
 * Objects within the object of a body: more of them than fit into the store with anything in them. Each takes microseconds to be given
 * defaults and to be judged, though it may take three bytes of a body.
 */
export const bodyObjectsMax = 250_000;
/** Values that a small body may multiply itself to with YAML aliases: Kubernetes' number. A larger one may have one a character. */
export const yamlValuesMin = 400_000;
/** Of a YAML body in which all duplicate keys are named, about 50 ms of work. */
export const yamlDuplicatesBytesMax = 64 * 1024;

/** Request line and headers together; a longer one is answered with 431. Room for a token, a selector and a continue token. */
export const headerBytesMax = 64 * 1024;
/** Warnings of one answer end where they are longer than this together, and then each is cut: Kubernetes' numbers. */
export const warningCharactersMax = 4 * 1024;
export const cutWarningCharacters = 256;
/** Of HTTP/2, where every name and value is a field of its own. */
export const headerFieldsMax = 1_000;
/** What a client may send of one body before some of it is read: Kubernetes' number. */
export const streamWindowBytes = 256 * 1024;
/** `--http2-max-streams-per-connection`, when it is 0: Kubernetes' number. */
export const streamsByDefault = 100;
/** What Node.js may hold for one connection of HTTP/2; beyond it new requests are refused. */
export const sessionMemoryMebibytes = 64;
/** A connection of HTTP/2 without requests is closed after this time: Kubernetes' number. */
export const idleSessionMs = 90_000;
/** How long a client may take to let the news of a broken answer through; after it, the whole connection is cut. */
export const resetWaitMs = 5_000;
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
export const readerStallMs = 30_000;
/** Unsent bytes of one watcher's WebSocket beyond which no more events are taken from its queue. */
export const watchBufferBytesMax = 64 * 1024;

/** Any other request may take this long before it is answered with a timeout. */
export const requestTimeoutMs = 60_000;
/** How long a request that came before roles were loaded waits for them; after it the client is told to come back. */
export const startupWaitMs = 5_000;
/** How long requests under way may take after SIGTERM before their connections are cut. */
export const shutdownDrainMs = 10_000;
/** How long the store may be unreachable at the start before the process gives up. */
export const storeConnectTimeoutMs = 60_000;
export const storeRetryMs = 500;

/** Verified tokens are remembered this long: a revoked one works no longer than that. */
export const tokenCacheTtlMs = 10_000;
export const tokenCacheEntriesMax = 4_096;
/** Distinct Accept headers whose parse is remembered. */
export const acceptCacheEntriesMax = 256;

/** An answer of the store is taken as healthy this long, so that many probes cost one request. */
export const storeHealthTtlMs = 1_000;
export const storeHealthTimeoutMs = 2_000;
/** At the start, longer than the store client tries by itself (5 s, and 2 s for an attempt under way): its error says why, such as a certificate that nobody trusts. */
export const storeProbeTimeoutMs = 8_000;

/** How long a component may take to answer, when somebody lists ComponentStatuses; and how much of the answer is shown. */
export const componentProbeTimeoutMs = 2_000;
export const componentAnswerBytesMax = 10_240;

/** How often extension-apiserver-authentication is looked at, and how long an authority stays in it that has expired: Kubernetes' own. */
export const authenticationInfoCheckMs = 60_000;
export const expiredAuthorityGraceMs = 5 * 60_000;

/** How often an API server renews its entry in the kubernetes Service, and how long the entry outlives it. */
export const apiServerLeaseRenewMs = 10_000;
export const apiServerLeaseTtlSeconds = 15;
assert(apiServerLeaseTtlSeconds * 1_000 > apiServerLeaseRenewMs, 'an API server renews its lease before it expires');

/** A kubelet has to accept the connection and answer with headers within this time; the body may stream on for ever. */
export const kubeletHeadersTimeoutMs = 30_000;

/** Neighbours in a watch cache whose text is put together once for all lists: a change makes one block's text anew, about 350 kB of pods. */
export const listBlockObjectsMax = 128;
/** A list's small texts are sent in pieces of about this size: each piece costs a system call, and none should be held for long. */
export const listPieceBytes = 128 * 1024;
/** Labels and fields by which one watch cache can find objects; the one that was asked for longest ago goes first. */
export const objectIndexesMax = 8;
/** Policies and webhook configurations whose expressions are kept compiled, those included that are gone: more than a cluster has. */
export const compiledObjectsMax = 1_024;
/** Objects that this server writes and whose event has not come yet: far more than are ever under way. */
export const recentWritesMax = 1_024;
/** Events that one watch cache remembers, so that watches can start or resume from the recent past without the store. */
export const watchWindowEventsMax = 4_096;
/** Events that wait for one watcher. More: it is told 410 Expired and lists again, and nobody else waits for it. */
export const watchQueueEventsMax = 10_000;
/** Objects of a watch's initial list that are encoded in one go. */
export const watchBatchEventsMax = 500;
/** History that is replayed from the store for one watcher older than the window; beyond it, relisting is cheaper. */
export const watchReplayEventsMax = 10_000;
/** Kubernetes' bookmark period: how stale the resourceVersion of an idle watcher may become. */
export const bookmarkPeriodMs = 60_000;

/** How long a read waits for its cache to reach the revision it must see: Kubernetes' blockTimeout. */
export const freshWaitMsMax = 3_000;
/** The cache asks the store how far its watch has come: first after the shorter time, then ever less often. */
export const progressRetryMinMs = 2;
export const progressRetryMaxMs = 64;
/** Objects that one range request of a cache being filled, or of a list from the past, fetches. */
export const rangePageObjectsMax = 1_000;
export const cacheRetryMinMs = 50;
export const cacheRetryMaxMs = 1_000;

/** Attempts of a write against ever-changing objects; beyond it the client is told of the conflict. */
export const updateAttemptsMax = 16;
/**
 * How often, and every how many milliseconds at least and at most, a pod's namespace is looked at for the ServiceAccount `default`,
 * which a controller makes a moment after the namespace: Kubernetes' numbers.
 */
export const defaultAccountAttempts = 10;
export const defaultAccountRetryMinMs = 100;
export const defaultAccountRetryMaxMs = 200;

/** Attempts to charge quotas that other servers charge at the same time; beyond it the client hears of the conflict. */
export const quotaAttemptsMax = 16;
/** Names that are tried for one generateName before the client hears of the collision: Kubernetes' number. */
export const generateNameAttemptsMax = 8;

/** Of service-account tokens. */
export const tokenLifetimeByDefaultSeconds = 3_600;
export const tokenLifetimeMinSeconds = 600;
export const tokenLifetimeMaxSeconds = 2 ** 32;
/** `--service-account-max-token-expiration` may not be below it: clients would have to renew without a pause. */
export const tokenExpirationMinMs = 3_600_000;
/** What kubelets ask for a pod that reads its token only once, and what such a token really gets (KEP-1205). */
export const extendableTokenSeconds = 3_607;
export const extendedTokenSeconds = 365 * 24 * 3_600;
/** How long a token outlives the deletionTimestamp of what it is bound to: time for a last request of a pod that ends. */
export const deletedObjectGraceMs = 60_000;

/** An OpenID provider that does not answer must not hold requests; it is asked again after a while. */
export const oidcRequestTimeoutMs = 10_000;
export const oidcDiscoveryRetryMs = 10_000;

/** How long a stopping server tries to take itself out of the kubernetes Service; else its lease runs out. */
export const leaveTimeoutMs = 2_000;

/** How long Events live: Kubernetes' default of --event-ttl. */
export const eventTtlSeconds = 3_600;
/** Objects written within this time share a lease, up to this many: Kubernetes' numbers. */
export const leaseReuseMs = 60_000;
export const leaseObjectsMax = 1_000;

/** How long the deletion of a CustomResourceDefinition waits for the finalizers of its objects before it says so and begins anew: Kubernetes' minute. */
export const instancesGoneWaitMs = 60_000;
export const instancesGonePollMs = 250;
/** Between attempts to bring the status of a CustomResourceDefinition up to date. */
export const crdRetryMinMs = 50;
export const crdRetryMaxMs = 30_000;
/** Longer results of a messageExpression are not shown: Kubernetes' number. */
export const ruleMessageBytesMax = 5 * 1024;

/** Of one file of the audit log, when `--audit-log-maxsize` does not say: the default of the library that Kubernetes rotates it with. */
export const auditFileBytesByDefault = 100 * 1024 * 1024;
/** Of a client's own Audit-ID: what is longer is cut, as Kubernetes does. */
export const auditIdCharactersMax = 64;

/** What a webhook may answer: no object that it could patch is larger. */
export const webhookAnswerBytesMax = 3_145_728;
/** Clients kept for webhooks, one for each host name and certificate bundle. */
export const webhookClientsMax = 64;
/** What a conversion webhook may answer: it is asked for whole lists at a time. */
export const conversionAnswerBytesMax = 134_217_728;
/** How long it may take for that: Kubernetes' limit. */
export const conversionTimeoutMs = 30_000;
/** How long a webhook may take that does not say so: Kubernetes' default. */
export const webhookTimeoutByDefaultMs = 10_000;

/** How long an extension API server may take to tell of itself: Kubernetes' number. */
export const extensionTimeoutMs = 5_000;
/** Of a document that an extension API server publishes of itself. */
export const extensionDocumentBytesMax = 32 * 1024 * 1024;
/** How often an extension API server is asked whether it is there, when nothing else gives a reason to: Kubernetes' resync. */
export const extensionCheckPeriodMs = 30_000;
/** After a check that failed: first after the shorter time. */
export const extensionRetryMinMs = 200;
export const extensionRetryMaxMs = 10_000;
/** Between attempts to write the status of an object of which the API server is the controller. */
export const statusRetryMinMs = 50;
export const statusRetryMaxMs = 30_000;

/** How long a request may wait in its queue: a quarter of the time that it has, as in Kubernetes. */
export const queueWaitMsMax = requestTimeoutMs / 4;
/** How often priority levels lend each other seats anew: Kubernetes' period. */
export const seatAdjustPeriodMs = 10_000;
/** A list takes a seat for so many objects, up to so many seats: Kubernetes' numbers. */
export const objectsPerSeat = 100;
export const seatsPerRequestMax = 10;
/** Kinds of requests of one user whose flow is remembered. */
export const classifiedPerUserMax = 256;
