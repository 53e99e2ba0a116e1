import { type Persisted, type Pod, statusErrors } from '@flotilla/api';
import { ManualClock, seededRandom, silentLogger } from '@flotilla/base';
import { ConnectionError } from '@flotilla/client';
import { type BindingApi, bindingWriter } from '../binding-writer.js';
import type { DefaultSelector } from '../plugins/pod-topology-spread/index.js';
import { defaultProfile } from '../profile.js';
import { Scheduler } from '../scheduler.js';
import { placed } from './objects.js';

export interface Failure {
  readonly pod: string;
  readonly reason: string;
  readonly message: string;
  readonly nominated: string | undefined;
}

/** A scheduler, and the part of an API server that it meets: bindings that are written once, and what informers tell of them. */
export class SimulatedCluster {
  readonly clock = new ManualClock();
  readonly scheduler: Scheduler;
  /** Pods by name, as the API server has them. */
  readonly pods = new Map<string, Persisted<Pod>>();
  readonly failures: Failure[] = [];
  readonly evicted: string[] = [];
  /** Names of pods, once for every binding that was written. */
  readonly bindings: string[] = [];
  /** Errors that the next bindings meet, first come first served; `lost` is written, but its answer never arrives. */
  readonly bindingFaults: ('refused' | 'lost')[] = [];
  /** While set, bindings wait for it. */
  bindingGate: Promise<void> | undefined;
  /** Pods that are bound, which the informer has not told yet. */
  readonly #untold = new Map<string, Persisted<Pod>>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(seed = 1, defaultSelector: DefaultSelector = () => undefined) {
    this.scheduler = new Scheduler({
      profile: (trial) =>
        defaultProfile(
          {
            writeBinding: bindingWriter(this.#api(), { clock: this.clock, random: seededRandom(seed) }),
            namespaceLabels: () => ({}),
            defaultSelector,
            evict: (victims) => {
              for (const { metadata } of victims) this.evicted.push(metadata.name);
            },
          },
          trial,
        ),
      reporter: {
        scheduled: () => {},
        attempted: () => {},
        failed: (pod, reason, message, nominated) => this.failures.push({ pod: pod.metadata.name, reason, message, nominated }),
      },
      clock: this.clock,
      random: seededRandom(seed),
      log: silentLogger,
      yieldTurn: () => new Promise((resolve) => setImmediate(resolve)),
    });
    this.#running = this.scheduler.run(this.#stop.signal);
  }

  create(...pods: readonly Persisted<Pod>[]): void {
    for (const pod of pods) {
      this.pods.set(pod.metadata.name, pod);
      if (this.nodeOf(pod.metadata.name) === '') this.scheduler.podAppeared(pod);
      else this.scheduler.podPlaced(pod);
    }
  }

  delete(name: string): void {
    const pod = this.pods.get(name);
    if (pod === undefined) return;
    this.#tell(name); // events of one object keep their order
    this.pods.delete(name);
    if ((pod.spec.nodeName ?? '') === '') this.scheduler.podVanished(pod);
    else this.scheduler.placedPodVanished(pod);
  }

  nodeOf(name: string): string {
    return this.pods.get(name)?.spec.nodeName ?? '';
  }

  /** How many pods each node has. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { spec } of this.pods.values()) {
      if (spec.nodeName !== undefined) counts[spec.nodeName] = (counts[spec.nodeName] ?? 0) + 1;
    }
    return counts;
  }

  /** Until nothing is on its way any more. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.scheduler.queue.sizes.active === 0 && this.scheduler.cache.assumedCount === 0 ? quiet + 1 : 0;
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #tell(name: string): void {
    const bound = this.#untold.get(name);
    this.#untold.delete(name);
    if (bound !== undefined) this.scheduler.podPlaced(bound);
  }

  #api(): BindingApi {
    return {
      post: (binding) => this.#bind(binding.metadata.name ?? '', binding.target.name ?? ''),
      get: async (name) => {
        const pod = this.pods.get(name);
        if (pod === undefined) throw statusErrors.notFound({ group: '', resource: 'pods' }, name);
        return pod;
      },
    };
  }

  async #bind(name: string, nodeName: string): Promise<void> {
    await this.bindingGate;
    const fault = this.bindingFaults.shift();
    if (fault === 'refused') throw new ConnectionError('https://api', false, new Error('connect ECONNREFUSED'));
    const pod = this.pods.get(name);
    if (pod === undefined) throw statusErrors.notFound({ group: '', resource: 'pods' }, name);
    if ((pod.spec.nodeName ?? '') !== '')
      throw statusErrors.conflict({ group: '', resource: 'pods/binding' }, name, 'already assigned');
    const bound = placed(pod, nodeName);
    this.pods.set(name, bound);
    this.bindings.push(name);
    if (fault !== 'lost') {
      this.scheduler.podPlaced(bound);
      return;
    }
    this.#untold.set(name, bound);
    setImmediate(() => this.#tell(name));
    throw new ConnectionError('https://api', true, new Error('socket hang up'));
  }
}
