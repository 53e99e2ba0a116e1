import { type Definition, kinds, type Pod, type Service, statusErrors } from '@flotilla/api';
import { errorMessage, pick, type Random } from '@flotilla/base';
import type { Registry, RequestContext } from '../../registry/registry.js';
import { readyEndpoints } from '../../services/ready-endpoints.js';
import type { Exchange } from '../exchange.js';
import { hasBody } from '../message.js';
import type { SubresourceHandler } from '../router.js';
import { forwardedHeaders } from '../streams/forwarded-headers.js';
import { passBack } from '../streams/pass-back.js';
import { passOnUpgrade } from '../streams/pass-on.js';
import type { KubeletClient } from './kubelet-client.js';
import { kubeletUrl } from './node-location.js';

/** What a proxy path names: `https:web:8443` → scheme, name and port; the outer two may be missing. */
interface ProxyTarget {
  readonly scheme: string;
  readonly name: string;
  readonly port: string;
}

/** `nodes/proxy`, `pods/proxy` and `services/proxy`: passes any HTTP request on, and the answer back. */
export function proxyHandlers(
  registry: Registry,
  kubelets: KubeletClient,
  random: Random,
): readonly (readonly [string, SubresourceHandler])[] {
  const locate: Record<string, (target: ProxyTarget, exchange: Exchange, context: RequestContext) => Promise<string>> = {
    'nodes/proxy': (target, _exchange, context) => nodeUrl(registry, target, context),
    'pods/proxy': (target, exchange, context) => podUrl(registry, target, exchange, context),
    'services/proxy': (target, exchange, context) => serviceUrl(registry, target, exchange, context, random),
  };
  return Object.entries(locate).map(([resource, find]) => [
    resource,
    async (exchange) => {
      const context = { user: exchange.user, signal: exchange.signal };
      const base = await find(parseTarget(exchange.info.name), exchange, context);
      await forward(exchange, kubelets, base);
    },
  ]);
}

function parseTarget(text: string): ProxyTarget {
  const parts = text.split(':');
  if (parts.length === 3) return { scheme: parts[0] || 'http', name: parts[1] ?? '', port: parts[2] ?? '' };
  return { scheme: 'http', name: parts[0] ?? '', port: parts[1] ?? '' };
}

/** The kubelet's own port, or another of its host. */
async function nodeUrl(registry: Registry, { scheme, name, port }: ProxyTarget, context: RequestContext): Promise<string> {
  const kubelet = await kubeletUrl(registry, name, context);
  const url = new URL(kubelet);
  return port === '' || port === url.port ? kubelet : `${scheme}://${url.hostname}:${port}`;
}

async function podUrl(registry: Registry, target: ProxyTarget, { info }: Exchange, context: RequestContext): Promise<string> {
  const pods = kinds.pods as unknown as Definition; // declared with its own object type
  const answer = await registry.get(pods, { ...context, namespace: info.namespace, name: target.name, resourceVersion: '0' });
  const pod = answer.object as Pod; // the definition's own kind
  const address = pod.status?.podIP ?? '';
  if (address === '') throw statusErrors.badRequest('address not allowed');
  const port = target.port === '' ? pod.spec?.containers[0]?.ports?.[0]?.containerPort : Number(target.port);
  return `${target.scheme}://${address}:${port ?? 80}`;
}

async function serviceUrl(
  registry: Registry,
  target: ProxyTarget,
  { info }: Exchange,
  context: RequestContext,
  random: Random,
): Promise<string> {
  const services = kinds.services as unknown as Definition; // declared with its own object type
  const { namespace } = info;
  const answer = await registry.get(services, { ...context, namespace, name: target.name, resourceVersion: '0' });
  const ports = (answer.object as Service).spec?.ports ?? []; // the definition's own kind
  const port =
    target.port === '' ? ports[0] : ports.find((item) => item.name === target.port || String(item.port) === target.port);
  const unavailable = statusErrors.serviceUnavailable(`no endpoints available for service ${JSON.stringify(target.name)}`);
  if (port === undefined) throw unavailable;
  const found = (await readyEndpoints(registry, namespace, target.name, port.name ?? '')) ?? [];
  if (found.length === 0) throw unavailable;
  const endpoint = pick(random, found);
  return `${target.scheme}://${endpoint.address}:${endpoint.port}`;
}

async function forward(exchange: Exchange, kubelets: KubeletClient, base: string): Promise<void> {
  const { request, info, signal, method } = exchange;
  const url = request.url ?? '';
  const questionMark = url.indexOf('?');
  const path = info.subpath.split('/').map(encodeURIComponent).join('/');
  const target = `${base}/${path}${questionMark < 0 ? '' : url.slice(questionMark)}`;
  if (exchange.upgrade !== undefined) return passOnUpgrade(exchange, kubelets, target);
  const answer = await kubelets
    .request(target, {
      method,
      headers: forwardedHeaders(request),
      body: hasBody(request) ? request : undefined,
      signal,
    })
    .catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw statusErrors.serviceUnavailable(`error trying to reach service: ${errorMessage(error)}`);
    });
  await passBack(exchange, answer);
}
