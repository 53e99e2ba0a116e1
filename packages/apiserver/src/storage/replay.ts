import { isStoreError, type KeyValueStore, prefixEnd, type WatchResponse } from '@flotilla/store-client';
import { watchReplayEventsMax } from '../limits.js';
import { CacheEvent } from './cache-event.js';
import { keyBytes, keyText } from './keys.js';
import { statusOfStoreFailure, tooOld } from './store-failure.js';
import { StoredObject } from './stored-object.js';

/**
 * The events of a resource in (after, until], from the store's history: a client that comes from another API server, or
 * from before a restart, resumes without a gap although this server's window begins later.
 * @throws StatusError Expired when the store has compacted them, or they are too many to replay
 */
export async function replayEvents(
  store: KeyValueStore,
  prefix: string,
  after: number,
  until: number,
  signal: AbortSignal,
): Promise<readonly CacheEvent[]> {
  const key = keyBytes(prefix);
  const stream = store.watch({ key, rangeEnd: prefixEnd(key), startRevision: after + 1, prevKv: true });
  stream.created.catch(() => undefined); // the iteration tells of it too
  const onAbort = () => stream.cancel();
  signal.addEventListener('abort', onAbort, { once: true });
  const events: CacheEvent[] = [];
  // There may be no event to come: the answer to this question ends the loop then.
  void stream.created.then(() => stream.requestProgress()).catch(() => undefined);
  try {
    for await (const response of stream) {
      for (const { type, kv, prevKv } of response.events) {
        if (kv.modRevision > until) continue;
        const name = keyText(kv.key);
        const object = type === 'put' ? new StoredObject(name, kv.value, kv.modRevision) : undefined;
        const previous = prevKv === undefined ? undefined : new StoredObject(name, prevKv.value, prevKv.modRevision);
        if (object !== undefined || previous !== undefined) events.push(new CacheEvent(kv.modRevision, name, object, previous));
      }
      if (events.length > watchReplayEventsMax) throw tooOld(`: ${after} (${until})`);
      if (deliveredRevision(response) >= until) break;
      stream.requestProgress();
    }
    signal.throwIfAborted();
    return events;
  } catch (error) {
    if (isStoreError(error, 'compacted')) throw tooOld(`: ${after} (${error.compactRevision ?? until})`);
    throw statusOfStoreFailure(error);
  } finally {
    signal.removeEventListener('abort', onAbort);
    stream.cancel();
  }
}

/** How far a watch has come. A response with events may bear the store's revision, which is ahead of what was delivered. */
export function deliveredRevision({ events, revision }: WatchResponse): number {
  return events.at(-1)?.kv.modRevision ?? revision;
}
