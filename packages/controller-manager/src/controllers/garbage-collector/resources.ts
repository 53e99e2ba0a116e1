import type { Definition, KubernetesObject, Persisted } from '@flotilla/api';
import { type Informer, type InformerFactory, joinKey, ownerUidIndex } from '@flotilla/client';

/** An object wherever it is: a work queue's key can be made of it and read back. */
export interface ObjectId {
  readonly definition: Definition;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Located {
  readonly definition: Definition;
  readonly object: Persisted;
}

/** Everything that may own or be owned, by an informer for each kind. */
export class GarbageResources {
  readonly #informers = new Map<Definition, Informer<KubernetesObject>>();

  constructor(informers: InformerFactory, served: readonly Definition[]) {
    const stored = new Set<string>();
    for (const definition of served) {
      // Two versions of a kind are two views of the same objects.
      if (!isCollectable(definition) || stored.has(definition.storagePath)) continue;
      stored.add(definition.storagePath);
      this.#informers.set(definition, informers.informer(definition));
    }
  }

  [Symbol.iterator](): IterableIterator<[Definition, Informer<KubernetesObject>]> {
    return this.#informers.entries();
  }

  /** What an owner reference names. Undefined: a kind that nobody has told us of. */
  definitionOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): Definition | undefined {
    const slash = apiVersion.indexOf('/');
    const group = slash < 0 ? '' : apiVersion.slice(0, slash);
    // Of any version: an owner is the same object in all of them.
    for (const definition of this.#informers.keys())
      if (definition.group === group && definition.kind === kind) return definition;
    return undefined;
  }

  /** From the cache. */
  get({ definition, namespace, name, uid }: ObjectId): Persisted | undefined {
    const object = this.#informers.get(definition)?.get(joinKey(definition.namespaced ? namespace : '', name));
    return object?.metadata.uid === uid ? object : undefined;
  }

  /** From the cache: all objects that name this uid among their owners. */
  dependentsOf(uid: string): readonly Located[] {
    const found: Located[] = [];
    for (const [definition, informer] of this.#informers) {
      for (const object of informer.byIndex(ownerUidIndex, uid)) found.push({ definition, object });
    }
    return found;
  }

  keyOf(id: ObjectId): string {
    const { definition, namespace, name, uid } = id;
    return [definition.group, definition.version, definition.plural, namespace, name, uid].join('/');
  }

  parseKey(key: string): ObjectId | undefined {
    const [group, version, plural, namespace = '', name = '', uid = ''] = key.split('/');
    for (const definition of this.#informers.keys()) {
      if (definition.group === group && definition.version === version && definition.plural === plural) {
        return { definition, namespace, name, uid };
      }
    }
    return undefined;
  }
}

export function idOf(definition: Definition, { metadata }: Persisted): ObjectId {
  return { definition, namespace: metadata.namespace ?? '', name: metadata.name, uid: metadata.uid };
}

/** Events own nothing and are owned by nothing, but there are many of them. */
function isCollectable({ kind, verbs }: Definition): boolean {
  return kind !== 'Event' && (['list', 'watch', 'delete', 'patch'] as const).every((verb) => verbs.includes(verb));
}
