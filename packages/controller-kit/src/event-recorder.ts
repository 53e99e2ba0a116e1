import { type Event, hasReason, type ObjectReference, type Persisted } from '@flotilla/api';
import { BoundedQueue, type Clock, type Logger, type Random, randomSuffix } from '@flotilla/base';
import type { ResourceClient } from '@flotilla/client';
import { timestamp } from './condition.js';

export interface EventRecorderOptions {
  readonly events: ResourceClient<Event>;
  /** Who reports: `deployment-controller`. */
  readonly component: string;
  readonly host?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

interface Recorded {
  readonly name: string;
  readonly firstTimestamp: string;
  count: number;
}

interface Budget {
  tokens: number;
  filledMs: number;
}

interface Report {
  readonly object: Persisted;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly fieldPath: string | undefined;
}

/** Events waiting to be sent; those beyond it are dropped: events inform people, nothing depends on them. */
const pendingEventsMax = 500;
/** Different events remembered for counting, and objects for the limit below. */
const rememberedMax = 4_096;
/** As in Kubernetes: 25 events about one object at once, then one in five minutes. */
const eventsBurst = 25;
const eventRefillMs = 5 * 60_000;

/** Tells people what happened to an object (`kubectl describe`). Repeats of an event raise its count. Never throws, never waits. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #pending = new BoundedQueue<Report>(pendingEventsMax);
  readonly #recorded = new Map<string, Recorded>();
  readonly #budgets = new Map<string, Budget>();
  #sending = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** @param fieldPath the part of the object that it is about: `spec.containers{web}` */
  normal(object: Persisted, reason: string, message: string, fieldPath?: string): void {
    this.#report({ object, type: 'Normal', reason, message, fieldPath });
  }

  /** As `normal`, for what somebody may have to look after. */
  warning(object: Persisted, reason: string, message: string, fieldPath?: string): void {
    this.#report({ object, type: 'Warning', reason, message, fieldPath });
  }

  #report(report: Report): void {
    if (!this.#withinBudget(report.object.metadata.uid)) return;
    this.#pending.push(report);
    if (!this.#sending) void this.#send();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    for (let report = this.#pending.shift(); report !== undefined; report = this.#pending.shift()) {
      try {
        await this.#record(report);
      } catch (error) {
        this.#options.log.debug({ err: error, reason: report.reason }, 'an event was not recorded');
      }
    }
    this.#sending = false;
  }

  async #record(report: Report): Promise<void> {
    const { events, clock } = this.#options;
    const { object, type, reason, message, fieldPath } = report;
    const key = JSON.stringify([object.metadata.uid, fieldPath, type, reason, message]);
    const now = timestamp(clock.wallMs());
    const namespace = object.metadata.namespace ?? 'default';
    const known = this.#recorded.get(key);
    if (known !== undefined) {
      try {
        await events.patch(known.name, { count: known.count + 1, lastTimestamp: now }, { namespace, type: 'merge' });
        known.count++;
        return;
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error; // events live for an hour: it is made anew
      }
    }
    const name = `${object.metadata.name}.${clock.wallMs().toString(16)}${randomSuffix(this.#options.random, 5)}`;
    await events.create(this.#event(report, name, namespace, now));
    remember(this.#recorded, key, { name, firstTimestamp: now, count: 1 });
  }

  #event({ object, type, reason, message, fieldPath }: Report, name: string, namespace: string, now: string): Event {
    const { component, host } = this.#options;
    const { apiVersion, kind, metadata } = object;
    const involvedObject: ObjectReference = {
      apiVersion,
      kind,
      name: metadata.name,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      ...(fieldPath !== undefined && { fieldPath }),
    };
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject,
      type,
      reason,
      message: message.slice(0, 1_024),
      source: { component, ...(host !== undefined && { host }) },
      reportingComponent: component,
      reportingInstance: host ?? '',
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
  }

  #withinBudget(uid: string): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const budget = this.#budgets.get(uid) ?? { tokens: eventsBurst, filledMs: nowMs };
    const refills = Math.floor((nowMs - budget.filledMs) / eventRefillMs);
    budget.tokens = Math.min(eventsBurst, budget.tokens + refills);
    budget.filledMs += refills * eventRefillMs;
    remember(this.#budgets, uid, budget);
    if (budget.tokens === 0) return false;
    budget.tokens--;
    return true;
  }
}

/** Keeps the most recently used. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= rememberedMax) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}
