import { type Endpoint, type EndpointPort, matchesLabelSelector, type Persisted, type Pod, type Service } from '@flotilla/api';
import { podIsReady, podIsTerminal } from '@flotilla/controller-kit';

type AddressType = 'IPv4' | 'IPv6';

/** Endpoints that are reached on the same ports. EndpointSlices and Endpoints are both written from these. */
export interface EndpointGroup {
  readonly addressType: AddressType;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** Whether this controller keeps the Service's endpoints: without a selector, whoever made the Service does. */
export function isManaged(service: Service): boolean {
  const { selector = {}, type } = service.spec ?? {};
  return Object.keys(selector).length > 0 && type !== 'ExternalName';
}

export function selects(service: Service, pod: Pod): boolean {
  return isManaged(service) && matchesLabelSelector({ matchLabels: service.spec?.selector ?? {} }, pod.metadata.labels);
}

/** @param pods of the Service's namespace, selected or not */
export function planEndpoints(service: Service, pods: readonly Persisted<Pod>[]): readonly EndpointGroup[] {
  const groups = new Map<string, { addressType: AddressType; ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  const selected = pods.filter((pod) => selects(service, pod) && !podIsTerminal(pod));
  for (const addressType of addressTypesOf(service)) {
    for (const pod of selected) {
      const address = addressOf(pod, addressType);
      if (address === undefined) continue;
      const ports = portsOf(service, pod);
      const key = JSON.stringify([addressType, ports]);
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] };
      groups.set(key, group);
      group.endpoints.push(endpointOf(service, pod, address));
    }
  }
  return [...groups.values()];
}

function addressTypesOf(service: Service): readonly AddressType[] {
  const families = service.spec?.ipFamilies ?? [];
  const known = families.filter((family) => family === 'IPv4' || family === 'IPv6');
  return known.length === 0 ? ['IPv4'] : known;
}

function addressOf({ status }: Pod, type: AddressType): string | undefined {
  const addresses = status?.podIPs?.map(({ ip }) => ip) ?? [status?.podIP ?? ''];
  return addresses.find((ip) => ip !== '' && ip.includes(':') === (type === 'IPv6'));
}

function endpointOf(service: Service, pod: Persisted<Pod>, address: string): Endpoint {
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = podIsReady(pod);
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const { name, namespace, uid } = pod.metadata;
  const { nodeName, hostname, subdomain } = pod.spec;
  const named = hostname !== undefined && hostname !== '' && subdomain === service.metadata.name;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(named && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    targetRef: { kind: 'Pod', ...(namespace !== undefined && { namespace }), name, uid },
  };
}

/** The Service's ports as this pod has them: a named target port may be another number in every pod. */
function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((servicePort): EndpointPort[] => {
    const protocol = servicePort.protocol ?? 'TCP';
    const port = portNumber(servicePort.targetPort ?? servicePort.port, protocol, servicePort.port, pod);
    if (port === undefined) return [];
    const { appProtocol } = servicePort;
    return [{ name: servicePort.name ?? '', port, protocol, ...(appProtocol !== undefined && { appProtocol }) }];
  });
}

function portNumber(target: number | string, protocol: string, byDefault: number, pod: Pod): number | undefined {
  if (target === 0 || target === '') return byDefault;
  if (typeof target === 'number') return target;
  const restarting = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...pod.spec.containers, ...restarting]
    .flatMap(({ ports = [] }) => ports)
    .find((port) => port.name === target && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}
