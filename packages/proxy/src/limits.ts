import { assert } from '@flotilla/base';

/** How long one endpoint may take to accept while others are left to try; a vanished host never answers. */
export const connectTimeoutMs = 1_000;
/** The same for the last one, where waiting for a lost SYN to be sent again is all that is left. */
export const lastConnectTimeoutMs = 5_000;
/** Connections relayed by one rule at a time. */
export const connectionsPerRuleMax = 10_000;
/** Finds peers whose host vanished without FIN or RST. */
export const keepAliveDelayMs = 30_000;
/** Clients remembered by one rule with session affinity; the one unseen for longest is forgotten first. */
export const affinityClientsMax = 10_000;
/** UDP clients of one rule; beyond it the one unseen for longest is forgotten. */
export const udpSessionsMax = 4_096;
/** A UDP client that says nothing for this long is forgotten (Linux conntrack keeps 30 s to 120 s). */
export const udpIdleMs = 60_000;
/** Changes that come in a burst are applied together, at most this often. */
export const syncIntervalMinMs = 100;
/** Rules that could not be applied, and routes, are tried again within these limits. */
export const retryBackoff = { baseMs: 100, maxMs: 30_000 };
/** Somebody may remove our routes behind our back; they are put back this often. */
export const routeResyncMs = 60_000;
/** A sync that takes longer makes the proxy unhealthy, as in Kubernetes. */
export const syncStuckMs = 120_000;
/** `ip` answers in milliseconds. */
export const ipCommandTimeoutMs = 10_000;
/** Where the holder of a service range listens, on the range's network address. kube-proxy's own metrics port, which is free here. */
export const claimPort = 10_249;
/** Tag of our routes (`proto 70`), so that nobody else's are ever touched. */
export const routeProtocol = 70;

assert(syncIntervalMinMs < syncStuckMs, 'a sync may start before it counts as stuck');
