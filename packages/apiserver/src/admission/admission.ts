import type { Definition, Draft, GroupVersionKind, KubernetesObject } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import type { UserInfo } from '../auth/user-info.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { CachedReader, RequestNotes } from '../registry/registry.js';
import type { AdmissionMetrics, AdmissionPhase } from './admission-metrics.js';

type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** One request on its way to the store, or on to a pod. */
export interface AdmissionRequest {
  readonly operation: Operation;
  readonly definition: Definition;
  /** Empty: the object itself. */
  readonly subresource: string;
  /** Of `object`, where that is not the definition's own: a Scale, a Binding, the options of an exec. */
  readonly kind?: GroupVersionKind | undefined;
  /** Empty: cluster-scoped. */
  readonly namespace: string;
  /** Empty on a create whose name is still to be generated. */
  readonly name: string;
  readonly user: UserInfo;
  /** What is to be written, after defaults; absent on delete. Plugins that mutate write to it. */
  readonly object: Draft<KubernetesObject> | undefined;
  /** What is there now; absent on create. */
  readonly old: KubernetesObject | undefined;
  readonly dryRun: boolean;
  /** CreateOptions, UpdateOptions, PatchOptions or DeleteOptions, as a webhook sees them. */
  readonly options?: object | undefined;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Where warnings and audit annotations go; absent: nobody will read them. */
  readonly notes?: RequestNotes | undefined;
}

/** What plugins may look at, and write, beyond the request. */
export interface AdmissionReads {
  /** From the cache, which may be a moment behind. */
  cached(resource: Resource): CachedReader | Promise<CachedReader>;
  /** From the store by quorum: for decisions that a stale cache would get wrong. */
  live(resource: Resource, namespace: string, name: string): Promise<KubernetesObject | undefined>;
  /**
   * Writes objects of one resource in one transaction, provided that each is still as it was seen.
   * @returns them as written; undefined when one was not, and nothing is written
   */
  replace(resource: Resource, changes: readonly Replacement[]): Promise<readonly KubernetesObject[] | undefined>;
  /** What is served right now. */
  readonly catalogue: Catalogue;
}

interface Replacement {
  readonly seen: KubernetesObject;
  readonly wanted: KubernetesObject;
}

interface Resource {
  readonly group: string;
  readonly plural: string;
}

/** One pass of a request through the plugins that mutate. There are at most two. */
export interface MutationPass {
  readonly number: 0 | 1;
  /** Somebody changed the object, so plugins that saw it before want to see it again. No effect in the second pass. */
  requireAnother(): void;
}

/** One step between a decoded request and the store. It rejects by throwing a StatusError. */
export interface AdmissionPlugin {
  /** As in --enable-admission-plugins. */
  readonly name: string;
  handles(request: AdmissionRequest): boolean;
  /** Changes the object; runs before validation. */
  mutate?(request: AdmissionRequest, reads: AdmissionReads, pass: MutationPass): Promise<void> | void;
  /** Runs after all mutations and validation. */
  validate?(request: AdmissionRequest, reads: AdmissionReads): Promise<void> | void;
}

/** Nothing comes after the judges. */
const lastPass: MutationPass = { number: 1, requireAnother() {} };

/** The plugins one after the other, in the order of the list. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #reads: AdmissionReads;
  readonly #clock: Clock;
  readonly #metrics: AdmissionMetrics | undefined;

  constructor(plugins: readonly AdmissionPlugin[], reads: AdmissionReads, clock: Clock, metrics?: AdmissionMetrics) {
    this.#plugins = plugins;
    this.#reads = reads;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  async mutate(request: AdmissionRequest): Promise<void> {
    let again = false;
    const requireAnother = () => {
      again = true;
    };
    await this.#pass('admit', request, { number: 0, requireAnother });
    if (again) await this.#pass('admit', request, { number: 1, requireAnother });
  }

  validate(request: AdmissionRequest): Promise<void> {
    return this.#pass('validate', request, lastPass);
  }

  /** Both, where nothing happens in between. */
  async admit(request: AdmissionRequest): Promise<void> {
    await this.mutate(request);
    await this.validate(request);
  }

  async #pass(phase: AdmissionPhase, request: AdmissionRequest, pass: MutationPass): Promise<void> {
    const { operation } = request;
    const startMs = this.#clock.monotonicMs();
    let [doneMs, current] = [startMs, ''];
    let rejected = true;
    /** What was measured last ends where the next begins: the clock is read once for each plugin. */
    const took = (sinceMs: number) => {
      doneMs = this.#clock.monotonicMs();
      return (doneMs - sinceMs) / 1_000;
    };
    try {
      for (const plugin of this.#plugins) {
        const run = phase === 'admit' ? plugin.mutate : plugin.validate;
        if (run === undefined || !plugin.handles(request)) continue;
        current = plugin.name;
        const running = run.call(plugin, request, this.#reads, pass);
        if (running !== undefined) await running;
        this.#metrics?.plugin(current, phase, operation, took(doneMs), false);
      }
      rejected = false;
    } finally {
      if (rejected) this.#metrics?.plugin(current, phase, operation, took(doneMs), true);
      this.#metrics?.step(phase, operation, took(startMs), rejected);
    }
  }
}
