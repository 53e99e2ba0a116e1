import type { Definition, GroupResource, GroupVersion } from '@flotilla/api';

/**
 * Which kinds are served right now: the built-in ones and those that CustomResourceDefinitions have added. Whoever routes,
 * documents, caches or admits asks it at the moment of the request, and never keeps a list of its own.
 */
export interface Catalogue {
  /** In the order in which discovery tells of them. Another array after every change, so that it serves as a cache's key. */
  readonly definitions: readonly Definition[];
  /** By what stands in a URL. */
  find(group: string, version: string, plural: string): Definition | undefined;
  /** In the version that is stored, where several are served. */
  ofResource(resource: GroupResource): Definition | undefined;
  /** By what an object says of itself. */
  ofKind(kind: GroupVersion & { readonly kind: string }): Definition | undefined;
  /**
   * Runs after every change.
   * @param listener gets the definitions that are no longer served, or no longer in that form
   * @returns what ends the subscription
   */
  onChange(listener: (gone: readonly Definition[]) => void): () => void;
}

/** The catalogue to which definitions are added while the server runs. */
export class LiveCatalogue implements Catalogue {
  readonly #builtIn: readonly Definition[];
  readonly #added = new Map<string, readonly Definition[]>();
  readonly #listeners = new Set<(gone: readonly Definition[]) => void>();
  #index: Index;

  constructor(builtIn: readonly Definition[]) {
    this.#builtIn = builtIn;
    this.#index = new Index(builtIn);
  }

  get definitions(): readonly Definition[] {
    return this.#index.definitions;
  }

  find(group: string, version: string, plural: string): Definition | undefined {
    return this.#index.byPath.get(`${group}/${version}/${plural}`);
  }

  ofResource({ group, resource }: GroupResource): Definition | undefined {
    return this.#index.byResource.get(`${group}/${resource}`);
  }

  ofKind({ group, version, kind }: GroupVersion & { readonly kind: string }): Definition | undefined {
    return this.#index.byKind.get(`${group}/${version}/${kind}`);
  }

  onChange(listener: (gone: readonly Definition[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What `owner`, such as a CustomResourceDefinition's name, serves from now on; nothing, when the list is empty.
   * @param definitions of one resource, the stored version first
   */
  set(owner: string, definitions: readonly Definition[]): void {
    const gone = this.#added.get(owner) ?? [];
    if (gone.length === 0 && definitions.length === 0) return;
    if (definitions.length === 0) this.#added.delete(owner);
    else this.#added.set(owner, definitions);
    this.#index = new Index([...this.#builtIn, ...[...this.#added.values()].flat()]);
    for (const listener of this.#listeners) listener(gone);
  }
}

/** Of two definitions with one name, the first counts: nobody takes a built-in kind's place. */
class Index {
  readonly definitions: readonly Definition[];
  readonly byPath = new Map<string, Definition>();
  readonly byResource = new Map<string, Definition>();
  readonly byKind = new Map<string, Definition>();

  constructor(definitions: readonly Definition[]) {
    this.definitions = definitions;
    for (const definition of definitions) {
      const { group, version, plural, kind } = definition;
      addFirst(this.byPath, `${group}/${version}/${plural}`, definition);
      addFirst(this.byResource, `${group}/${plural}`, definition);
      addFirst(this.byKind, `${group}/${version}/${kind}`, definition);
    }
  }
}

function addFirst(index: Map<string, Definition>, key: string, definition: Definition): void {
  if (!index.has(key)) index.set(key, definition);
}
