import type { Definition, KubernetesObject } from '@flotilla/api';
import { backoffMs, type Clock, type Logger, type Random, sleep } from '@flotilla/base';
import { type ListRequest, type Registry, type WatchEvent, wholeResource } from '../registry/registry.js';
import { apiServerUser } from './user-info.js';

interface Follower {
  /** An object was added or changed. */
  set(object: KubernetesObject): void;
  delete(gone: GoneObject): void;
}

/** What is remembered of every object: whole ones, decoded, would take more memory than everything else that is known of them. */
export interface GoneObject {
  readonly metadata: {
    readonly namespace?: string | undefined;
    readonly name?: string | undefined;
    readonly uid?: string | undefined;
  };
}

export interface FollowOptions {
  readonly registry: Registry;
  readonly definition: Definition;
  readonly follower: Follower;
  /** Absent: every object. */
  readonly selection?: Partial<Pick<ListRequest, 'namespace' | 'labelSelector' | 'fieldSelector'>>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Of a list, between two turns of the event loop. */
const turnObjects = 500;

const retryLimits = { baseMs: 50, maxMs: 5_000 };

/**
 * Tells the follower of every object that is selected, and of every change from then on, until the signal aborts.
 * @returns resolves once the follower has been told of everything that exists
 */
export function follow(options: FollowOptions): Promise<void> {
  return new Promise((resolve) => {
    void run(options, resolve);
  });
}

async function run(options: FollowOptions, synced: () => void): Promise<void> {
  const { signal, clock, random, log, definition } = options;
  const known = new Map<string, GoneObject>();
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      await listAndWatch(options, known, () => {
        failures = 0;
        synced();
      });
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error, resource: definition.plural }, 'watch interrupted');
    }
    if (!signal.aborted) await sleep(clock, backoffMs(Math.max(1, failures), retryLimits, random), signal).catch(() => {});
  }
}

async function listAndWatch(options: FollowOptions, known: Map<string, GoneObject>, synced: () => void): Promise<void> {
  const { registry, definition, follower, selection, signal, clock } = options;
  const request = { ...wholeResource, ...selection, user: apiServerUser, signal };
  const list = await registry.list(definition, request);
  const gone = new Map(known);
  for (const [i, { object }] of list.items.entries()) {
    // Others get their turn, and what has been decoded up to here can be forgotten.
    if (i % turnObjects === turnObjects - 1) await sleep(clock, 0, signal);
    const key = keyOf(object);
    gone.delete(key);
    known.set(key, remembered(object));
    follower.set(object);
  }
  for (const [key, object] of gone) {
    known.delete(key);
    follower.delete(object);
  }
  synced();
  const watch = await registry.watch(definition, {
    ...request,
    resourceVersion: list.metadata.resourceVersion,
    allowWatchBookmarks: false,
  });
  for await (const batch of watch) {
    for (const event of batch) {
      if (event.type === 'ERROR') return;
      applyEvent(event, known, follower);
    }
  }
}

function applyEvent(event: WatchEvent, known: Map<string, GoneObject>, follower: Follower): void {
  const object = event.object as KubernetesObject; // only an ERROR carries a Status
  if (event.type === 'DELETED') {
    known.delete(keyOf(object));
    follower.delete(object);
  } else if (event.type !== 'BOOKMARK') {
    known.set(keyOf(object), remembered(object));
    follower.set(object);
  }
}

function remembered({ metadata: { namespace, name, uid } }: KubernetesObject): GoneObject {
  return { metadata: { namespace, name, uid } };
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}
