import { hasReason, type Pod, type PodStatus } from '@flotilla/api';
import { type BackoffLimits, backoffMs, type Cancel, type Clock, type Logger, type Random } from '@flotilla/base';
import type { ResourceClient } from '@flotilla/client';
import { ownConditionTypes } from './conditions.js';

export interface StatusWriterOptions {
  readonly pods: ResourceClient<Pod>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Pause after a write that failed. */
  readonly limits: BackoffLimits;
}

interface Entry {
  pod: Pod;
  wanted: PodStatus;
  /** The status that the API has accepted, as JSON. */
  sent: string | undefined;
  /** The `resourceVersion` that the last write led to. */
  sentVersion: number;
  writing: Promise<void> | undefined;
  cancelRetry: Cancel | undefined;
  failures: number;
}

/**
 * Sends pods' statuses to the API: one request at a time for a pod, only when something changed, and only the latest. Failures are
 * tried again until the pod is gone, so that an API server that comes back hears what happened meanwhile.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** Remembers the status as the one to be seen in the API. @param pod as the API last showed it */
  set(pod: Pod, wanted: PodStatus): void {
    const uid = pod.metadata.uid ?? '';
    const entry: Entry = this.#entries.get(uid) ?? {
      pod,
      wanted,
      sent: undefined,
      sentVersion: 0,
      writing: undefined,
      cancelRetry: undefined,
      failures: 0,
    };
    entry.pod = pod;
    entry.wanted = wanted;
    this.#entries.set(uid, entry);
    this.#write(uid, entry);
  }

  /**
   * The pod with the newest status there is: the API's, unless the watch has not caught up with what was set here. Computing the next
   * status from it keeps transition times stable and still sees what others wrote.
   */
  withNewestStatus(pod: Pod): Pod {
    const entry = this.#entries.get(pod.metadata.uid ?? '');
    if (entry === undefined) return pod;
    const seen = isSent(entry) && Number(pod.metadata.resourceVersion) >= entry.sentVersion;
    return seen ? pod : { ...pod, status: entry.wanted };
  }

  /** @returns whether the API has the wanted status; after one attempt if it had not */
  async flush(uid: string): Promise<boolean> {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return true;
    this.#write(uid, entry);
    await entry.writing;
    return isSent(entry);
  }

  forget(uid: string): void {
    this.#entries.get(uid)?.cancelRetry?.();
    this.#entries.delete(uid);
  }

  close(): void {
    for (const uid of [...this.#entries.keys()]) this.forget(uid);
  }

  #write(uid: string, entry: Entry): void {
    if (entry.writing !== undefined || isSent(entry)) return;
    entry.cancelRetry?.();
    entry.cancelRetry = undefined;
    entry.writing = this.#send(entry).then((again) => {
      entry.writing = undefined;
      if (this.#entries.get(uid) !== entry || isSent(entry)) return;
      if (again === 'now') this.#write(uid, entry);
      else entry.cancelRetry = this.#options.clock.after(this.#delayMs(entry), () => this.#write(uid, entry));
    });
  }

  #delayMs(entry: Entry): number {
    const { limits, random } = this.#options;
    return backoffMs(++entry.failures, limits, random);
  }

  async #send(entry: Entry): Promise<'now' | 'later'> {
    const { pod, wanted } = entry;
    const { namespace, name = '', uid } = pod.metadata;
    try {
      // The uid makes sure that it is this pod, not a younger one of the same name.
      const answer = await this.#options.pods.patchStatus(
        name,
        { metadata: { uid }, status: statusPatch(pod.status ?? {}, wanted) },
        { namespace },
      );
      entry.failures = 0;
      entry.sent = JSON.stringify(wanted);
      entry.sentVersion = Number(answer.metadata.resourceVersion);
      return 'now';
    } catch (error) {
      if (hasReason(error, 'NotFound') || hasReason(error, 'Conflict')) {
        entry.sent = JSON.stringify(wanted); // the pod is gone, or replaced: nobody is left to tell
        return 'now';
      }
      this.#options.log.warn({ err: error, pod: `${namespace}/${name}` }, 'failed to patch the status of a pod');
      return 'later';
    }
  }
}

function isSent(entry: Entry): boolean {
  return entry.sent === JSON.stringify(entry.wanted) || (entry.sent === undefined && sameStatus(entry.pod.status, entry.wanted));
}

/**
 * A strategic merge patch: lists of containers are replaced, conditions merge by type. What is no longer there has to be nulled, or it
 * would stay: a condition that is met has no reason and no message any more.
 */
function statusPatch(old: PodStatus, wanted: PodStatus): Record<string, unknown> {
  const removed = Object.keys(old).filter((key) => !(key in wanted) && kubeletFields.has(key));
  const conditions = (wanted.conditions ?? []).map((condition) =>
    kubeletConditions.has(condition.type) ? { reason: null, message: null, ...condition } : condition,
  );
  return { ...wanted, conditions, ...Object.fromEntries(removed.map((key) => [key, null])) };
}

const kubeletConditions = new Set<string>(ownConditionTypes);
const kubeletFields = new Set([
  'reason',
  'message',
  'podIP',
  'podIPs',
  'hostIP',
  'hostIPs',
  'initContainerStatuses',
  'containerStatuses',
]);

function sameStatus(old: PodStatus | undefined, wanted: PodStatus): boolean {
  return old !== undefined && canonical({ ...old, qosClass: undefined }) === canonical({ ...wanted, qosClass: undefined });
}

/** JSON with sorted members, and without what is absent or empty: two statuses that mean the same read the same. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member === null || typeof member !== 'object') return member;
    if (Array.isArray(member)) return member;
    const entries = Object.entries(member).filter(([, inner]) => inner !== undefined && inner !== null && !isEmptyObject(inner));
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
