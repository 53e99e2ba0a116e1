import { apiVersionOf, type Definition, type KubernetesObject, statusErrors } from '@flotilla/api';
import { encodedOnce } from '../storage/encoded-once.js';
import { selectorsOf } from '../storage/selection.js';
import { plainAnswer } from './answers.js';
import { encodedList } from './encoded-list.js';
import type { GetRequest, ListAnswer, ListRequest, ObjectAnswer } from './registry.js';

/** Objects of one resource that are found out when somebody asks, and never stored. */
export interface ComputedResource {
  get(name: string, signal: AbortSignal): Promise<KubernetesObject | undefined>;
  list(signal: AbortSignal): Promise<readonly KubernetesObject[]>;
}

export async function getComputed(
  resource: ComputedResource,
  definition: Definition,
  { name, signal }: GetRequest,
): Promise<ObjectAnswer> {
  const object = await resource.get(name, signal);
  if (object === undefined) throw statusErrors.notFound({ group: definition.group, resource: definition.plural }, name);
  return plainAnswer(200, object);
}

/** All at once, whatever the limit: there are few, and no later page would be of the same moment. */
export async function listComputed(
  resource: ComputedResource,
  definition: Definition,
  request: ListRequest,
): Promise<ListAnswer> {
  const { matches } = selectorsOf(definition, request);
  const items = (await resource.list(request.signal)).filter((object) => matches(object)).map(encodedOnce);
  const metadata = { resourceVersion: '' };
  return encodedList({ apiVersion: apiVersionOf(definition), kind: definition.listKind, metadata, items });
}
