import type { GroupVersionKind, KubernetesObject, LabelSelector, Persisted } from '@flotilla/api';
import { matchesLabelSelector } from '@flotilla/api';
import type { ResourceClient } from '@flotilla/client';
import { controllerOf, controllerReference } from '@flotilla/controller-kit';

/** Who belongs to whom, by controller reference and selector. */
export interface Claims<T> {
  /** Ours and selected, those to adopt included. */
  readonly owned: readonly T[];
  /** Selected, and nobody's. */
  readonly adopt: readonly T[];
  /** Ours, but not selected any more: its labels or our selector changed. */
  readonly release: readonly T[];
}

/** Pure; whether `owner` still exists under its uid is checked when claims are applied. */
export function planClaims<T extends KubernetesObject>(
  owner: Persisted,
  selector: LabelSelector,
  objects: readonly Persisted<T>[],
): Claims<Persisted<T>> {
  const deleting = owner.metadata.deletionTimestamp !== undefined;
  const claims = { owned: [] as Persisted<T>[], adopt: [] as Persisted<T>[], release: [] as Persisted<T>[] };
  for (const object of objects) {
    const controller = controllerOf(object);
    const selected = matchesLabelSelector(selector, object.metadata.labels);
    if (controller !== undefined) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (selected) claims.owned.push(object);
      else if (!deleting) claims.release.push(object);
    } else if (selected && !deleting && object.metadata.deletionTimestamp === undefined) {
      claims.adopt.push(object);
      claims.owned.push(object);
    }
  }
  return claims;
}

/**
 * Writes adoptions and releases. Each write carries the object's resourceVersion: of two owners that adopt, one wins.
 * @throws StatusError Conflict when an object, or the owner, is not what the cache said
 */
export async function applyClaims<T extends KubernetesObject>(
  owner: Persisted,
  ownerType: GroupVersionKind,
  claims: Claims<Persisted<T>>,
  clients: { readonly owners: ResourceClient<KubernetesObject>; readonly objects: ResourceClient<T> },
  signal: AbortSignal,
): Promise<void> {
  if (claims.adopt.length > 0 && !(await ownerLives(owner, clients.owners, signal))) {
    throw new Error(`${ownerType.kind} ${owner.metadata.name} is being deleted or is another one now`);
  }
  const reference = controllerReference(owner, ownerType);
  for (const object of claims.adopt) {
    await setOwners(clients.objects, object, [...(object.metadata.ownerReferences ?? []), reference], signal);
  }
  for (const object of claims.release) {
    const others = object.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid) ?? [];
    await setOwners(clients.objects, object, others, signal);
  }
}

/** The cache may show an owner that is gone: an object adopted for it would be garbage at once. */
async function ownerLives(owner: Persisted, owners: ResourceClient<KubernetesObject>, signal: AbortSignal): Promise<boolean> {
  const { name, namespace, uid } = owner.metadata;
  const live = await owners.get(name, { namespace, signal });
  return live.metadata.uid === uid && live.metadata.deletionTimestamp === undefined;
}

/** Replaces the list of owners; the resourceVersion makes it a compare-and-swap. */
async function setOwners<T extends KubernetesObject>(
  objects: ResourceClient<T>,
  object: Persisted,
  ownerReferences: NonNullable<KubernetesObject['metadata']['ownerReferences']>,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const patch = { metadata: { uid, resourceVersion, ownerReferences } };
  await objects.patch(name, patch, { namespace, type: 'merge', signal });
}
