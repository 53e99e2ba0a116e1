import { equalJson, type Persisted, type Pod } from '@flotilla/api';
import type { Cancel, Clock } from '@flotilla/base';
import { type PodInfo, podInfo } from '../cache/pod-info.js';
import type { ClusterEvent } from '../framework/cluster-event.js';
import { unschedulableFlushMs, unschedulableMaxMs } from '../limits.js';
import { Heap } from './heap.js';
import { backoffAfter, type QueuedPod, queuedPod } from './queued-pod.js';

export interface QueueDeps {
  readonly clock: Clock;
  /** A reason to keep a pod out of the queue (scheduling gates). */
  readonly gate: (pod: Pod) => string | undefined;
  /** Whether an event may make a pod schedulable that these plugins rejected. */
  readonly wakes: (rejectedBy: ReadonlySet<string>, event: ClusterEvent, pod: PodInfo) => boolean;
}

/**
 * Pods without a node. Each is in exactly one place: *active* (to be tried next, highest priority first), *backing off* (failed
 * recently), *unschedulable* (waits for an event that could help), or taken by the scheduler.
 */
export class SchedulingQueue {
  readonly #deps: QueueDeps;
  readonly #active: Heap<QueuedPod>;
  readonly #backoff: Heap<QueuedPod>;
  readonly #unschedulable = new Map<string, QueuedPod>();
  readonly #taken = new Map<string, QueuedPod>();
  #waiting: ((pod: QueuedPod | undefined) => void) | undefined;
  #cancelBackoff: Cancel | undefined;
  #cancelFlush: Cancel | undefined;
  #closed = false;

  constructor(deps: QueueDeps) {
    this.#deps = deps;
    this.#active = new Heap((item) => item.info.uid, isBefore);
    this.#backoff = new Heap(
      (item) => item.info.uid,
      (a, b) => a.backoffUntilMs < b.backoffUntilMs,
    );
  }

  get sizes(): { readonly active: number; readonly backoff: number; readonly unschedulable: number; readonly gated: number } {
    let gated = 0;
    for (const { gate } of this.#unschedulable.values()) if (gate !== undefined) gated++;
    return {
      active: this.#active.size,
      backoff: this.#backoff.size,
      unschedulable: this.#unschedulable.size - gated,
      gated,
    };
  }

  infoOf(uid: string): PodInfo | undefined {
    return this.#find(uid)?.info;
  }

  /** A pod without a node was seen for the first time, or came back. */
  add(pod: Persisted<Pod>): void {
    if (this.#find(pod.metadata.uid) !== undefined) this.update(pod);
    else this.#enqueue(queuedPod(podInfo(pod), this.#now()));
  }

  /** The pod itself changed: if that could help, it is tried again. */
  update(pod: Persisted<Pod>): void {
    const { uid } = pod.metadata;
    const taken = this.#taken.get(uid);
    const item = taken ?? this.#find(uid);
    if (item === undefined) {
      this.add(pod);
      return;
    }
    const before = item.info.pod;
    item.info = podInfo(pod);
    if (taken !== undefined) return;
    if (this.#unschedulable.has(uid)) {
      if (!mayHelp(before, pod)) return;
      this.#unschedulable.delete(uid);
      this.#retry(item);
    } else if (this.#active.remove(uid) !== undefined) this.#enqueue(item);
  }

  /** Deleted, or bound. */
  delete(uid: string): void {
    this.#taken.delete(uid);
    this.#active.remove(uid);
    this.#backoff.remove(uid);
    this.#unschedulable.delete(uid);
  }

  /** Takes the next pod; waits until there is one. `done` or one of the two `requeue…` must follow. @returns undefined once the queue is closed */
  async take(): Promise<QueuedPod | undefined> {
    if (this.#closed) return undefined;
    const next = this.#active.pop();
    if (next === undefined) {
      return new Promise((resolve) => {
        this.#waiting = resolve;
      });
    }
    return this.#hand(next);
  }

  /** The pod that was taken has a node now. */
  done(item: QueuedPod): void {
    this.#taken.delete(item.info.uid);
  }

  /** Plugins rejected the pod: it waits until an event that may change their mind; without plugins, until any event. */
  requeueUnschedulable(item: QueuedPod, rejectedBy: ReadonlySet<string>): void {
    if (!this.#taken.delete(item.info.uid)) return; // deleted meanwhile
    item.rejectedBy = rejectedBy;
    this.#failed(item);
    this.#unschedulable.set(item.info.uid, item);
    this.#flushLater();
  }

  /** The attempt failed for a reason that has nothing to do with the pod: it is tried again after its backoff. */
  requeueAfterError(item: QueuedPod): void {
    if (!this.#taken.delete(item.info.uid)) return;
    item.rejectedBy = new Set();
    this.#failed(item);
    this.#retry(item);
  }

  /** Something happened: the pods that it may help are tried again. */
  moved(event: ClusterEvent): void {
    for (const [uid, item] of this.#unschedulable) {
      if (item.gate !== undefined) continue;
      if (item.rejectedBy.size > 0 && !this.#deps.wakes(item.rejectedBy, event, item.info)) continue;
      this.#unschedulable.delete(uid);
      this.#retry(item);
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancelBackoff?.();
    this.#cancelFlush?.();
    this.#waiting?.(undefined);
  }

  #now(): number {
    return this.#deps.clock.monotonicMs();
  }

  #find(uid: string): QueuedPod | undefined {
    return this.#taken.get(uid) ?? this.#active.get(uid) ?? this.#backoff.get(uid) ?? this.#unschedulable.get(uid);
  }

  #failed(item: QueuedPod): void {
    item.queuedMs = this.#now();
    item.backoffUntilMs = this.#now() + backoffAfter(item.attempts);
  }

  #retry(item: QueuedPod): void {
    if (item.backoffUntilMs <= this.#now()) {
      this.#enqueue(item);
      return;
    }
    this.#backoff.push(item);
    this.#armBackoff();
  }

  #enqueue(item: QueuedPod): void {
    item.gate = this.#deps.gate(item.info.pod);
    if (item.gate !== undefined) {
      this.#unschedulable.set(item.info.uid, item);
      return;
    }
    const waiting = this.#waiting;
    if (waiting === undefined) {
      this.#active.push(item);
      return;
    }
    this.#waiting = undefined;
    waiting(this.#hand(item));
  }

  #hand(item: QueuedPod): QueuedPod {
    item.attempts++;
    this.#taken.set(item.info.uid, item);
    return item;
  }

  /** One timer, for the pod whose backoff ends first. */
  #armBackoff(): void {
    this.#cancelBackoff?.();
    this.#cancelBackoff = undefined;
    const first = this.#backoff.peek();
    if (first === undefined || this.#closed) return;
    this.#cancelBackoff = this.#deps.clock.after(Math.max(0, first.backoffUntilMs - this.#now()), () => {
      for (
        let next = this.#backoff.peek();
        next !== undefined && next.backoffUntilMs <= this.#now();
        next = this.#backoff.peek()
      ) {
        this.#backoff.pop();
        this.#enqueue(next);
      }
      this.#armBackoff();
    });
  }

  #flushLater(): void {
    if (this.#closed) return;
    this.#cancelFlush ??= this.#deps.clock.after(unschedulableFlushMs, () => {
      this.#cancelFlush = undefined;
      const before = this.#now() - unschedulableMaxMs;
      for (const [uid, item] of this.#unschedulable) {
        if (item.gate !== undefined || item.queuedMs > before) continue;
        this.#unschedulable.delete(uid);
        this.#retry(item);
      }
      if (this.#unschedulable.size > 0) this.#flushLater();
    });
  }
}

function isBefore(a: QueuedPod, b: QueuedPod): boolean {
  return a.info.priority === b.info.priority ? a.queuedMs < b.queuedMs : a.info.priority > b.info.priority;
}

/** Everything but the status, which the scheduler itself writes, may matter: spec, labels, annotations, deletion. */
function mayHelp(before: Pod, after: Pod): boolean {
  const { labels, annotations, deletionTimestamp } = after.metadata;
  return (
    !equalJson(before.spec, after.spec) ||
    !equalJson(before.metadata.labels ?? {}, labels ?? {}) ||
    !equalJson(before.metadata.annotations ?? {}, annotations ?? {}) ||
    before.metadata.deletionTimestamp !== deletionTimestamp
  );
}
