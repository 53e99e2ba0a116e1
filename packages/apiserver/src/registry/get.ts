import { type Definition, statusErrors } from '@flotilla/api';
import type { StoredObject } from '../storage/stored-object.js';
import { shownAnswer } from './answers.js';
import type { GetRequest, ObjectAnswer } from './registry.js';
import { type RegistryContext, resourceOf } from './registry-context.js';
import { freshnessOfGet } from './resource-version.js';

export async function getObject(context: RegistryContext, definition: Definition, request: GetRequest): Promise<ObjectAnswer> {
  const stored = await readObject(context, definition, request);
  if (stored === undefined) throw statusErrors.notFound(resourceOf(definition), request.name);
  return shownAnswer(200, context.caches.view(definition), stored);
}

export async function readObject(
  context: RegistryContext,
  definition: Definition,
  request: GetRequest,
): Promise<StoredObject | undefined> {
  const { keys, caches, objects } = context;
  const key = keys.object(definition, request.namespace, request.name);
  const freshness = freshnessOfGet(request.resourceVersion);
  const cache = caches.existing(definition);
  // A resource of which nobody lists or watches anything is not worth a cache.
  if (cache === undefined) return objects.get(key);
  if (freshness.kind === 'any') return (await cache.snapshot()).objects.get(key);
  const revision = freshness.kind === 'consistent' ? await caches.revision.read() : freshness.revision;
  return (await cache.snapshotAt(revision, request.signal)).objects.get(key);
}
