import type { Definition } from '@flotilla/api';
import type { Clock, Logger, Random } from '@flotilla/base';
import type { KeyValueStore } from '@flotilla/store-client';
import { AdmissionChain, type AdmissionPlugin, type AdmissionReads } from '../admission/admission.js';
import type { AdmissionMetrics } from '../admission/admission-metrics.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { eventTtlSeconds } from '../limits.js';
import { serviceHook } from '../services/service-hook.js';
import { Caches } from '../storage/caches.js';
import type { StaleValues } from '../storage/encryption/encrypted-store.js';
import { Keys } from '../storage/keys.js';
import { LeasePool } from '../storage/lease-pool.js';
import { ObjectStore } from '../storage/object-store.js';
import { RecentWrites } from '../storage/recent-writes.js';
import { storable } from '../storage/stored-object.js';
import { subresourceOf } from '../subresources/subresources.js';
import { CachedReaders } from './cached-readers.js';
import { type ComputedResource, getComputed, listComputed } from './computed-resource.js';
import { admitConnection } from './connect.js';
import { createObject } from './create.js';
import { deleteCollection, deleteObject } from './delete.js';
import { getObject } from './get.js';
import { listObjects } from './list.js';
import { patchObject } from './patch.js';
import type { Registry } from './registry.js';
import type { RegistryContext } from './registry-context.js';
import { updateObject } from './update.js';
import { watchObjects } from './watch.js';

export interface RegistryOptions {
  readonly store: KeyValueStore;
  /** Of a store that encrypts. */
  readonly staleValues?: StaleValues | undefined;
  /** `/registry` */
  readonly prefix: string;
  /** What admission plugins look up, and what no longer needs a cache when it is gone. */
  readonly catalogue: Catalogue;
  readonly plugins: readonly AdmissionPlugin[];
  /** Absent: nobody counts. */
  readonly admissionMetrics?: AdmissionMetrics | undefined;
  readonly services: {
    /** `10.96.0.0/16` */
    readonly clusterIpRange: string;
    readonly nodePorts: { readonly from: number; readonly to: number };
  };
  /** Recent events that watch caches remember, by resource as `deployments.apps`; absent: as many as `limits.ts` says. */
  readonly watchCacheSizes?: ReadonlyMap<string, number>;
  /** By storage path; absent: there is none. */
  readonly computed?: ReadonlyMap<string, ComputedResource>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** The verbs, on one store. Several registries, in as many processes, may share it. */
export function createRegistry(options: RegistryOptions): Registry {
  const context = contextOf(options);
  const computedOf = ({ storagePath }: Definition) => options.computed?.get(storagePath);
  const { caches } = context;
  return {
    create(definition, request) {
      const subresource = subresourceOf(definition, request.subresource);
      return subresource === undefined
        ? createObject(context, definition, request)
        : subresource.create(context, definition, request);
    },
    get(definition, request) {
      const computed = computedOf(definition);
      if (computed !== undefined) return getComputed(computed, definition, request);
      const subresource = subresourceOf(definition, request.subresource);
      return subresource === undefined ? getObject(context, definition, request) : subresource.get(context, definition, request);
    },
    list(definition, request) {
      const computed = computedOf(definition);
      return computed === undefined ? listObjects(context, definition, request) : listComputed(computed, definition, request);
    },
    watch: (definition, request) => watchObjects(context, definition, request),
    update(definition, request) {
      const subresource = subresourceOf(definition, request.subresource);
      return subresource === undefined
        ? updateObject(context, definition, request)
        : subresource.update(context, definition, request);
    },
    patch(definition, request) {
      const subresource = subresourceOf(definition, request.subresource);
      return subresource === undefined
        ? patchObject(context, definition, request)
        : subresource.patch(context, definition, request);
    },
    delete: (definition, request) => deleteObject(context, definition, request),
    deleteCollection: (definition, request) => deleteCollection(context, definition, request),
    admitConnection: (definition, request) => admitConnection(context, definition, request),
    cacheCounts: (definition) => caches.existing(definition)?.counts,
    objectCount: (definition) => caches.existing(definition)?.current.objects.size ?? 0,
    cached: (definition) => context.readers.of(definition),
    close: () => caches.close(),
  };
}

function contextOf(options: RegistryOptions): RegistryContext {
  const { store, prefix, clock, random, log, services, catalogue } = options;
  const keys = new Keys(prefix);
  const events = new LeasePool(store, clock, eventTtlSeconds);
  const recent = new RecentWrites();
  const objects = new ObjectStore(store, recent, new Map([[keys.resource('events'), events]]), options.staleValues);
  const { watchCacheSizes: windowSizes = new Map<string, number>() } = options;
  const caches = new Caches({ store, recent, keys, prefix, windowSizes, clock, random, log });
  const readers = new CachedReaders(keys, caches);
  catalogue.onChange((gone) => {
    for (const definition of gone) caches.drop(definition);
  });
  const find = (group: string, plural: string): Definition => {
    const found = catalogue.ofResource({ group, resource: plural });
    if (found === undefined) throw new TypeError(`no definition of ${plural} in group "${group}"`);
    return found;
  };
  const reads: AdmissionReads = {
    cached: ({ group, plural }) => readers.of(find(group, plural)),
    live: async ({ group, plural }, namespace, name) =>
      (await objects.get(keys.object(find(group, plural), namespace, name)))?.object,
    replace: ({ group, plural }, changes) => {
      const definition = find(group, plural);
      return objects.replaceAll(
        changes.map(({ seen: { metadata }, wanted }) => ({
          key: keys.object(definition, metadata.namespace, metadata.name ?? ''),
          content: storable(wanted),
          expected: Number(metadata.resourceVersion),
        })),
      );
    },
    catalogue: options.catalogue,
  };
  const hooks = new Map([['services/specs', serviceHook({ store, prefix, random, ...services })]]);
  const admission = new AdmissionChain(options.plugins, reads, clock, options.admissionMetrics);
  return { catalogue, keys, objects, caches, readers, admission, hooks, clock, random, log };
}
