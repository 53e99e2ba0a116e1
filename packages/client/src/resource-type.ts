import { apiVersionOf, type KubernetesObject } from '@flotilla/api';

/** What a client must know of a kind to build its URLs. */
export interface ResourceNames {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** The resource's name in URLs: `pods`. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** A kind, with the TypeScript type of its objects; every `Definition` of `@flotilla/api` is one. */
export interface ResourceType<T extends KubernetesObject = KubernetesObject> extends ResourceNames {
  /** Not read here: it is what infers `T` from a definition. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
}

/** `/apis/apps/v1/namespaces/default/deployments/hello/status`; without a namespace, the resource in all of them. */
export function resourcePath(type: ResourceNames, namespace?: string, name?: string, subresource?: string): string {
  const version = apiVersionOf(type);
  const parts = [type.group === '' ? `/api/${version}` : `/apis/${version}`];
  if (type.namespaced && namespace !== undefined && namespace !== '') parts.push('namespaces', encodeURIComponent(namespace));
  parts.push(type.plural);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource !== undefined) parts.push(subresource);
  return parts.join('/');
}

/** `default/web-1`, or `node-1` for what has no namespace: the key of caches and work queues. */
export function keyOf(object: Pick<KubernetesObject, 'metadata'>): string {
  const { namespace, name } = object.metadata;
  return joinKey(namespace, name ?? '');
}

export function joinKey(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** The inverse of `keyOf`: `splitKey('default/web-1')` → `{ namespace: 'default', name: 'web-1' }`. */
export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
