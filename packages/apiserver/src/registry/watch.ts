import { apiVersionOf, type Definition, hasReason, type StatusError } from '@flotilla/api';
import { errorEvent } from '../storage/cache-event.js';
import { RemoteView } from '../storage/remote-view.js';
import { selectionOf, selectorsOf } from '../storage/selection.js';
import { asStored, type View } from '../storage/view.js';
import type { Snapshot } from '../storage/watch-cache.js';
import { ConvertedWatch } from './converted-watch.js';
import { freshSnapshot } from './list.js';
import type { WatchAnswer, WatchRequest } from './registry.js';
import type { RegistryContext } from './registry-context.js';
import { checkWatchOptions, parseRevision } from './resource-version.js';

/**
 * The table "Semantics for watch" of the Kubernetes API concepts: without a resourceVersion, or with 0, the watch begins with
 * the objects that are there; with another one, with the change after it. sendInitialEvents overrides that.
 */
export async function watchObjects(
  context: RegistryContext,
  definition: Definition,
  request: WatchRequest,
): Promise<WatchAnswer> {
  checkWatchOptions(request);
  try {
    return await startWatch(context, definition, request);
  } catch (error) {
    // Like in Kubernetes, it is refused no more once its resourceVersion has been understood: why it cannot begin there is its only event.
    if (hasReason(error, 'Expired', 'Timeout')) return failedWatch(error);
    throw error;
  }
}

function failedWatch(error: StatusError): WatchAnswer {
  return {
    close: () => {},
    async *[Symbol.asyncIterator]() {
      yield [errorEvent(error)];
    },
  };
}

async function startWatch(context: RegistryContext, definition: Definition, request: WatchRequest): Promise<WatchAnswer> {
  const view = context.caches.view(definition);
  if (!(view instanceof RemoteView)) return watchWith(context, definition, view, request);
  const { prepare } = selectionOf(definition, view, '', request);
  if (prepare === undefined) return new ConvertedWatch(await watchWith(context, definition, asStored, request), view);
  // Which objects it is about is known when they are converted.
  const { matches } = selectorsOf(definition, { ...request, labelSelector: '' });
  const stored = await watchWith(context, definition, asStored, { ...request, fieldSelector: '' });
  return new ConvertedWatch(stored, view, matches);
}

async function watchWith(
  context: RegistryContext,
  definition: Definition,
  view: View,
  request: WatchRequest,
): Promise<WatchAnswer> {
  const { keys, caches } = context;
  const { resourceVersion, sendInitialEvents, signal } = request;
  const options = {
    selection: selectionOf(definition, view, keys.collection(definition, request.namespace), request),
    view,
    type: { apiVersion: apiVersionOf(definition), kind: definition.kind },
    bookmarks: request.allowWatchBookmarks,
    markInitialEnd: sendInitialEvents === true && request.allowWatchBookmarks,
    signal,
  };
  const revision = resourceVersion === '' ? 0 : parseRevision(resourceVersion);
  const cache = caches.of(definition);
  if (revision > 0 && sendInitialEvents !== true) return cache.watchAfter(revision, options);
  const snapshot = await startSnapshot(context, definition, resourceVersion, revision, signal);
  return cache.watchFrom(snapshot, options, sendInitialEvents ?? true);
}

function startSnapshot(
  context: RegistryContext,
  definition: Definition,
  resourceVersion: string,
  revision: number,
  signal: AbortSignal,
): Promise<Snapshot> {
  if (revision > 0) return freshSnapshot(context, definition, { kind: 'notOlderThan', revision }, signal);
  return freshSnapshot(context, definition, { kind: resourceVersion === '' ? 'consistent' : 'any' }, signal);
}
