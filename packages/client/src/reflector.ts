import { hasReason, type KubernetesObject, type Persisted, StatusError } from '@flotilla/api';
import { backoffMs, randomInt, sleep } from '@flotilla/base';
import { ConnectionError } from './connection-error.js';
import type { InformerOptions } from './informer.js';
import { informerBackoff, listPageSize, watchTimeoutSecondsMax, watchTimeoutSecondsMin } from './limits.js';
import type { ResourceClient } from './resource-client.js';

/** Where a reflector puts what it learns. */
export interface ReflectorTarget<T extends KubernetesObject> {
  /** All there is. */
  replace(objects: readonly Persisted<T>[]): void;
  set(object: Persisted<T>): void;
  delete(object: Persisted<T>): void;
  /** Everything up to this version has been told. */
  reached(resourceVersion: string): void;
}

/** A watch that ends sooner than this counts as a failure: it must not be opened again without a pause. */
const shortWatchMs = 1_000;

/** Mirrors a resource into `target` until the signal aborts, as documented at `Informer.run`. */
export async function reflect<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  options: InformerOptions,
  target: ReflectorTarget<T>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, log } = resource.client;
  // Where the next watch starts; undefined: list first, at least as fresh as `listFrom`.
  let resourceVersion: string | undefined;
  let listFrom: string = options.initialResourceVersion ?? '0';
  let failures = 0;
  while (!signal.aborted) {
    const startedMs = clock.monotonicMs();
    try {
      if (resourceVersion === undefined) {
        const list = await listAll(resource, options, listFrom, signal);
        target.replace(list.items);
        resourceVersion = list.resourceVersion;
        target.reached(resourceVersion);
      }
      for await (const { type, object } of watchFrom(resource, options, resourceVersion, signal)) {
        if (type === 'DELETED') target.delete(object);
        else if (type !== 'BOOKMARK') target.set(object);
        resourceVersion = object.metadata.resourceVersion;
        target.reached(resourceVersion);
        failures = 0;
      }
      if (clock.monotonicMs() - startedMs >= shortWatchMs) continue;
      failures++;
    } catch (error) {
      if (signal.aborted) return;
      if (!isServersFault(error)) throw error;
      if (clock.monotonicMs() - startedMs >= shortWatchMs) failures = 0;
      failures++;
      if (mustRelist(error)) {
        resourceVersion = undefined;
        listFrom = '';
      }
      // A server that is away is nothing to tell of; one that refuses will go on to do so until somebody acts.
      const level = hasReason(error, 'Forbidden', 'Unauthorized') ? 'warn' : 'debug';
      log[level]({ resource: resource.type.plural, error: error.message, failures }, 'list or watch failed, trying again');
    }
    await sleep(clock, backoffMs(failures, informerBackoff, random), signal).catch(() => undefined);
  }
}

async function listAll<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  options: InformerOptions,
  resourceVersion: string,
  signal: AbortSignal,
): Promise<{ items: readonly Persisted<T>[]; resourceVersion: string }> {
  const { namespace, labelSelector, fieldSelector } = options;
  const selection = { namespace, labelSelector, fieldSelector, signal };
  if (resourceVersion !== '') {
    const list = await resource.list({ ...selection, resourceVersion });
    return { items: list.items, resourceVersion: list.metadata.resourceVersion ?? '' };
  }
  const items: Persisted<T>[] = [];
  let page = await resource.list({ ...selection, limit: listPageSize });
  items.push(...page.items);
  while (page.metadata.continue !== undefined && page.metadata.continue !== '') {
    page = await resource.list({ ...selection, limit: listPageSize, continue: page.metadata.continue });
    items.push(...page.items);
  }
  return { items, resourceVersion: page.metadata.resourceVersion ?? '' };
}

function watchFrom<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  options: InformerOptions,
  resourceVersion: string,
  signal: AbortSignal,
) {
  const { namespace, labelSelector, fieldSelector } = options;
  const timeoutSeconds = randomInt(resource.client.random, watchTimeoutSecondsMin, watchTimeoutSecondsMax);
  return resource.watch({ namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, signal });
}

/** Answers that are not JSON come from something between us and the server. */
function isServersFault(error: unknown): error is Error {
  return error instanceof StatusError || error instanceof ConnectionError || error instanceof SyntaxError;
}

/** The version we have is too old to go on from, or from the future of a store that was restored or replaced. */
function mustRelist(error: unknown): boolean {
  if (hasReason(error, 'Expired', 'Gone', 'BadRequest')) return true;
  return (
    error instanceof StatusError && error.details?.causes?.some((cause) => cause.reason === 'ResourceVersionTooLarge') === true
  );
}
