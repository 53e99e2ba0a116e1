import type { EndpointSlice } from '@flotilla/api';
import { type IpFamily, ipFamily } from './ip-address.js';
import { type Protocol, type Target, targetKey } from './rule.js';

/** One address behind one port of a Service, as the endpoint slices tell. */
interface PortEndpoint extends Target {
  readonly nodeName: string | undefined;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

const serviceNameLabel = 'kubernetes.io/service-name';

/** Endpoint slices by `<namespace>/<service>`. */
export function groupSlices(slices: readonly EndpointSlice[]): ReadonlyMap<string, readonly EndpointSlice[]> {
  const groups = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const service = slice.metadata.labels?.[serviceNameLabel];
    if (service === undefined || slice.metadata.deletionTimestamp !== undefined) continue;
    const key = `${slice.metadata.namespace ?? ''}/${service}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [slice]);
    else group.push(slice);
  }
  return groups;
}

/** Every endpoint of one port; the same address in two slices counts once, and the readier of the two wins. */
export function portEndpoints(
  slices: readonly EndpointSlice[],
  port: { readonly name: string; readonly protocol: Protocol },
  family: IpFamily,
): readonly PortEndpoint[] {
  const found = new Map<string, PortEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== family) continue;
    const number = slice.ports?.find(
      (each) => (each.name ?? '') === port.name && (each.protocol ?? 'TCP') === port.protocol,
    )?.port;
    if (number === undefined) continue;
    for (const { addresses, conditions = {}, nodeName } of slice.endpoints ?? []) {
      const ip = addresses[0]; // the API allows one address per endpoint to be used
      if (ip === undefined || ipFamily(ip) !== family) continue;
      const ready = conditions.ready ?? true;
      const terminating = conditions.terminating ?? false;
      const endpoint = { ip, port: number, nodeName, ready, serving: conditions.serving ?? ready, terminating };
      const key = targetKey(endpoint);
      if (found.get(key)?.ready !== true) found.set(key, endpoint);
    }
  }
  return [...found.values()].sort((a, b) => (targetKey(a) < targetKey(b) ? -1 : 1));
}

/**
 * Who gets new connections: the ready ones; when there are none, those that terminate but still serve (KEP-1669), so that a
 * rolling update of a one-replica Deployment loses nothing.
 */
export function usableTargets(endpoints: readonly PortEndpoint[], localTo: string | undefined): readonly Target[] {
  const near = localTo === undefined ? endpoints : endpoints.filter(({ nodeName }) => nodeName === localTo);
  const ready = near.filter((endpoint) => endpoint.ready);
  const chosen = ready.length > 0 ? ready : near.filter((endpoint) => endpoint.serving && endpoint.terminating);
  return chosen.map(({ ip, port }) => ({ ip, port }));
}
