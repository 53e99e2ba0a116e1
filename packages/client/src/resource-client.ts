import { apiVersionOf, type KubernetesObject, type ListMeta, type Persisted, StatusError } from '@flotilla/api';
import type { ApiClient } from './api-client.js';
import { type ResourceNames, type ResourceType, resourcePath } from './resource-type.js';
import type { Query, RawRequest } from './transport.js';
import { openWatch, type WatchEvent, type WatchOptions } from './watch.js';

export interface CallOptions {
  readonly namespace?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface GetOptions extends CallOptions {
  readonly resourceVersion?: string;
}

export interface ListOptions extends CallOptions {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface WriteOptions extends CallOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface PatchOptions extends WriteOptions {
  /** Default: strategic. */
  readonly type?: PatchType;
  readonly subresource?: string;
  readonly force?: boolean;
}

export interface DeleteOptions extends CallOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

export interface ResourceList<T extends KubernetesObject> {
  readonly metadata: ListMeta;
  readonly items: readonly Persisted<T>[];
}

const patchContentTypes: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/**
 * The verbs of one kind. A written object's namespace is its `metadata.namespace`, or `options.namespace`.
 * Every verb throws StatusError (the server's answer), ConnectionError (no answer), or the signal's reason.
 */
export class ResourceClient<T extends KubernetesObject> {
  readonly type: ResourceNames;
  readonly client: ApiClient;

  constructor(client: ApiClient, type: ResourceType<T>) {
    this.client = client;
    this.type = type;
  }

  get(name: string, options: GetOptions = {}): Promise<Persisted<T>> {
    return this.#call('GET', this.#path(options, name), { resourceVersion: options.resourceVersion }, options);
  }

  /** Items carry `apiVersion` and `kind`, though the server leaves them out of lists. */
  async list(options: ListOptions = {}): Promise<ResourceList<T>> {
    const { labelSelector, fieldSelector, limit, resourceVersion, resourceVersionMatch } = options;
    const query = { labelSelector, fieldSelector, limit, continue: options.continue, resourceVersion, resourceVersionMatch };
    const list = await this.#call<ResourceList<T>>('GET', this.#path(options), query, options);
    if (!Array.isArray(list?.items))
      throw new StatusError(500, 'InternalError', `the server answered with something else than a list of ${this.type.plural}`);
    const apiVersion = apiVersionOf(this.type);
    const { kind } = this.type;
    return { metadata: list.metadata, items: list.items.map((item) => ({ ...item, apiVersion, kind })) };
  }

  create(object: T, options: WriteOptions = {}): Promise<Persisted<T>> {
    return this.#call('POST', this.#path(this.#at(object, options)), writeQuery(options), options, this.#complete(object));
  }

  /** With the `resourceVersion` that was read, a conflicting write in between yields StatusError Conflict (409). */
  update(object: T, options: WriteOptions = {}): Promise<Persisted<T>> {
    return this.#put(object, options);
  }

  updateStatus(object: T, options: WriteOptions = {}): Promise<Persisted<T>> {
    return this.#put(object, options, 'status');
  }

  patch(name: string, patch: unknown, options: PatchOptions = {}): Promise<Persisted<T>> {
    const { type = 'strategic', subresource } = options;
    const query = { ...writeQuery(options), force: options.force === true ? true : undefined };
    const path = this.#path(options, name, subresource);
    return this.#call('PATCH', path, query, options, patch, patchContentTypes[type]);
  }

  patchStatus(name: string, patch: unknown, options: PatchOptions = {}): Promise<Persisted<T>> {
    return this.patch(name, patch, { ...options, subresource: 'status' });
  }

  /** @returns the object while it is still terminating, or a Status once it is gone */
  delete(name: string, options: DeleteOptions = {}): Promise<KubernetesObject> {
    return this.#call('DELETE', this.#path(options, name), {}, options, deleteBody(options));
  }

  deleteCollection(
    options: DeleteOptions & Pick<ListOptions, 'labelSelector' | 'fieldSelector'> = {},
  ): Promise<KubernetesObject> {
    const { labelSelector, fieldSelector } = options;
    return this.#call('DELETE', this.#path(options), { labelSelector, fieldSelector }, options, deleteBody(options));
  }

  /** `getSubresource<Scale>('hello', 'scale', { namespace })` */
  getSubresource<R>(name: string, subresource: string, options: CallOptions = {}): Promise<R> {
    return this.#call<R>('GET', this.#path(options, name, subresource), {}, options);
  }

  /** Binding, eviction, token: `createSubresource('web-1', 'binding', { … }, { namespace })`. */
  createSubresource<R>(name: string, subresource: string, body: unknown, options: WriteOptions = {}): Promise<R> {
    return this.#call<R>('POST', this.#path(options, name, subresource), writeQuery(options), options, body);
  }

  updateSubresource<R>(name: string, subresource: string, body: unknown, options: WriteOptions = {}): Promise<R> {
    return this.#call<R>('PUT', this.#path(options, name, subresource), writeQuery(options), options, body);
  }

  /**
   * Changes as they happen, in `resourceVersion` order, until the server ends the watch (normal, after minutes: watch again from
   * the last `resourceVersion` seen), the consumer stops iterating, or the signal aborts (throws its reason).
   * @throws StatusError Expired (410) when `resourceVersion` is compacted: list again
   */
  watch(options: WatchOptions = {}): AsyncGenerator<WatchEvent<T>, void, undefined> {
    return openWatch<T>(this.client, this.#path(options), options);
  }

  #put(object: T, options: WriteOptions, subresource?: string): Promise<Persisted<T>> {
    const path = this.#path(this.#at(object, options), object.metadata.name ?? '', subresource);
    return this.#call('PUT', path, writeQuery(options), options, this.#complete(object));
  }

  #call<R = Persisted<T>>(
    method: RawRequest['method'],
    path: string,
    query: Query,
    { signal }: CallOptions,
    body?: unknown,
    contentType?: string,
  ): Promise<R> {
    return this.client.request<R>({ method, path, query, body, signal, ...(contentType !== undefined && { contentType }) });
  }

  #at(object: T, options: CallOptions): CallOptions {
    return { namespace: object.metadata.namespace ?? options.namespace ?? this.client.defaultNamespace };
  }

  #path(options: CallOptions, name?: string, subresource?: string): string {
    return resourcePath(this.type, options.namespace, name, subresource);
  }

  #complete(object: T): unknown {
    return { ...object, apiVersion: apiVersionOf(this.type), kind: this.type.kind };
  }
}

function writeQuery(options: WriteOptions): Query {
  const { fieldManager, fieldValidation } = options;
  return { fieldManager, fieldValidation, dryRun: options.dryRun === true ? 'All' : undefined };
}

function deleteBody(options: DeleteOptions): unknown {
  const { gracePeriodSeconds, propagationPolicy, preconditions } = options;
  const dryRun = options.dryRun === true ? ['All'] : undefined;
  return { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds, propagationPolicy, preconditions, dryRun };
}
