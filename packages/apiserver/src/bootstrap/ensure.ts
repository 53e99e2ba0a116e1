import { type ConfigMap, type Definition, equalJson, hasReason, type KubernetesObject, kinds } from '@flotilla/api';
import { apiServerUser } from '../auth/user-info.js';
import type { Registry } from '../registry/registry.js';
import { combineAuthenticationInfo } from './combine-authentication-info.js';
import { defaultPolicy, type Wanted } from './policy/policy.js';
import { type Reconciled, reconcilePolicy } from './policy/reconcile.js';

export type { Reconciled };

const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease', 'default'];

/** Objects written at a time: a fresh cluster has about a hundred to make, and each waits for the disks of a majority. */
const batchSize = 16;

const options = { dryRun: false, fieldValidation: 'Strict', fieldManager: 'kube-apiserver' } as const;

/** What to do about a wanted object that exists. */
type Reconcile = (existing: KubernetesObject, wanted: object) => Reconciled;

const keep: Reconcile = () => 'keep';

/**
 * Makes what every cluster has from the start: namespaces, default roles and bindings. Roles and bindings that have
 * lost something get it back. Several API servers may do this at once.
 */
export async function ensureDefaults(registry: Registry, signal: AbortSignal): Promise<void> {
  const namespaces = kinds.namespaces as unknown as Definition; // declared with its own object type
  const wanted = systemNamespaces.map((name) => ({
    definition: namespaces,
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  }));
  await ensureObjects(registry, wanted, keep, signal);
  await ensureObjects(registry, defaultPolicy(), reconcilePolicy, signal);
}

export const authenticationInfoName = { namespace: 'kube-system', name: 'extension-apiserver-authentication' } as const;

/**
 * Makes what extension API servers read to know whom to trust: the ConfigMap extension-apiserver-authentication.
 * @param own what this server says; what others have said stays
 */
export async function ensureAuthenticationInfo(
  registry: Registry,
  own: Readonly<Record<string, string>>,
  nowMs: number,
  signal: AbortSignal,
) {
  const definition = kinds.configMaps as unknown as Definition; // declared with its own object type
  const combined = (existing: ConfigMap['data'] = {}) => combineAuthenticationInfo(existing, own, nowMs);
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: authenticationInfoName, data: combined() };
  const reconcile: Reconcile = (existing) => {
    const update = { ...existing, data: combined((existing as ConfigMap).data) };
    return equalJson(update, existing) ? 'keep' : { update };
  };
  await ensureObjects(registry, [{ definition, object }], reconcile, signal);
}

/** Creates what is missing, and does to what is there what `reconcile` says. */
export async function ensureObjects(
  registry: Registry,
  wanted: readonly Wanted[],
  reconcile: Reconcile,
  signal: AbortSignal,
): Promise<void> {
  const work: (() => Promise<void>)[] = [];
  for (const item of wanted) {
    const { namespace = '', name } = item.object.metadata;
    const existing = (await registry.cached(item.definition)).get(namespace, name);
    if (existing === undefined) {
      work.push(() => create(registry, item, signal));
      continue;
    }
    const todo = reconcile(existing, item.object);
    if (todo === 'recreate') work.push(() => recreate(registry, item, existing, signal));
    else if (todo !== 'keep') work.push(() => update(registry, item, todo.update, signal));
  }
  for (let from = 0; from < work.length; from += batchSize) {
    await Promise.all(work.slice(from, from + batchSize).map((run) => run()));
  }
}

async function create(registry: Registry, { definition, object }: Wanted, signal: AbortSignal): Promise<void> {
  const { namespace } = object.metadata;
  await another(registry.create(definition, { user: apiServerUser, signal, namespace, body: object, options }), 'AlreadyExists');
}

async function update(
  registry: Registry,
  { definition, object }: Wanted,
  body: KubernetesObject,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = object.metadata;
  await another(
    registry.update(definition, { user: apiServerUser, signal, namespace, name, body, options }),
    'Conflict',
    'NotFound',
  );
}

async function recreate(registry: Registry, item: Wanted, existing: KubernetesObject, signal: AbortSignal): Promise<void> {
  const { namespace, name } = item.object.metadata;
  const preconditions = { uid: existing.metadata.uid };
  const request = { user: apiServerUser, signal, namespace, name, options: { dryRun: false, preconditions } };
  await another(registry.delete(item.definition, request), 'Conflict', 'NotFound');
  await create(registry, item, signal);
}

/** What another API server does at the same time is as good as done here. */
async function another(write: Promise<unknown>, ...reasons: Parameters<typeof hasReason>[1][]): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!hasReason(error, ...reasons)) throw error;
  }
}
