import { apiVersionOf, type GroupVersionKind, type KubernetesObject, type OwnerReference, type Persisted } from '@flotilla/api';

/** The owner that manages the object, if any: at most one of the owners has `controller: true`. */
export function controllerOf(object: Pick<KubernetesObject, 'metadata'>): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

export function isControlledBy(object: Pick<KubernetesObject, 'metadata'>, owner: Persisted): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** What an object made by `owner`'s controller carries. */
export function controllerReference(owner: Persisted, type: GroupVersionKind): OwnerReference {
  const { name, uid } = owner.metadata;
  return { apiVersion: apiVersionOf(type), kind: type.kind, name, uid, controller: true, blockOwnerDeletion: true };
}
