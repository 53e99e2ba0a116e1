import { type Definition, hasReason, type KubernetesObject, kinds } from '@flotilla/api';
import { requestTimeoutMs } from '../limits.js';
import type { Registry } from '../registry/registry.js';
import { apiServerUser } from './user-info.js';

/** What tokens are bound to: from the cache, and from the store where that may be a moment behind. */
export async function boundObject(
  registry: Registry,
  resource: 'serviceaccounts' | 'pods' | 'secrets' | 'nodes',
  namespace: string,
  name: string,
): Promise<KubernetesObject | undefined> {
  const bound = { serviceaccounts: kinds.serviceAccounts, pods: kinds.pods, secrets: kinds.secrets, nodes: kinds.nodes };
  const definition = bound[resource] as unknown as Definition; // declared with its own object type
  const cached = (await registry.cached(definition)).get(namespace, name);
  if (cached !== undefined) return cached;
  const context = { user: apiServerUser, signal: AbortSignal.timeout(requestTimeoutMs) };
  const target = { ...context, ...(definition.namespaced ? { namespace } : {}), name, resourceVersion: '' };
  try {
    return (await registry.get(definition, target)).object;
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
