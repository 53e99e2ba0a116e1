import type { Definition, Draft, KubernetesObject } from '@flotilla/api';
import type { UserInfo } from '../auth/user-info.js';
import type { CachedReader } from '../registry/registry.js';

type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** One write on its way to the store. */
export interface AdmissionRequest {
  readonly operation: Operation;
  readonly definition: Definition;
  /** Empty: the object itself. */
  readonly subresource: string;
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
}

/** What plugins may look at beyond the request. */
export interface AdmissionReads {
  /** From the cache, which may be a moment behind. */
  cached(resource: Resource): Promise<CachedReader>;
  /** From the store by quorum: for decisions that a stale cache would get wrong. */
  live(resource: Resource, namespace: string, name: string): Promise<KubernetesObject | undefined>;
}

interface Resource {
  readonly group: string;
  readonly plural: string;
}

/** One step between a decoded request and the store. It rejects by throwing a StatusError. */
export interface AdmissionPlugin {
  /** As in --enable-admission-plugins. */
  readonly name: string;
  handles(request: AdmissionRequest): boolean;
  /** Changes the object; runs before validation. */
  mutate?(request: AdmissionRequest, reads: AdmissionReads): Promise<void> | void;
  /** Runs after all mutations and validation. */
  validate?(request: AdmissionRequest, reads: AdmissionReads): Promise<void> | void;
}

/** The plugins one after the other, in the order of the list. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #reads: AdmissionReads;

  constructor(plugins: readonly AdmissionPlugin[], reads: AdmissionReads) {
    this.#plugins = plugins;
    this.#reads = reads;
  }

  async mutate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#plugins) {
      if (plugin.mutate !== undefined && plugin.handles(request)) await plugin.mutate(request, this.#reads);
    }
  }

  async validate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#plugins) {
      if (plugin.validate !== undefined && plugin.handles(request)) await plugin.validate(request, this.#reads);
    }
  }
}
