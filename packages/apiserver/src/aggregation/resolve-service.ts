import { type Definition, kinds, type Service } from '@flotilla/api';
import { pick, type Random } from '@flotilla/base';
import type { Registry } from '../registry/registry.js';
import { type Endpoint, readyEndpoints } from '../services/ready-endpoints.js';

export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** Why a service cannot be reached: a reason for a condition, and the sentence. */
export interface Unreachable {
  readonly reason: string;
  readonly message: string;
}

const definition = kinds.services as unknown as Definition; // declared with its own object type

/** One of the pods behind a service's port; the API server needs no route to cluster IPs. */
export async function resolveService(registry: Registry, target: ServicePort, random: Random): Promise<Endpoint | Unreachable> {
  const { namespace, name, port } = target;
  const service = (await registry.cached(definition)).get(namespace, name) as Service | undefined; // the definition's own kind
  const called = `service/${name} in ${JSON.stringify(namespace)}`;
  if (service === undefined) return { reason: 'ServiceNotFound', message: `${called} is not present` };
  const { externalName, type, ports = [] } = service.spec ?? {};
  if (type === 'ExternalName' && externalName !== undefined) return { address: externalName, port };
  const found = ports.find((item) => item.port === port);
  if (found === undefined) return { reason: 'ServicePortError', message: `${called} is not listening on port ${port}` };
  const endpoints = await readyEndpoints(registry, namespace, name, found.name ?? '');
  if (endpoints === undefined) {
    return { reason: 'EndpointsNotFound', message: `cannot find endpointslices for ${called}` };
  }
  if (endpoints.length > 0) return pick(random, endpoints);
  const message = `endpointslices for ${called} have no addresses with port name ${JSON.stringify(found.name ?? '')}`;
  return { reason: 'MissingEndpoints', message };
}
