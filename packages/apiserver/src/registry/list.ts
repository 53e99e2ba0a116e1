import { apiVersionOf, type Definition, hasReason, statusErrors } from '@flotilla/api';
import { rangePageObjectsMax } from '../limits.js';
import { tooLarge } from '../storage/fresh-waiters.js';
import { type Selection, selectionOf } from '../storage/selection.js';
import type { StoredObject } from '../storage/stored-object.js';
import type { Snapshot } from '../storage/watch-cache.js';
import { continueToken, parseContinue } from './continue-token.js';
import { encodedList } from './encoded-list.js';
import type { ListAnswer, ListRequest } from './registry.js';
import type { RegistryContext } from './registry-context.js';
import { freshnessOfList, type LatestFreshness } from './resource-version.js';

/** A page of a list, before it is encoded. */
interface Page {
  readonly objects: readonly StoredObject[];
  readonly revision: number;
  readonly more: boolean;
  /** How many follow, where that is known. */
  readonly remaining?: number;
  /** The objects' texts in few pieces, where the cache has them like that. */
  readonly texts?: readonly Buffer[];
}

export async function listObjects(context: RegistryContext, definition: Definition, request: ListRequest): Promise<ListAnswer> {
  const { keys, caches } = context;
  const view = caches.view(definition);
  const prefix = keys.collection(definition, request.namespace);
  const selection = selectionOf(definition, view, prefix, request);
  const page = await readPage(context, definition, request, selection);
  if (view.prepare !== undefined) await view.prepare(page.objects);
  const last = page.objects.at(-1);
  const metadata = {
    resourceVersion: String(page.revision),
    ...(page.more && last !== undefined ? { continue: continueToken(prefix, `${last.key}\0`, page.revision) } : {}),
    ...(page.more && page.remaining !== undefined ? { remainingItemCount: page.remaining } : {}),
  };
  const items = page.objects.map((object) => view.of(object));
  const texts = definition.conversion === undefined ? page.texts : undefined;
  return encodedList({ apiVersion: apiVersionOf(definition), kind: definition.listKind, metadata, items }, texts);
}

async function readPage(
  context: RegistryContext,
  definition: Definition,
  request: ListRequest,
  selection: Selection,
): Promise<Page> {
  const freshness = freshnessOfList(request);
  if (request.continue !== '') {
    const { revision, startKey } = parseContinue(selection.prefix, request.continue);
    if (request.resourceVersion !== '' && request.resourceVersion !== '0') {
      throw statusErrors.badRequest('specifying resource version is not allowed when using continue');
    }
    const current = revision ?? (await context.caches.revision.read());
    return pageFromStore(context, selection, startKey, request.limit, current, 'continue');
  }
  if (freshness.kind === 'exact') {
    return pageFromStore(context, selection, selection.prefix, request.limit, freshness.revision, 'exact');
  }
  return pageFromCache(await freshSnapshot(context, definition, freshness, request.signal), selection, request.limit);
}

/** The cache, once it is as fresh as wanted. */
export async function freshSnapshot(
  { caches }: RegistryContext,
  definition: Definition,
  freshness: LatestFreshness,
  signal: AbortSignal,
): Promise<Snapshot> {
  const cache = caches.of(definition);
  if (freshness.kind === 'any') return cache.snapshot();
  const revision = freshness.kind === 'consistent' ? await caches.revision.read() : freshness.revision;
  return cache.snapshotAt(revision, signal);
}

async function pageFromCache(snapshot: Snapshot, selection: Selection, limit: number): Promise<Page> {
  const { revision } = snapshot;
  const { prefix, exact, filtered } = selection;
  if (limit === 0 && !filtered) {
    const texts = snapshot.objects.textsWithPrefix(prefix);
    return { objects: [...snapshot.objects.withPrefix(prefix)], revision, more: false, texts };
  }
  const objects: StoredObject[] = [];
  let following = 0;
  let candidates: Iterable<StoredObject> =
    exact === undefined ? snapshot.objects.withPrefix(prefix) : snapshot.objects.withIndexed(exact.name, exact.read, exact.value);
  if (selection.prepare !== undefined) {
    // The snapshot moves on while somebody converts: these are what there is at its revision.
    const all = [...candidates];
    await selection.prepare(all);
    candidates = all;
  }
  for (const object of candidates) {
    if (filtered && !selection.matches(object)) continue;
    if (limit === 0 || objects.length < limit) objects.push(object);
    else if (filtered) return { objects, revision, more: true };
    else following += 1;
  }
  return { objects, revision, more: following > 0, remaining: following };
}

/** The cache only knows the present: the past is read from the store, page by page at the same revision. */
async function pageFromStore(
  { objects: store }: RegistryContext,
  selection: Selection,
  startKey: string,
  limit: number,
  revision: number,
  why: 'continue' | 'exact',
): Promise<Page> {
  const objects: StoredObject[] = [];
  try {
    for (let start = startKey; ; ) {
      const wanted = limit === 0 ? rangePageObjectsMax : Math.min(limit - objects.length, rangePageObjectsMax);
      const page = await store.page(selection.prefix, start, wanted, revision);
      await selection.prepare?.(page.objects);
      for (const object of page.objects) if (selection.matches(object)) objects.push(object);
      const last = page.objects.at(-1);
      const more = page.more && last !== undefined;
      if (!more || (limit > 0 && objects.length >= limit)) {
        const remaining = selection.filtered ? {} : { remaining: page.count - page.objects.length };
        return { objects, revision, more, ...remaining };
      }
      start = `${last.key}\0`;
    }
  } catch (error) {
    if (hasReason(error, 'Expired')) throw expired(why, continueToken(selection.prefix, startKey, undefined));
    if (error instanceof Error && /future revision/.test(error.message)) throw tooLarge(revision, 0);
    throw error;
  }
}

/** @param token goes on where the list was interrupted, with what is current then */
function expired(why: 'continue' | 'exact', token: string): Error {
  if (why === 'exact') return statusErrors.expired('The resourceVersion for the provided list is too old.');
  const advice =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the ' +
    'continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with ' +
    'the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the ' +
    'first chunk was returned and now may show up in the list.';
  return statusErrors.expired(advice, token);
}
