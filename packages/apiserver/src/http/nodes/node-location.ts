import { type Definition, kinds, type Node, statusErrors } from '@flotilla/api';
import type { Registry, RequestContext } from '../../registry/registry.js';

const kubeletPortByDefault = 10_250;
/** Names of hosts may not resolve where the API server runs, addresses always work. */
const preferredTypes = ['InternalIP', 'ExternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS'];

/**
 * Where the kubelet of a node listens.
 * @returns `https://10.0.0.7:10250`
 * @throws StatusError NotFound when there is no such node, ServiceUnavailable when it has no address yet
 */
export async function kubeletUrl(registry: Registry, nodeName: string, context: RequestContext): Promise<string> {
  const nodes = kinds.nodes as unknown as Definition; // declared with its own object type
  const { user, signal } = context;
  const { object } = await registry.get(nodes, { user, signal, name: nodeName, resourceVersion: '0' });
  const { status } = object as Node; // the definition's own kind
  const address = preferredTypes
    .map((type) => status?.addresses?.find((candidate) => candidate.type === type)?.address)
    .find((found) => found !== undefined && found !== '');
  if (address === undefined)
    throw statusErrors.serviceUnavailable(`no preferred addresses found for node ${JSON.stringify(nodeName)}`);
  const port = status?.daemonEndpoints?.kubeletEndpoint?.Port ?? kubeletPortByDefault;
  return `https://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
