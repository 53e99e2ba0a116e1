import type { Endpoint, EndpointAddress, EndpointSubset, Endpoints, Persisted, Service } from '@flotilla/api';
import type { EndpointGroup } from './plan.js';
import { headlessLabel } from './slices.js';

const managedByLabel = 'endpoints.kubernetes.io/managed-by';
const manager = 'endpoint-controller';

/** Beyond this, an Endpoints object is cut off, as in Kubernetes; EndpointSlices have them all. */
const addressesMax = 1_000;

/** The same endpoints in the older form: terminating pods are left out, and there is one address family. */
export function endpointsObject(service: Persisted<Service>, groups: readonly EndpointGroup[]): Endpoints {
  const { name, namespace, labels } = service.metadata;
  const family = groups[0]?.addressType ?? 'IPv4';
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      labels: { ...labels, ...(service.spec?.clusterIP === 'None' && { [headlessLabel]: '' }), [managedByLabel]: manager },
    },
    subsets: groups.filter(({ addressType }) => addressType === family).flatMap((group) => subsetOf(service, group)),
  };
}

function subsetOf(service: Service, { ports, endpoints }: EndpointGroup): EndpointSubset[] {
  const published = service.spec?.publishNotReadyAddresses === true;
  const shown = endpoints.filter(({ conditions }) => published || conditions?.terminating !== true).slice(0, addressesMax);
  if (shown.length === 0) return [];
  const ready = shown.filter(({ conditions }) => conditions?.ready === true).map(addressOf);
  const notReady = shown.filter(({ conditions }) => conditions?.ready !== true).map(addressOf);
  const named = ports.map(({ name, ...port }) => (name === undefined || name === '' ? port : { name, ...port }));
  return [
    {
      ...(ready.length > 0 && { addresses: sorted(ready) }),
      ...(notReady.length > 0 && { notReadyAddresses: sorted(notReady) }),
      ...(named.length > 0 && { ports: named }),
    },
  ];
}

function addressOf({ addresses, hostname, nodeName, targetRef }: Endpoint): EndpointAddress {
  return {
    ip: addresses[0] ?? '',
    ...(hostname !== undefined && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    ...(targetRef !== undefined && { targetRef }),
  };
}

function sorted(addresses: readonly EndpointAddress[]): readonly EndpointAddress[] {
  return [...addresses].sort((a, b) => a.ip.localeCompare(b.ip, 'en', { numeric: true }));
}
