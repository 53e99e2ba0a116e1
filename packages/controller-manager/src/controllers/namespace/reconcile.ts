import { type Definition, hasReason, kinds, type Namespace, type Persisted } from '@flotilla/api';
import type { ApiClient, ObjectReader } from '@flotilla/client';
import { done, type ReconcileResult } from '@flotilla/controller-kit';

export interface NamespaceDeps {
  readonly client: ApiClient;
  readonly namespaces: ObjectReader<Namespace>;
  /** What may be in a namespace. */
  readonly contents: readonly Definition[];
}

/** For what does not tell when it is gone, such as objects that wait for somebody's finalizer. */
const lookAgainMs = 5_000;

export async function reconcile(key: string, deps: NamespaceDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const namespace = deps.namespaces.get(key);
  if (namespace?.metadata.deletionTimestamp === undefined) return done;
  if (namespace.spec?.finalizers?.includes('kubernetes') !== true) return done;
  let empty = true;
  for (const definition of deps.contents) if (!(await clear(definition, key, deps, signal))) empty = false;
  if (!empty) return { requeueAfterMs: lookAgainMs };
  await finalize(namespace, deps, signal);
  return done;
}

/** Every kind that lives in namespaces; of two views of one resource, one. Those that make others go first. */
export function contentDefinitions(served: readonly Definition[]): readonly Definition[] {
  return distinctByStorage(
    served.filter(({ namespaced, verbs }) => namespaced && verbs.includes('list') && verbs.includes('deletecollection')),
  );
}

function distinctByStorage(all: readonly Definition[]): readonly Definition[] {
  const byPath = new Map<string, Definition>();
  for (const definition of all) if (!byPath.has(definition.storagePath)) byPath.set(definition.storagePath, definition);
  return [...byPath.values()].sort((a, b) => Number(b.group === 'apps') - Number(a.group === 'apps'));
}

/** @returns whether nothing of this kind is left */
async function clear(definition: Definition, namespace: string, deps: NamespaceDeps, signal: AbortSignal): Promise<boolean> {
  const resource = deps.client.resource(definition);
  const before = await resource.list({ namespace, limit: 1, signal });
  if (before.items.length === 0) return true;
  await resource.deleteCollection({ namespace, propagationPolicy: 'Background', signal });
  const after = await resource.list({ namespace, limit: 1, signal });
  return after.items.length === 0;
}

async function finalize({ metadata, spec }: Persisted<Namespace>, deps: NamespaceDeps, signal: AbortSignal): Promise<void> {
  const finalizers = spec?.finalizers?.filter((finalizer) => finalizer !== 'kubernetes') ?? [];
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata, spec: { finalizers } };
  try {
    await deps.client.resource(kinds.namespaces).updateSubresource(metadata.name, 'finalize', body, { signal });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}
