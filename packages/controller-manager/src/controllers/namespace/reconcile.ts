import { equalJson, kinds, type Namespace, type Persisted } from '@flotilla/api';
import type { ApiClient, ObjectReader } from '@flotilla/client';
import { done, type ReconcileResult, timestamp } from '@flotilla/controller-kit';
import { unlessGone } from '../../shared/absence.js';
import type { ServedResources } from '../../shared/served-resources.js';
import { conditionsAfter, type EmptyingReport } from './conditions.js';
import { empty } from './empty.js';

export interface NamespaceDeps {
  readonly client: ApiClient;
  readonly namespaces: ObjectReader<Namespace>;
  readonly served: ServedResources;
}

/** For what does not tell when it is gone, such as objects that wait for somebody's finalizer. */
const lookAgainMs = 5_000;

/**
 * Empties a namespace that is being deleted, and lets it go when nothing is left.
 * @throws the first thing that could not be deleted or discovered: to be tried again
 */
export async function reconcile(key: string, deps: NamespaceDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const namespace = deps.namespaces.get(key);
  if (namespace?.metadata.deletionTimestamp === undefined) return done;
  if (namespace.spec?.finalizers?.includes('kubernetes') !== true) return done;
  // What was defined a moment ago may be in there already.
  const discovery = await deps.served.refresh(signal);
  const report = await empty(deps.client, key, discovery, signal);
  const told = await tell(namespace, report, deps, signal);
  const [failure] = [...report.failures, ...report.undiscovered.values()];
  if (failure !== undefined) throw failure;
  if (report.remaining.size > 0) return { requeueAfterMs: lookAgainMs };
  if (told !== undefined) await finalize(told, deps, signal);
  return done;
}

/** @returns the namespace as it is now; undefined: gone */
async function tell(
  namespace: Persisted<Namespace>,
  report: EmptyingReport,
  { client }: NamespaceDeps,
  signal: AbortSignal,
): Promise<Persisted<Namespace> | undefined> {
  const before = namespace.status?.conditions ?? [];
  const conditions = conditionsAfter(before, report, timestamp(client.clock.wallMs()));
  if (equalJson(conditions, before)) return namespace;
  const status = { ...namespace.status, conditions };
  return unlessGone(client.resource(kinds.namespaces).updateStatus({ ...namespace, status }, { signal }));
}

async function finalize({ metadata, spec }: Persisted<Namespace>, deps: NamespaceDeps, signal: AbortSignal): Promise<void> {
  const finalizers = spec?.finalizers?.filter((finalizer) => finalizer !== 'kubernetes') ?? [];
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata, spec: { finalizers } };
  const namespaces = deps.client.resource(kinds.namespaces);
  await unlessGone(namespaces.updateSubresource(metadata.name, 'finalize', body, { signal }));
}
