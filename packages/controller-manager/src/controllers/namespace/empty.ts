import { type KubernetesObject, StatusError } from '@flotilla/api';
import type { ApiClient, Discovery, ResourceClient, ServedResource } from '@flotilla/client';
import type { EmptyingReport } from './conditions.js';

type Tally = Map<string, number>;

/**
 * Deletes whatever is in a namespace: its pods, and once they are gone (KEP-5080) all the rest.
 * @throws the signal's reason; failures of the API are in the report
 */
export async function empty(
  client: ApiClient,
  namespace: string,
  { resources, failed }: Discovery,
  signal: AbortSignal,
): Promise<EmptyingReport> {
  const remaining: Tally = new Map();
  const finalizers: Tally = new Map();
  const failures: Error[] = [];
  const clear = async (resource: ServedResource) => {
    try {
      const left = await emptyOf(client.resource(resource), resource, namespace, signal);
      if (left.length > 0) remaining.set(`${resource.plural}.${resource.group}`, left.length);
      for (const finalizer of left.flatMap(({ metadata }) => metadata.finalizers ?? [])) {
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error)) throw error;
      failures.push(error);
    }
  };
  const contents = resources.filter(({ namespaced, verbs }) => namespaced && verbs.includes('delete') && verbs.includes('list'));
  const isPods = ({ group, plural }: ServedResource) => group === '' && plural === 'pods';
  for (const resource of contents.filter(isPods)) await clear(resource);
  if (remaining.size === 0) for (const resource of contents) if (!isPods(resource)) await clear(resource);
  return { undiscovered: failed, failures, remaining, finalizers };
}

/** @returns what is left, since it takes its time */
async function emptyOf(
  client: ResourceClient<KubernetesObject>,
  { verbs }: ServedResource,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  try {
    const before = await client.list({ namespace, limit: 1, signal });
    if (before.items.length === 0) return [];
    if (verbs.includes('deletecollection')) {
      await client.deleteCollection({ namespace, propagationPolicy: 'Background', signal });
    } else await deleteEach(client, namespace, signal);
    return (await client.list({ namespace, signal })).items;
  } catch (error) {
    // Its definition has gone meanwhile, and all its objects with it.
    if (error instanceof StatusError && error.code === 404) return [];
    throw error;
  }
}

async function deleteEach(client: ResourceClient<KubernetesObject>, namespace: string, signal: AbortSignal): Promise<void> {
  for (const { metadata } of (await client.list({ namespace, signal })).items) {
    try {
      await client.delete(metadata.name, { namespace, propagationPolicy: 'Background', signal });
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 404)) throw error;
    }
  }
}
