import { hasReason, type Node, type Persisted, type Pod } from '@flotilla/api';
import { type Clock, errorMessage, type Logger, type Random } from '@flotilla/base';
import { Cache } from './cache/cache.js';
import type { PodInfo } from './cache/pod-info.js';
import { NodeFinder, type NoFit } from './find-node.js';
import type { ClusterEvent } from './framework/cluster-event.js';
import { CycleState } from './framework/cycle-state.js';
import { FitError, fitMessage } from './framework/fit-error.js';
import { Framework } from './framework/framework.js';
import type { ProfilePlugin, Trial } from './framework/plugin.js';
import { bindingsInFlightMax, podsPerTurnMax } from './limits.js';
import { Nominator } from './nominator.js';
import type { QueuedPod } from './queue/queued-pod.js';
import { SchedulingQueue } from './queue/scheduling-queue.js';

/** What the scheduler tells the world, besides bindings. */
export interface Reporter {
  scheduled(pod: Persisted<Pod>, nodeName: string): void;
  /** @param nominatedNodeName the node that preemption makes free, if any */
  failed(pod: Persisted<Pod>, reason: 'Unschedulable' | 'SchedulerError', message: string, nominatedNodeName?: string): void;
  /** One attempt is over. */
  attempted(result: 'scheduled' | 'unschedulable' | 'error', seconds: number): void;
}

export interface SchedulerDeps {
  readonly profile: (trial: Trial) => readonly ProfilePlugin[];
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Resolves after other work of the process had its turn. */
  readonly yieldTurn: () => Promise<void>;
}

/**
 * Takes one pod after the other, decides on its node synchronously, and binds it in the background, counting it on that node
 * meanwhile. The informers' handlers are its inputs; it never asks the API server for anything.
 */
export class Scheduler {
  readonly cache = new Cache();
  readonly queue: SchedulingQueue;
  readonly #framework: Framework;
  readonly #finder: NodeFinder;
  readonly #nominator = new Nominator();
  readonly #deps: SchedulerDeps;
  readonly #bindings = new Set<Promise<void>>();

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
    this.#framework = new Framework(deps.profile({ fits: (pod, node, snapshot) => this.#finder.fits(pod, node, snapshot) }));
    this.#finder = new NodeFinder(this.#framework, this.#nominator, deps.random);
    this.queue = new SchedulingQueue({
      clock: deps.clock,
      gate: (pod) => this.#framework.preEnqueue(pod),
      wakes: (rejectedBy, event, pod) => this.#framework.wakes(rejectedBy, event, pod),
    });
  }

  /** Until the signal aborts; then waits for the bindings under way. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.queue.close();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      for (let turn = 1; !signal.aborted; turn++) {
        const item = await this.queue.take();
        if (item === undefined) break;
        this.schedule(item, signal);
        while (this.#bindings.size >= bindingsInFlightMax) await Promise.race(this.#bindings);
        if (turn % podsPerTurnMax === 0) await this.#deps.yieldTurn();
      }
    } finally {
      signal.removeEventListener('abort', stop);
      this.queue.close();
      await Promise.allSettled(this.#bindings);
    }
  }

  podAppeared(pod: Persisted<Pod>): void {
    const nominated = pod.status?.nominatedNodeName ?? '';
    this.queue.add(pod);
    const info = this.queue.infoOf(pod.metadata.uid);
    if (nominated !== '' && info !== undefined) this.#nominator.set(info, nominated);
  }

  podChanged(pod: Persisted<Pod>): void {
    this.queue.update(pod);
  }

  /** A pod without a node was deleted, or has ended. */
  podVanished(pod: Persisted<Pod>): void {
    this.queue.delete(pod.metadata.uid);
    this.#renominate({ uid: pod.metadata.uid, pod }, { nodeName: undefined });
    if (!this.cache.isAssumed(pod.metadata.uid)) return;
    // Its binding is under way, and will find nobody: what was counted for it is free.
    this.cache.forget(pod.metadata.uid);
    this.moved({ type: 'podDeleted', pod });
  }

  podPlaced(pod: Persisted<Pod>): void {
    this.queue.delete(pod.metadata.uid);
    this.cache.setPod(pod);
    this.#renominate({ uid: pod.metadata.uid, pod }, { nodeName: pod.spec.nodeName });
    this.moved({ type: 'podAdded', pod });
  }

  placedPodChanged(before: Persisted<Pod>, after: Persisted<Pod>): void {
    this.cache.setPod(after);
    this.moved({ type: 'podUpdated', before, after });
  }

  placedPodVanished(pod: Persisted<Pod>): void {
    this.cache.removePod(pod.metadata.uid);
    this.moved({ type: 'podDeleted', pod });
  }

  nodeAppeared(node: Persisted<Node>): void {
    this.cache.setNode(node);
    this.moved({ type: 'nodeAdded', node });
  }

  nodeChanged(before: Persisted<Node>, after: Persisted<Node>): void {
    this.cache.setNode(after);
    this.moved({ type: 'nodeUpdated', before, after });
  }

  nodeVanished(node: Persisted<Node>): void {
    this.cache.removeNode(node.metadata.name);
    this.moved({ type: 'nodeDeleted', node });
  }

  moved(event: ClusterEvent): void {
    this.queue.moved(event);
  }

  /** One attempt. Everything up to the start of the binding happens before it returns. */
  schedule(item: QueuedPod, signal: AbortSignal): void {
    const { info } = item;
    const startMs = this.#deps.clock.monotonicMs();
    if (info.pod.metadata.deletionTimestamp !== undefined || this.cache.isAssumed(info.uid)) {
      this.queue.done(item);
      return;
    }
    const state = new CycleState();
    const found = this.#finder.find(state, info, this.cache);
    if ('error' in found) {
      this.#unschedulable(item, state, found, startMs);
      return;
    }
    const nodeName = found.name;
    this.cache.assume(info, nodeName);
    const rejection = this.#framework.reserve(state, info, nodeName);
    if (rejection !== undefined) {
      this.cache.forget(info.uid);
      const rejections = new Map([[nodeName, rejection]]);
      const error = new FitError(fitMessage(1, rejections), new Set([rejection.plugin]));
      this.#unschedulable(item, state, { rejections, error }, startMs);
      return;
    }
    const binding = this.#bind(item, state, nodeName, startMs, signal).finally(() => this.#bindings.delete(binding));
    this.#bindings.add(binding);
  }

  /** Never rejects. */
  async #bind(item: QueuedPod, state: CycleState, nodeName: string, startMs: number, signal: AbortSignal): Promise<void> {
    const { info } = item;
    const { clock, reporter, log } = this.#deps;
    try {
      await this.#framework.permit(state, info, nodeName);
      await this.#framework.bind(state, info, nodeName, signal);
      this.queue.done(item);
      this.#renominate(info, { nodeName });
      reporter.scheduled(info.pod, nodeName);
      reporter.attempted('scheduled', (clock.monotonicMs() - startMs) / 1_000);
      log.debug({ pod: info.key, node: nodeName }, 'bound');
    } catch (error) {
      this.#bindingFailed(item, state, nodeName, error, signal);
      reporter.attempted('error', (clock.monotonicMs() - startMs) / 1_000);
    }
  }

  /** The binding was not written: the pod is not counted any more and is tried again after its backoff. */
  #bindingFailed(item: QueuedPod, state: CycleState, nodeName: string, error: unknown, signal: AbortSignal): void {
    const { info } = item;
    this.#framework.unreserve(state, info, nodeName);
    const wasAssumed = this.cache.isAssumed(info.uid);
    this.cache.forget(info.uid);
    if (signal.aborted || hasReason(error, 'NotFound')) {
      this.queue.done(item);
      return;
    }
    const message = errorMessage(error);
    this.#deps.log.warn({ pod: info.key, node: nodeName, detail: message }, 'binding failed');
    if (!wasAssumed) {
      this.queue.done(item); // the informer has shown it on a node, or gone
      return;
    }
    this.queue.requeueAfterError(item);
    if (!hasReason(error, 'Conflict')) this.#deps.reporter.failed(info.pod, 'SchedulerError', message);
    // What was counted for it is free again.
    this.moved({ type: 'podDeleted', pod: info.pod });
  }

  #unschedulable(item: QueuedPod, state: CycleState, { rejections, error }: NoFit, startMs: number): void {
    const { info } = item;
    const { clock, reporter } = this.#deps;
    const result = rejections.size === 0 ? undefined : this.#framework.postFilter(state, info, this.cache, rejections);
    const message = result === undefined || result.message === '' ? error.message : `${error.message} ${result.message}`;
    const nominated = result?.nominatedNodeName;
    this.#renominate(info, { promised: info, nodeName: nominated });
    this.queue.requeueUnschedulable(item, error.rejectedBy);
    reporter.failed(info.pod, 'Unschedulable', message, nominated ?? '');
    reporter.attempted('unschedulable', (clock.monotonicMs() - startMs) / 1_000);
  }

  /** The promise of a node to a pod is kept, moved to another node, or withdrawn: then its room is free for others. */
  #renominate(
    { uid, pod }: Pick<PodInfo, 'uid' | 'pod'>,
    to: { readonly promised?: PodInfo; readonly nodeName: string | undefined },
  ): void {
    const before = this.#nominator.nodeOf(uid);
    if (to.promised !== undefined && to.nodeName !== undefined) this.#nominator.set(to.promised, to.nodeName);
    else this.#nominator.delete(uid);
    if (before !== undefined && before !== to.nodeName) this.moved({ type: 'podDeleted', pod });
  }
}
