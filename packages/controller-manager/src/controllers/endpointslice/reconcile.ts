import {
  type EndpointSlice,
  type Endpoints,
  equalJson,
  hasReason,
  type KubernetesObject,
  type Persisted,
  type Pod,
  type Service,
} from '@flotilla/api';
import { namespaceIndex, type ObjectReader, type ResourceClient, splitKey } from '@flotilla/client';
import { done, type ReconcileResult } from '@flotilla/controller-kit';
import { endpointsObject } from './endpoints.js';
import { isManaged, planEndpoints } from './plan.js';
import { isOurs, planSlices, serviceNameLabel } from './slices.js';

export interface EndpointDeps {
  readonly services: ObjectReader<Service>;
  readonly pods: ObjectReader<Pod>;
  readonly slices: ObjectReader<EndpointSlice>;
  readonly endpoints: ObjectReader<Endpoints>;
  readonly sliceClient: ResourceClient<EndpointSlice>;
  readonly endpointsClient: ResourceClient<Endpoints>;
}

/** Finds a Service's slices: `namespace/name` of the Service. */
export const serviceIndex = 'service';

export function byService({ metadata }: Persisted<EndpointSlice>): readonly string[] {
  const name = metadata.labels?.[serviceNameLabel];
  return name === undefined ? [] : [`${metadata.namespace}/${name}`];
}

/** Lists the pods behind a Service, in EndpointSlices and in Endpoints. */
export async function reconcile(key: string, deps: EndpointDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const service = deps.services.get(key);
  const slices = deps.slices.byIndex(serviceIndex, key).filter(isOurs);
  if (service === undefined) {
    for (const slice of slices) await remove(deps.sliceClient, slice, signal);
    await removeEndpoints(key, deps, signal);
    return done;
  }
  if (!isManaged(service) || service.metadata.deletionTimestamp !== undefined) return done;
  const groups = planEndpoints(service, deps.pods.byIndex(namespaceIndex, splitKey(key).namespace));
  const plan = planSlices(service, groups, slices);
  for (const slice of plan.create) await createIfAbsent(deps.sliceClient, slice, signal);
  for (const slice of plan.update) await deps.sliceClient.update(slice, { signal });
  for (const slice of plan.delete) await remove(deps.sliceClient, slice, signal);
  await writeEndpoints(key, endpointsObject(service, groups), deps, signal);
  return done;
}

async function writeEndpoints(key: string, wanted: Endpoints, deps: EndpointDeps, signal: AbortSignal): Promise<void> {
  const existing = deps.endpoints.get(key);
  if (existing === undefined) return createIfAbsent(deps.endpointsClient, wanted, signal);
  const sameSubsets = equalJson(existing.subsets ?? [], wanted.subsets ?? []);
  if (sameSubsets && equalJson(existing.metadata.labels, wanted.metadata.labels)) return;
  const metadata = { ...existing.metadata, labels: wanted.metadata.labels ?? {} };
  await deps.endpointsClient.update({ ...existing, metadata, subsets: wanted.subsets ?? [] }, { signal });
}

/** Ends with the object there; if it was there already, its event will wake the Service and show what is in it. */
async function createIfAbsent<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  object: T,
  signal: AbortSignal,
): Promise<void> {
  try {
    await resource.create(object, { signal });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  }
}

async function removeEndpoints(key: string, deps: EndpointDeps, signal: AbortSignal): Promise<void> {
  const existing = deps.endpoints.get(key);
  if (existing?.metadata.labels?.['endpoints.kubernetes.io/managed-by'] !== 'endpoint-controller') return;
  await remove(deps.endpointsClient, existing, signal);
}

async function remove<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  { metadata }: Persisted,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { name, namespace, uid } = metadata;
    await resource.delete(name, { namespace, preconditions: { uid }, signal });
  } catch (error) {
    if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
  }
}
