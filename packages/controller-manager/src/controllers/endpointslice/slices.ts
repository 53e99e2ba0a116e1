import { type Endpoint, type EndpointSlice, equalJson, kinds, type Persisted, type Service } from '@flotilla/api';
import { controllerReference } from '@flotilla/controller-kit';
import type { EndpointGroup } from './plan.js';

export const serviceNameLabel = 'kubernetes.io/service-name';
const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
const manager = 'endpointslice-controller.k8s.io';
export const headlessLabel = 'service.kubernetes.io/headless';

/** Kubernetes' default for `--max-endpoints-per-slice`. */
const endpointsPerSliceMax = 100;

export interface SlicePlan {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly Persisted<EndpointSlice>[];
  readonly delete: readonly Persisted<EndpointSlice>[];
}

/** Whether the slice is this controller's: people and other controllers may add slices to a Service. */
export function isOurs(slice: EndpointSlice): boolean {
  return slice.metadata.labels?.[managedByLabel] === manager;
}

/** Spreads endpoints over slices; one that is in a slice stays there, so that little is written and watchers see little. */
export function planSlices(
  service: Persisted<Service>,
  groups: readonly EndpointGroup[],
  existing: readonly Persisted<EndpointSlice>[],
): SlicePlan {
  // A Service without endpoints has an empty slice, which tells it from one that nobody has looked at yet.
  const wanted = groups.length > 0 ? groups : [emptyGroup(existing[0])];
  const plan = {
    create: [] as EndpointSlice[],
    update: [] as Persisted<EndpointSlice>[],
    delete: [] as Persisted<EndpointSlice>[],
  };
  const unused = new Set(existing);
  const names = new Set(existing.map(({ metadata }) => metadata.name));
  for (const group of wanted) {
    const reusable = [...unused].filter((slice) => fits(slice, group));
    const fills = fill(group.endpoints, reusable);
    for (const [i, endpoints] of fills.entries()) {
      const slice = reusable[i];
      if (endpoints.length === 0 && (i > 0 || group.endpoints.length > 0)) continue;
      if (slice === undefined) {
        plan.create.push(newSlice(service, group, endpoints, names));
        continue;
      }
      unused.delete(slice);
      const labels = labelsOf(service);
      if (equalJson(slice.endpoints ?? [], endpoints) && equalJson(slice.metadata.labels, labels)) continue;
      plan.update.push({ ...slice, metadata: { ...slice.metadata, labels }, endpoints });
    }
  }
  plan.delete.push(...unused);
  return plan;
}

/** On the ports of a slice that is there, so that it can stay. */
function emptyGroup(slice: EndpointSlice | undefined): EndpointGroup {
  const ports = slice?.ports?.flatMap(({ port, ...rest }) => (port === undefined ? [] : [{ ...rest, port }])) ?? [];
  return { addressType: slice?.addressType === 'IPv6' ? 'IPv6' : 'IPv4', ports, endpoints: [] };
}

function fits(slice: EndpointSlice, group: EndpointGroup): boolean {
  return slice.addressType === group.addressType && equalJson(slice.ports ?? [], group.ports);
}

/** @returns what goes into each existing slice, and then into new ones */
function fill(endpoints: readonly Endpoint[], slices: readonly EndpointSlice[]): Endpoint[][] {
  const byUid = new Map(endpoints.map((endpoint) => [endpoint.targetRef?.uid, endpoint]));
  const fills = slices.map((slice) => {
    const kept: Endpoint[] = [];
    for (const { targetRef } of slice.endpoints ?? []) {
      const endpoint = byUid.get(targetRef?.uid);
      if (endpoint === undefined) continue;
      byUid.delete(targetRef?.uid);
      kept.push(endpoint);
    }
    return kept;
  });
  // Fullest first, so that slices which are nearly empty run out and go.
  const bySize = [...fills].sort((a, b) => b.length - a.length);
  for (const endpoint of byUid.values()) {
    let room = bySize.find((one) => one.length < endpointsPerSliceMax);
    if (room === undefined) {
      room = [];
      fills.push(room);
      bySize.push(room);
    }
    room.push(endpoint);
  }
  if (fills.length === 0) fills.push([]);
  return fills;
}

/** Named by what it is for, so that making it twice makes it once. */
function newSlice(
  service: Persisted<Service>,
  group: EndpointGroup,
  endpoints: readonly Endpoint[],
  names: Set<string>,
): EndpointSlice {
  let name = '';
  for (let ordinal = 0; name === '' || names.has(name); ordinal++) {
    name = `${service.metadata.name}-${nameHash([service.metadata.uid, group.addressType, group.ports, ordinal])}`;
  }
  names.add(name);
  const { namespace } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name,
      generateName: `${service.metadata.name}-`,
      ...(namespace !== undefined && { namespace }),
      labels: labelsOf(service),
      ownerReferences: [controllerReference(service, kinds.services)],
    },
    addressType: group.addressType,
    ports: group.ports,
    endpoints,
  };
}

function labelsOf(service: Persisted<Service>): Readonly<Record<string, string>> {
  return {
    ...service.metadata.labels,
    ...(service.spec?.clusterIP === 'None' && { [headlessLabel]: '' }),
    [serviceNameLabel]: service.metadata.name,
    [managedByLabel]: manager,
  };
}

/** Five characters of an FNV-1a hash. */
function nameHash(parts: readonly unknown[]): string {
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify(parts)) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return hash.toString(36).padStart(7, '0').slice(-5);
}
