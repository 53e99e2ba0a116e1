import { statusErrors } from '@flotilla/api';
import type { ListRequest } from '../registry/registry.js';
import { booleanParameter, type Exchange } from './exchange.js';

/** ListOptions from the query; `name` narrows to one object, for legacy watch paths. */
export function listParameters(exchange: Exchange): Omit<ListRequest, 'user' | 'signal'> {
  const { query, info } = exchange;
  const limit = Math.max(0, numberParameter(query, 'limit') ?? 0); // Kubernetes takes a negative one for none
  const fieldSelector = query.get('fieldSelector') ?? '';
  return {
    namespace: info.namespace === '' ? undefined : info.namespace,
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: fieldSelector === '' && info.name !== '' ? `metadata.name=${info.name}` : fieldSelector,
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    limit,
    continue: query.get('continue') ?? '',
    sendInitialEvents: booleanParameter(query, 'sendInitialEvents'),
  };
}

/** @throws StatusError BadRequest when the text is no whole number */
export function numberParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text)) {
    throw statusErrors.badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}
