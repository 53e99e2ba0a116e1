import { type Definition, hasReason, kinds } from '@flotilla/api';
import { apiServerUser } from '../auth/user-info.js';
import type { Registry } from '../registry/registry.js';
import { defaultPolicy, type Wanted } from './policy/policy.js';

const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease', 'default'];

/** Objects created at a time: a fresh cluster has about a hundred to make, and each waits for the disks of a majority. */
const batchSize = 16;

/**
 * Creates what every cluster has from the start, where it is missing: namespaces, default roles and bindings. What is
 * there stays as it is, and several API servers may do this at once.
 */
export async function ensureDefaults(registry: Registry, signal: AbortSignal): Promise<void> {
  const namespaces = kinds.namespaces as unknown as Definition; // declared with its own object type
  const wanted = systemNamespaces.map((name) => ({
    definition: namespaces,
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  }));
  await ensureAll(registry, wanted, signal);
  await ensureAll(registry, defaultPolicy(), signal);
}

async function ensureAll(registry: Registry, wanted: readonly Wanted[], signal: AbortSignal): Promise<void> {
  const missing: Wanted[] = [];
  for (const item of wanted) {
    const cached = await registry.cached(item.definition);
    if (cached.get(item.object.metadata.namespace ?? '', item.object.metadata.name) === undefined) missing.push(item);
  }
  for (let from = 0; from < missing.length; from += batchSize) {
    await Promise.all(missing.slice(from, from + batchSize).map((item) => create(registry, item, signal)));
  }
}

async function create(registry: Registry, { definition, object }: Wanted, signal: AbortSignal): Promise<void> {
  try {
    await registry.create(definition, {
      user: apiServerUser,
      signal,
      namespace: object.metadata.namespace,
      body: object,
      options: { dryRun: false, fieldValidation: 'Strict', fieldManager: 'kube-apiserver' },
    });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  }
}
