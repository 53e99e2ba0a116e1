import type { KubernetesObject, Persisted } from '@flotilla/api';
import { controllerOf } from '@flotilla/controller-kit';

/** Finds, by namespace, the objects that no controller has. */
export const orphanIndex = 'orphan';

export function byOrphanNamespace(object: Persisted<KubernetesObject>): readonly string[] {
  return controllerOf(object) === undefined ? [object.metadata.namespace ?? ''] : [];
}
