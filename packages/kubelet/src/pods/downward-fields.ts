import { type Container, type Pod, quantityMilliValue, type ResourceFieldSelector } from '@flotilla/api';

/** Addresses that the pod's own object does not carry yet when its containers are made. */
export interface Addresses {
  readonly podIp: string;
  readonly hostIp: string;
}

/** The value that a `fieldRef` names. @returns undefined for a path that the downward API does not offer */
export function podField(pod: Pod, fieldPath: string, addresses: Addresses): string | undefined {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(fieldPath);
  if (keyed !== null) return metadata[keyed[1] === 'labels' ? 'labels' : 'annotations']?.[keyed[2] ?? ''] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name ?? '';
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'metadata.labels':
      return formatMap(metadata.labels);
    case 'metadata.annotations':
      return formatMap(metadata.annotations);
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return addresses.hostIp;
    case 'status.podIP':
    case 'status.podIPs':
      return addresses.podIp;
    default:
      return undefined;
  }
}

/**
 * The value that a `resourceFieldRef` names, in units of its divisor, rounded up. A limit that is not set is the node's allocatable.
 * @returns undefined for a resource or container that is not known
 */
export function containerResource(
  pod: Pod,
  ref: ResourceFieldSelector,
  ownName: string,
  nodeAllocatable: Readonly<Record<string, string>>,
): string | undefined {
  const match = /^(limits|requests)\.(.+)$/.exec(ref.resource);
  const containers: readonly Container[] = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const container = containers.find(({ name }) => name === (ref.containerName ?? ownName));
  if (match === null || container === undefined) return undefined;
  const [, kind, resource = ''] = match;
  const own = kind === 'limits' ? container.resources?.limits?.[resource] : container.resources?.requests?.[resource];
  const amount = own ?? (kind === 'limits' ? nodeAllocatable[resource] : undefined) ?? '0';
  // In thousandths, the finest divisor there is; '0', the default that the API fills in, means 1.
  return String(Math.ceil(quantityMilliValue(amount) / (quantityMilliValue(ref.divisor ?? '1') || 1_000)));
}

/** As files and variables of the downward API show labels: a line `key="value"` each, sorted. */
function formatMap(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join('\n');
}
