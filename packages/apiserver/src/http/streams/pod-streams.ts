import { type Definition, kinds, type Pod, statusErrors } from '@flotilla/api';
import type { Registry } from '../../registry/registry.js';
import { booleanParameter, type Exchange } from '../exchange.js';
import type { KubeletClient } from '../nodes/kubelet-client.js';
import { kubeletUrl } from '../nodes/node-location.js';
import { containerOf } from '../nodes/pod-container.js';
import type { SubresourceHandler } from '../router.js';
import { passOnUpgrade } from './pass-on.js';

/** What the API calls a stream, and what the kubelet does. */
const streamFlags = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const;

/**
 * `pods/exec`, `pods/attach` and `pods/portforward`: finds the kubelet of the pod's node and makes the client's connection one with it.
 * What is spoken on it (SPDY, or WebSocket in any of its protocols) is a matter of client and kubelet alone.
 */
export function podStreamHandlers(
  registry: Registry,
  kubelets: KubeletClient,
): readonly (readonly [string, SubresourceHandler])[] {
  const handler =
    (verb: string, locate: (exchange: Exchange, pod: Pod) => { path: string; query: URLSearchParams }): SubresourceHandler =>
    async (exchange) => {
      const { info, user, signal, upgrade } = exchange;
      if (info.verb !== 'create' && info.verb !== 'get')
        throw statusErrors.methodNotAllowed({ group: '', resource: `pods/${info.subresource}` }, info.verb);
      const pods = kinds.pods as unknown as Definition; // declared with its own object type
      const target = { user, signal, namespace: info.namespace, name: info.name, resourceVersion: '' };
      const pod = (await registry.get(pods, target)).object as Pod; // the definition's own kind
      const { path, query } = locate(exchange, pod);
      const node = pod.spec?.nodeName ?? '';
      if (node === '') throw statusErrors.badRequest(`pod ${info.name} does not have a host assigned`);
      const base = await kubeletUrl(registry, node, { user, signal });
      if (upgrade === undefined) throw statusErrors.badRequest('Upgrade request required');
      await passOnUpgrade(exchange, kubelets, `${base}/${verb}/${path}${query.size === 0 ? '' : `?${query}`}`);
    };
  return [
    ['pods/exec', handler('exec', containerStreams)],
    ['pods/attach', handler('attach', containerStreams)],
    ['pods/portforward', handler('portForward', podPorts)],
  ];
}

function containerStreams({ info, query }: Exchange, pod: Pod): { path: string; query: URLSearchParams } {
  const container = containerOf(pod, query.get('container') ?? '');
  const wanted = new URLSearchParams();
  for (const [name, flag] of Object.entries(streamFlags)) if (booleanParameter(query, name) === true) wanted.set(flag, '1');
  for (const word of query.getAll('command')) wanted.append('command', word);
  return { path: pathOf(info.namespace, info.name, container), query: wanted };
}

function podPorts({ info, query }: Exchange): { path: string; query: URLSearchParams } {
  const ports = query.getAll('ports').flatMap((text) => text.split(','));
  return {
    path: pathOf(info.namespace, info.name),
    query: new URLSearchParams(ports.map((port): [string, string] => ['port', port])),
  };
}

function pathOf(...names: readonly string[]): string {
  return names.map(encodeURIComponent).join('/');
}
