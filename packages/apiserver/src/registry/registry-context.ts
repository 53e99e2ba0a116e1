import type { Definition, GroupResource } from '@flotilla/api';
import type { Clock, Logger, Random } from '@flotilla/base';
import type { AdmissionChain } from '../admission/admission.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Caches } from '../storage/caches.js';
import type { Keys } from '../storage/keys.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { CachedReaders } from './cached-readers.js';
import type { WriteHook } from './write-hook.js';

/** What the verbs work with. */
export interface RegistryContext {
  readonly catalogue: Catalogue;
  readonly keys: Keys;
  readonly objects: ObjectStore;
  readonly caches: Caches;
  readonly readers: CachedReaders;
  readonly admission: AdmissionChain;
  /** By storage path. */
  readonly hooks: ReadonlyMap<string, WriteHook>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export function resourceOf(definition: Definition): GroupResource {
  return { group: definition.group, resource: definition.plural };
}
