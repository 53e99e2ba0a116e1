import {
  hasReason,
  type KubernetesObject,
  kinds,
  type OwnerReference,
  type Persisted,
  type Pod,
  parseApiVersion,
  type Scale,
} from '@flotilla/api';
import { type ApiClient, type InformerFactory, joinKey } from '@flotilla/client';
import { controllerOf } from '@flotilla/controller-kit';
import { isAbsence } from '../../shared/absence.js';
import type { ServedResources } from '../../shared/served-resources.js';

export interface ExpectedScale {
  /** Pods that all controllers together are to have. */
  readonly replicas: number;
  /** Names of pods that have no controller. */
  readonly unmanaged: readonly string[];
}

type Scaled = Persisted & { readonly spec?: { readonly replicas?: number } };
interface OwnScale {
  /** Of whoever says how many: a Deployment for all its ReplicaSets. */
  readonly uid: string;
  readonly replicas: number;
}
type FindScale = (reference: OwnerReference, namespace: string, signal: AbortSignal) => Promise<OwnScale | undefined>;

/** How many pods the controllers of some pods are to have: those of ReplicaSets and kin by caches, others by their scale. */
export function scaleFinder(
  informers: InformerFactory,
  client: ApiClient,
  served: ServedResources,
): (pods: readonly Persisted<Pod>[], signal: AbortSignal) => Promise<ExpectedScale> {
  const replicaSets = informers.informer(kinds.replicaSets);
  const deployments = informers.informer(kinds.deployments);
  const controllers = informers.informer(kinds.replicationControllers);
  const statefulSets = informers.informer(kinds.statefulSets);
  const alive = (object: Scaled | undefined, { uid }: OwnerReference) =>
    object?.metadata.uid === uid ? { uid, replicas: object.spec?.replicas ?? 1 } : undefined;

  const finders: Readonly<Record<string, FindScale>> = {
    'ReplicaSet.apps': async (reference, namespace) => {
      const replicaSet = replicaSets.get(joinKey(namespace, reference.name));
      const above = replicaSet?.metadata.uid === reference.uid ? controllerOf(replicaSet) : undefined;
      if (above?.kind !== 'Deployment') return alive(replicaSet, reference);
      return alive(deployments.get(joinKey(namespace, above.name)), above);
    },
    'ReplicationController.': async (reference, namespace) =>
      alive(controllers.get(joinKey(namespace, reference.name)), reference),
    'StatefulSet.apps': async (reference, namespace) => alive(statefulSets.get(joinKey(namespace, reference.name)), reference),
  };
  const byScale: FindScale = async (reference, namespace, signal) => {
    const type = served.ofKind(parseApiVersion(reference.apiVersion).group, reference.kind);
    if (type === undefined) throw new Error(`no matches for kind "${reference.kind}" in version "${reference.apiVersion}"`);
    const resource = client.resource<KubernetesObject>(type);
    try {
      const scale = await resource.getSubresource<Scale>(reference.name, 'scale', { namespace, signal });
      const { uid } = reference;
      return scale.metadata.uid === uid ? { uid, replicas: scale.spec.replicas ?? 0 } : undefined;
    } catch (error) {
      if (isAbsence(error, reference.name)) return undefined;
      if (hasReason(error, 'NotFound'))
        throw new Error(`${reference.apiVersion}, Resource=${type.plural} does not implement the scale subresource`);
      throw error;
    }
  };

  return async (pods, signal) => {
    const scales = new Map<string, number>();
    const unmanaged: string[] = [];
    for (const pod of pods) {
      const { name, namespace = '' } = pod.metadata;
      const reference = controllerOf(pod);
      if (reference === undefined) {
        unmanaged.push(name);
        continue;
      }
      if (scales.has(reference.uid)) continue;
      const find = finders[`${reference.kind}.${parseApiVersion(reference.apiVersion).group}`] ?? byScale;
      const scale = await find(reference, namespace, signal);
      if (scale === undefined) throw new Error(`found no controllers for pod "${name}"`);
      scales.set(scale.uid, scale.replicas);
    }
    return { replicas: [...scales.values()].reduce((sum, replicas) => sum + replicas, 0), unmanaged };
  };
}
