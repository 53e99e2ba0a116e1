import type { Draft, KubernetesObject } from '@flotilla/api';
import type { Companion } from '../storage/object-store.js';

/** What has to be written along with the objects of one resource, in the same transaction. */
export interface WriteHook {
  /** Completes the draft. Called again, on a fresh draft, when the transaction found the companion in the way. */
  create(draft: Draft<KubernetesObject>): Promise<Companion>;
  update(draft: Draft<KubernetesObject>, old: KubernetesObject): Promise<Companion>;
  delete(object: KubernetesObject): Companion;
}
