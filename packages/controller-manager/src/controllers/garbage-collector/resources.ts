import { type KubernetesObject, type OwnerReference, type Persisted, parseApiVersion } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import { type Informer, joinKey, ownerUidIndex, type ServedResource } from '@flotilla/client';

/** An object wherever it is: a work queue's key can be made of it and read back. */
export interface ObjectId {
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Located {
  readonly resource: ServedResource;
  readonly object: Persisted;
}

interface Cached {
  readonly informer: Informer<KubernetesObject>;
  /** Whether it is filled or not, nobody waits for it from then on (`clock.monotonicMs`). */
  readonly awaitedUntilMs: number;
}

/** A cache that is not filled by then is likely never to be, such as that of a resource whose conversion is broken. As in Kubernetes. */
const awaitedMs = 30_000;

/** Everything that may own or be owned, with an informer for each resource; they come and go. */
export class GarbageResources {
  readonly #clock: Clock;
  readonly #cached = new Map<ServedResource, Cached>();
  /** Keys of objects whose owners are of a kind that is not served, by that kind. */
  readonly #waiting = new Map<string, Set<string>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns keys of the objects that name an owner of this kind, which was not known till now */
  add(resource: ServedResource, informer: Informer<KubernetesObject>): Iterable<string> {
    this.#cached.set(resource, { informer, awaitedUntilMs: this.#clock.monotonicMs() + awaitedMs });
    const kind = kindText(resource.group, resource.kind);
    const waiting = this.#waiting.get(kind) ?? [];
    this.#waiting.delete(kind);
    return waiting;
  }

  remove(resource: ServedResource): void {
    this.#cached.delete(resource);
  }

  /** Whether what is in no cache is nowhere. */
  get complete(): boolean {
    const nowMs = this.#clock.monotonicMs();
    for (const { informer, awaitedUntilMs } of this.#cached.values()) {
      if (!informer.hasSynced && nowMs < awaitedUntilMs) return false;
    }
    return this.#cached.size > 0;
  }

  /** What an owner reference names. Undefined: a kind that nobody has told us of. */
  resourceOf({ apiVersion, kind }: Pick<OwnerReference, 'apiVersion' | 'kind'>): ServedResource | undefined {
    // Of any version: an owner is the same object in all of them.
    const group = parseApiVersion(apiVersion).group;
    for (const resource of this.#cached.keys()) if (resource.group === group && resource.kind === kind) return resource;
    return undefined;
  }

  /** Remembers to tell of this key when the owner's kind is served. */
  awaitOwner({ apiVersion, kind }: OwnerReference, key: string): void {
    const text = kindText(parseApiVersion(apiVersion).group, kind);
    const waiting = this.#waiting.get(text) ?? new Set();
    this.#waiting.set(text, waiting.add(key));
  }

  /** From the cache. */
  get({ resource, namespace, name, uid }: ObjectId): Persisted | undefined {
    const object = this.#cached.get(resource)?.informer.get(joinKey(resource.namespaced ? namespace : '', name));
    return object?.metadata.uid === uid ? object : undefined;
  }

  /** From the cache: all objects that name this uid among their owners. */
  dependentsOf(uid: string): readonly Located[] {
    const found: Located[] = [];
    for (const [resource, { informer }] of this.#cached) {
      for (const object of informer.byIndex(ownerUidIndex, uid)) found.push({ resource, object });
    }
    return found;
  }

  keyOf(id: ObjectId): string {
    const { resource, namespace, name, uid } = id;
    return [resource.group, resource.version, resource.plural, namespace, name, uid].join('/');
  }

  parseKey(key: string): ObjectId | undefined {
    const [group, version, plural, namespace = '', name = '', uid = ''] = key.split('/');
    for (const resource of this.#cached.keys()) {
      if (resource.group === group && resource.version === version && resource.plural === plural) {
        return { resource, namespace, name, uid };
      }
    }
    return undefined;
  }
}

export function idOf(resource: ServedResource, { metadata }: Persisted): ObjectId {
  return { resource, namespace: metadata.namespace ?? '', name: metadata.name, uid: metadata.uid };
}

/** Events own nothing and are owned by nothing, but there are many of them. */
export function isCollectable({ kind, verbs }: ServedResource): boolean {
  return kind !== 'Event' && ['list', 'watch', 'delete', 'patch'].every((verb) => verbs.includes(verb));
}

function kindText(group: string, kind: string): string {
  return `${kind}.${group}`;
}
