import { type KubernetesObject, type Persisted, type Status, statusErrorFrom } from '@flotilla/api';
import type { ApiClient } from './api-client.js';
import { EventStream } from './event-stream.js';
import { isStatus } from './status.js';
import { queryText } from './transport.js';
import { WatchSocket } from './watch-socket.js';

export type WatchEvent<T extends KubernetesObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Persisted<T> }
  /** Nothing changed up to this resourceVersion; the object carries nothing else. */
  | { readonly type: 'BOOKMARK'; readonly object: Persisted<T> };

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Events after this one; without it, synthetic ADDED events for what exists come first. */
  readonly resourceVersion?: string;
  readonly allowWatchBookmarks?: boolean;
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal | undefined;
}

/** See `ResourceClient.watch`. */
export async function* openWatch<T extends KubernetesObject>(
  client: ApiClient,
  path: string,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const { labelSelector, fieldSelector, resourceVersion, timeoutSeconds, signal } = options;
  signal?.throwIfAborted();
  const allowWatchBookmarks = options.allowWatchBookmarks !== false;
  const query = { watch: true, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, allowWatchBookmarks };
  const stream = new EventStream();
  const stop = () => stream.fail(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const socket = new WatchSocket(client, `${path}${queryText(query)}`, stream);
  try {
    for (let text = await stream.next(); text !== undefined; text = await stream.next()) yield eventOf<T>(text);
  } finally {
    signal?.removeEventListener('abort', stop);
    socket.close();
  }
}

function eventOf<T extends KubernetesObject>(text: string): WatchEvent<T> {
  const event = JSON.parse(text) as WatchEvent<T> | { type: 'ERROR'; object: Status }; // the documented shape of a watch
  if (event.type === 'ERROR') throw statusErrorFrom(event.object);
  if (isStatus(event)) throw statusErrorFrom(event);
  return event;
}
