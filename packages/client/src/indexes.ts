import type { KubernetesObject, Persisted } from '@flotilla/api';

/** The indexes that every informer has. */
export const namespaceIndex = 'namespace';
export const ownerUidIndex = 'ownerUid';

export function byNamespace(object: Persisted<KubernetesObject>): readonly string[] {
  return object.metadata.namespace === undefined ? [] : [object.metadata.namespace];
}

/** The uids of all owners, controllers or not. */
export function byOwnerUid(object: Persisted<KubernetesObject>): readonly string[] {
  return object.metadata.ownerReferences?.map((owner) => owner.uid) ?? [];
}

/** For pods: `informer.addIndex(nodeNameIndex, byNodeName)`. Pods that no node has yet are under ''. */
export const nodeNameIndex = 'nodeName';

export function byNodeName(pod: { readonly spec?: { readonly nodeName?: string } }): readonly string[] {
  return [pod.spec?.nodeName ?? ''];
}
