import type { OwnerReference, Persisted } from '@flotilla/api';
import type { Logger } from '@flotilla/base';
import type { ApiClient, ServedResource } from '@flotilla/client';
import { done, type ReconcileResult, type WorkQueue } from '@flotilla/controller-kit';
import { isAbsence } from '../../shared/absence.js';
import {
  blocks,
  foregroundFinalizer,
  isDeletingInForeground,
  isOrphaning,
  judge,
  type OwnerState,
  orphanFinalizer,
} from './plan.js';
import { type GarbageResources, idOf, type ObjectId } from './resources.js';

export interface GarbageDeps {
  readonly client: ApiClient;
  readonly resources: GarbageResources;
  readonly queue: WorkQueue;
  readonly log: Logger;
  /** Uids that were verified to be gone: a uid never comes back. */
  readonly absent: Set<string>;
}

/** Bounds `absent`; a big owner's dependents ask for the same uid one after the other. */
const absentMax = 1_000;

/** How soon to look whether all caches are filled. */
const lookAgainMs = 100;

/** Deletes an object whose owners are all gone, and carries out foreground and orphaning deletions. */
export async function reconcile(key: string, deps: GarbageDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const id = deps.resources.parseKey(key);
  const cached = id === undefined ? undefined : deps.resources.get(id);
  if (id === undefined || cached === undefined) return done;
  if (!deps.resources.complete) return { requeueAfterMs: lookAgainMs };
  if (isOrphaning(cached)) return orphanDependents(id, cached, deps, signal);
  if (isDeletingInForeground(cached)) return deleteDependents(id, cached, deps, signal);
  if (cached.metadata.deletionTimestamp !== undefined) return done;
  const owners = cached.metadata.ownerReferences ?? [];
  for (const owner of owners) if (deps.resources.resourceOf(owner) === undefined) deps.resources.awaitOwner(owner, key);
  if (owners.every((owner) => stateInCache(owner, id, deps) === 'present')) return done;
  await collect(id, deps, signal);
  return done;
}

/** The cache made us suspicious; only what the server says now counts. */
async function collect(id: ObjectId, deps: GarbageDeps, signal: AbortSignal): Promise<void> {
  const live = await getLive(id, deps, signal);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return;
  const states: { owner: OwnerReference; state: OwnerState }[] = [];
  for (const owner of live.metadata.ownerReferences ?? []) states.push({ owner, state: await stateOf(owner, id, deps, signal) });
  const verdict = judge(live, states, deps.resources.dependentsOf(id.uid).length > 0);
  const { name, namespace, uid, resourceVersion } = live.metadata;
  if (verdict.do === 'disown') await setOwners(id.resource, live, verdict.uids, deps, signal);
  if (verdict.do !== 'delete') return;
  deps.log.debug({ resource: id.resource.plural, namespace, name }, 'deleting: its owners are gone');
  const { propagationPolicy } = verdict;
  // The resourceVersion: nobody has adopted it since we looked.
  const preconditions = { uid, resourceVersion };
  await ignoringAbsence(
    deps.client.resource(id.resource).delete(name, { namespace, propagationPolicy, preconditions, signal }),
    name,
  );
}

function stateInCache(owner: OwnerReference, dependent: ObjectId, deps: GarbageDeps): OwnerState {
  const id = ownerId(owner, dependent, deps);
  if (id === undefined) return 'present'; // of a kind we do not know
  const object = deps.resources.get(id);
  if (object === undefined) return 'absent';
  return isDeletingInForeground(object) ? 'waiting' : 'present';
}

async function stateOf(owner: OwnerReference, dependent: ObjectId, deps: GarbageDeps, signal: AbortSignal): Promise<OwnerState> {
  if (deps.absent.has(owner.uid)) return 'absent';
  const id = ownerId(owner, dependent, deps);
  if (id === undefined) return 'present';
  const live = await getLive(id, deps, signal);
  if (live !== undefined) return isDeletingInForeground(live) ? 'waiting' : 'present';
  if (deps.absent.size >= absentMax) deps.absent.clear();
  deps.absent.add(owner.uid);
  return 'absent';
}

function ownerId(owner: OwnerReference, dependent: ObjectId, deps: GarbageDeps): ObjectId | undefined {
  const resource = deps.resources.resourceOf(owner);
  // An owner is in its dependent's namespace, or in none.
  return resource && { resource, namespace: resource.namespaced ? dependent.namespace : '', name: owner.name, uid: owner.uid };
}

/** First its dependents go, then the object itself. */
async function deleteDependents(
  id: ObjectId,
  object: Persisted,
  deps: GarbageDeps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const blocking = deps.resources.dependentsOf(id.uid).filter((dependent) => blocks(dependent.object, id.uid));
  if (blocking.length === 0) {
    await removeFinalizer(id.resource, object, foregroundFinalizer, deps, signal);
    return done;
  }
  for (const { resource, object: dependent } of blocking) {
    if (dependent.metadata.deletionTimestamp === undefined) deps.queue.add(deps.resources.keyOf(idOf(resource, dependent)));
  }
  return done; // each dependent that goes wakes its owner
}

async function orphanDependents(
  id: ObjectId,
  object: Persisted,
  deps: GarbageDeps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  for (const { resource, object: dependent } of deps.resources.dependentsOf(id.uid)) {
    await setOwners(resource, dependent, [id.uid], deps, signal);
  }
  await removeFinalizer(id.resource, object, orphanFinalizer, deps, signal);
  return done;
}

/** Takes these uids from the object's owners; a compare-and-swap by resourceVersion. */
async function setOwners(
  resource: ServedResource,
  { metadata }: Persisted,
  goneUids: readonly string[],
  deps: GarbageDeps,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, uid, resourceVersion } = metadata;
  const ownerReferences = metadata.ownerReferences?.filter((owner) => !goneUids.includes(owner.uid)) ?? [];
  const patch = { metadata: { uid, resourceVersion, ownerReferences } };
  await ignoringAbsence(deps.client.resource(resource).patch(name, patch, { namespace, type: 'merge', signal }), name);
}

async function removeFinalizer(
  resource: ServedResource,
  { metadata }: Persisted,
  finalizer: string,
  deps: GarbageDeps,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, uid, resourceVersion } = metadata;
  const finalizers = metadata.finalizers?.filter((one) => one !== finalizer) ?? [];
  const patch = { metadata: { uid, resourceVersion, finalizers } };
  await ignoringAbsence(deps.client.resource(resource).patch(name, patch, { namespace, type: 'merge', signal }), name);
}

/** @returns undefined when there is no object of this name and uid */
async function getLive(id: ObjectId, deps: GarbageDeps, signal: AbortSignal): Promise<Persisted | undefined> {
  try {
    const live = await deps.client.resource(id.resource).get(id.name, { namespace: id.namespace, signal });
    return live.metadata.uid === id.uid ? live : undefined;
  } catch (error) {
    if (isAbsence(error, id.name)) return undefined;
    throw error;
  }
}

async function ignoringAbsence(work: Promise<unknown>, name: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isAbsence(error, name)) throw error;
  }
}
