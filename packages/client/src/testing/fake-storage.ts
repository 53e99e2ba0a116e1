import { randomUUID } from 'node:crypto';
import {
  applyDefaults,
  checkCreate,
  cloneJson,
  type Definition,
  type Draft,
  decodeObject,
  equalJson,
  type KubernetesObject,
  type Persisted,
  prepareForCreate,
  prepareForStatusUpdate,
  prepareForUpdate,
  statusErrors,
  timeText,
} from '@flotilla/api';

export interface FakeEvent {
  readonly revision: number;
  readonly definition: Definition;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Persisted;
}

export interface FakeDeletion {
  readonly propagationPolicy?: string;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

type AnyDraft = Draft<KubernetesObject> & { metadata: Draft<KubernetesObject['metadata']> };

/** Objects in memory with revisions and history, in the API's semantics: what a test needs of an API server behind its HTTP. */
export class FakeStorage {
  readonly #objects = new Map<string, Persisted>();
  readonly #listeners = new Set<(event: FakeEvent) => void>();
  readonly #history: FakeEvent[] = [];
  /** Events up to this revision are forgotten. */
  compacted = 0;
  revision = 1;

  listen(listener: (event: FakeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws StatusError Expired */
  eventsAfter(revision: number): readonly FakeEvent[] {
    if (revision < this.compacted) throw statusErrors.expired(`too old resource version: ${revision} (${this.compacted})`);
    return this.#history.filter((event) => event.revision > revision);
  }

  /** Forgets the history, as a store's compaction does. */
  compact(): void {
    this.compacted = this.revision;
    this.#history.length = 0;
  }

  list(definition: Definition, namespace: string): readonly Persisted[] {
    const prefix = `${definition.storagePath}/${namespace === '' ? '' : `${namespace}/`}`;
    return [...this.#objects].filter(([key]) => key.startsWith(prefix)).map(([, object]) => object);
  }

  get(definition: Definition, namespace: string, name: string): Persisted {
    const object = this.#objects.get(keyFor(definition, namespace, name));
    if (object === undefined) throw statusErrors.notFound(resourceOf(definition), name);
    return object;
  }

  create(definition: Definition, namespace: string, body: unknown): Persisted {
    const draft = decodeObject(definition, body, { fieldValidation: 'Strict' }).object as AnyDraft; // decoding completes the metadata
    const meta = draft.metadata;
    const name = (meta.name ?? '') === '' ? `${meta.generateName}${randomUUID().slice(0, 5)}` : (meta.name ?? '');
    meta.name = name;
    if (definition.namespaced) meta.namespace = namespace;
    applyDefaults(definition, draft);
    prepareForCreate(definition, draft);
    meta.uid = randomUUID();
    meta.creationTimestamp = timeText(Date.now());
    checkCreate(definition, draft);
    const key = keyFor(definition, namespace, name);
    if (this.#objects.has(key)) throw statusErrors.alreadyExists(resourceOf(definition), name);
    return this.#write(definition, key, 'ADDED', draft);
  }

  update(definition: Definition, namespace: string, name: string, body: unknown, status: boolean): Persisted {
    const old = this.get(definition, namespace, name);
    const draft = decodeObject(definition, body, { fieldValidation: 'Strict' }).object as AnyDraft; // decoding completes the metadata
    const { uid = old.metadata.uid, resourceVersion = '' } = draft.metadata;
    if (uid !== old.metadata.uid || (resourceVersion !== '' && resourceVersion !== old.metadata.resourceVersion)) {
      throw statusErrors.conflict(resourceOf(definition), name);
    }
    applyDefaults(definition, draft);
    if (status) prepareForStatusUpdate(definition, draft, old, timeText(Date.now()));
    else prepareForUpdate(definition, draft, old);
    draft.metadata.resourceVersion = old.metadata.resourceVersion;
    if (equalJson(draft, old)) return old;
    const key = keyFor(definition, namespace, name);
    const gone = old.metadata.deletionTimestamp !== undefined && (draft.metadata.finalizers ?? []).length === 0;
    return gone ? this.#remove(definition, key, old) : this.#write(definition, key, 'MODIFIED', draft);
  }

  /** Pods go at once, as if their kubelet were infinitely fast. */
  delete(definition: Definition, namespace: string, name: string, { propagationPolicy, preconditions }: FakeDeletion): Persisted {
    const old = this.get(definition, namespace, name);
    const { uid = old.metadata.uid, resourceVersion = old.metadata.resourceVersion } = preconditions ?? {};
    if (uid !== old.metadata.uid || resourceVersion !== old.metadata.resourceVersion) {
      throw statusErrors.conflict(resourceOf(definition), name, 'Precondition failed');
    }
    const added = propagationPolicy === 'Foreground' ? ['foregroundDeletion'] : propagationPolicy === 'Orphan' ? ['orphan'] : [];
    const finalizers = [...new Set([...(old.metadata.finalizers ?? []), ...added])];
    const key = keyFor(definition, namespace, name);
    if (finalizers.length === 0) return this.#remove(definition, key, old);
    const deletionTimestamp = old.metadata.deletionTimestamp ?? timeText(Date.now());
    return this.#write(definition, key, 'MODIFIED', { ...old, metadata: { ...old.metadata, finalizers, deletionTimestamp } });
  }

  #write(definition: Definition, key: string, type: 'ADDED' | 'MODIFIED', draft: object): Persisted {
    this.revision++;
    const copy = cloneJson(draft) as AnyDraft; // as above
    copy.metadata.resourceVersion = String(this.revision);
    const object = copy as unknown as Persisted; // name, uid, times and version are set by now
    this.#objects.set(key, object);
    this.#tell({ revision: this.revision, definition, type, object });
    return object;
  }

  #remove(definition: Definition, key: string, old: Persisted): Persisted {
    this.#objects.delete(key);
    this.revision++;
    const object = { ...old, metadata: { ...old.metadata, resourceVersion: String(this.revision) } };
    this.#tell({ revision: this.revision, definition, type: 'DELETED', object });
    return object;
  }

  #tell(event: FakeEvent): void {
    this.#history.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}

function keyFor({ storagePath, namespaced }: Definition, namespace: string, name: string): string {
  return namespaced ? `${storagePath}/${namespace}/${name}` : `${storagePath}/${name}`;
}

function resourceOf({ group, plural }: Definition) {
  return { group, resource: plural };
}
