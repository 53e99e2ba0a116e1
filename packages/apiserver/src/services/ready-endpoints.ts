import { type Definition, type EndpointSlice, kinds } from '@flotilla/api';
import type { Registry } from '../registry/registry.js';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

const definition = kinds.endpointSlices as unknown as Definition; // declared with its own object type

/** Where the pods of a service listen that are ready, on the port of that name; undefined when the service has no slices at all. */
export async function readyEndpoints(
  registry: Registry,
  namespace: string,
  service: string,
  portName: string,
): Promise<readonly Endpoint[] | undefined> {
  const slices = await registry.cached(definition);
  const found: Endpoint[] = [];
  let any = false;
  for (const object of slices.list(namespace)) {
    const slice = object as unknown as EndpointSlice; // the definition's own kind
    if (slice.metadata?.labels?.['kubernetes.io/service-name'] !== service) continue;
    any = true;
    const port = slice.ports?.find((item) => (item.name ?? '') === portName)?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints) {
      if (endpoint.conditions?.ready !== false) found.push(...endpoint.addresses.map((address) => ({ address, port })));
    }
  }
  return any ? found : undefined;
}
