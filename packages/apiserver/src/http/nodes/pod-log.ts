import { type Definition, type FieldError, forbidden, invalid, kinds, type Pod, StatusError, statusErrors } from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import type { Registry } from '../../registry/registry.js';
import { booleanParameter, type Exchange } from '../exchange.js';
import { numberParameter } from '../list-options.js';
import type { SubresourceHandler } from '../router.js';
import { pour } from '../streams/pass-back.js';
import type { KubeletClient } from './kubelet-client.js';
import { kubeletUrl } from './node-location.js';
import { containerOf } from './pod-container.js';

/** `pods/log`: streams what a container wrote from the kubelet of its node, for as long as the client listens. */
export function podLogHandler(registry: Registry, kubelets: KubeletClient): SubresourceHandler {
  return async (exchange) => {
    const { info, response } = exchange;
    if (info.verb !== 'get') throw statusErrors.methodNotAllowed({ group: '', resource: 'pods/log' }, info.verb);
    const context = { user: exchange.user, signal: exchange.signal };
    const pods = kinds.pods as unknown as Definition; // declared with its own object type
    const answer = await registry.get(pods, { ...context, namespace: info.namespace, name: info.name, resourceVersion: '' });
    const pod = answer.object as Pod; // the definition's own kind
    const parameters = logParameters(exchange);
    const container = containerOf(pod, exchange.query.get('container') ?? '');
    const node = pod.spec?.nodeName ?? '';
    if (node === '') {
      response.writeHead(204).end();
      return;
    }
    const path = [info.namespace, info.name, container].map(encodeURIComponent).join('/');
    const base = await kubeletUrl(registry, node, context);
    const query = parameters.size === 0 ? '' : `?${parameters}`;
    await stream(exchange, kubelets, `${base}/containerLogs/${path}${query}`);
  };
}

async function stream(exchange: Exchange, kubelets: KubeletClient, url: string): Promise<void> {
  const { response, signal } = exchange;
  const answer = await kubelets.request(url, { method: 'GET', headers: {}, body: undefined, signal }).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason;
    throw new StatusError(500, '', `Get ${JSON.stringify(url)}: ${errorMessage(error)}`);
  });
  if (answer.statusCode >= 400) {
    const message = (await answer.body.text()).trim();
    if (answer.statusCode === 400) throw statusErrors.badRequest(message);
    throw new StatusError(answer.statusCode, '', message || `the kubelet answered ${answer.statusCode}`);
  }
  response.setHeader('content-type', 'text/plain');
  response.setHeader('cache-control', 'no-cache, private');
  response.writeHead(200);
  response.flushHeaders();
  await pour(exchange, answer.body);
}

/** The options that the kubelet takes, checked. */
function logParameters({ query, info }: Exchange): URLSearchParams {
  const parameters = new URLSearchParams();
  const errors: FieldError[] = [];
  for (const [name, min] of [
    ['tailLines', 0],
    ['sinceSeconds', 1],
    ['limitBytes', 1],
  ] as const) {
    const value = numberParameter(query, name);
    if (value === undefined) continue;
    if (value < min)
      errors.push(invalid(name, value, min === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0'));
    parameters.set(name, String(value));
  }
  const sinceTime = query.get('sinceTime') ?? '';
  if (sinceTime !== '') {
    if (Number.isNaN(Date.parse(sinceTime)))
      throw statusErrors.badRequest(`parsing time ${JSON.stringify(sinceTime)}: want RFC 3339`);
    if (parameters.has('sinceSeconds'))
      errors.push(forbidden('sinceTime', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
    parameters.set('sinceTime', sinceTime);
  }
  for (const name of ['follow', 'previous', 'timestamps']) {
    if (booleanParameter(query, name) === true) parameters.set(name, 'true');
  }
  if (errors.length > 0) throw statusErrors.invalid({ group: '', kind: 'PodLogOptions' }, info.name, errors);
  return parameters;
}
