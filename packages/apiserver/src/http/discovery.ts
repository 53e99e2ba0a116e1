import { createHash } from 'node:crypto';
import { apiVersionOf, type Definition, type GroupVersionKind } from '@flotilla/api';
import type { ServedVersion } from './served-versions.js';

/** What discovery publishes of one resource: a Definition has it, and so have the reviews, which are never stored. */
export type Discoverable = Pick<
  Definition,
  'group' | 'version' | 'kind' | 'plural' | 'singular' | 'shortNames' | 'categories' | 'namespaced' | 'verbs' | 'subresources'
> & {
  /** As what it lies in the store; absent: it does not, or not as anything that is served here. */
  readonly stored?: GroupVersionKind | undefined;
};

const discoveryGroup = 'apidiscovery.k8s.io';

/** A document, its media type's parameters for aggregated discovery, and its entity tag. */
export interface DiscoveryDocument {
  readonly contentType: string;
  readonly body: string;
  readonly etag: string;
}

/** All discovery documents of what is served; they change only when that does. */
export class Discovery {
  readonly #served: () => readonly ServedVersion[];
  readonly #documents = new Map<string, DiscoveryDocument>();
  #versions: readonly ServedVersion[] = [];

  /** @param served in order of preference; another array after every change */
  constructor(served: () => readonly ServedVersion[]) {
    this.#served = served;
  }

  /** Without the core group, which has no name. */
  get groups(): readonly string[] {
    this.#refresh();
    return [...new Set(this.#versions.map(({ group }) => group))].filter((group) => group !== '');
  }

  versionsOf(group: string): readonly string[] {
    return this.#of(group).map(({ version }) => version);
  }

  #of(group: string): readonly ServedVersion[] {
    return this.#versions.filter((served) => served.group === group);
  }

  /**
   * @param path without trailing slash: `/api`, `/apis`, `/api/v1`, `/apis/apps`, `/apis/apps/v1`
   * @param aggregated the version of aggregated discovery that the client accepts, if any
   * @param hostPort where the client reached the server, for `/api`
   */
  document(path: string, aggregated: string | undefined, hostPort: string): DiscoveryDocument | undefined {
    this.#refresh();
    const isRoot = path === '/api' || path === '/apis';
    const key = isRoot ? `${path}|${aggregated ?? ''}|${path === '/api' && aggregated === undefined ? hostPort : ''}` : path;
    let document = this.#documents.get(key);
    if (document === undefined) {
      const value = isRoot && aggregated !== undefined ? this.#aggregated(path, aggregated) : this.#plain(path, hostPort);
      if (value === undefined) return undefined;
      const body = JSON.stringify(value);
      const contentType =
        isRoot && aggregated !== undefined
          ? `application/json;g=${discoveryGroup};v=${aggregated};as=APIGroupDiscoveryList`
          : 'application/json';
      document = { contentType, body, etag: `"${createHash('sha256').update(body).digest('hex').toUpperCase()}"` };
      if (this.#documents.size < 256) this.#documents.set(key, document);
    }
    return document;
  }

  #refresh(): void {
    const served = this.#served();
    if (served === this.#versions) return;
    this.#versions = served;
    this.#documents.clear();
  }

  #plain(path: string, hostPort: string): object | undefined {
    if (path === '/api') {
      return {
        kind: 'APIVersions',
        versions: this.versionsOf(''),
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: hostPort }],
      };
    }
    if (path === '/apis')
      return { kind: 'APIGroupList', apiVersion: 'v1', groups: this.groups.map((group) => this.#group(group)) };
    const [, prefix, first = '', second, third] = path.split('/');
    if (third !== undefined) return undefined;
    if (prefix === 'api') return second === undefined ? this.#resourceList('', first) : undefined;
    if (prefix !== 'apis' || !this.groups.includes(first)) return undefined;
    return second === undefined
      ? { kind: 'APIGroup', apiVersion: 'v1', ...this.#group(first) }
      : this.#resourceList(first, second);
  }

  #group(group: string) {
    const versions = this.versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
    return { name: group, versions, preferredVersion: versions[0] };
  }

  #resourceList(group: string, version: string): object | undefined {
    const served = this.#of(group).find((one) => one.version === version);
    if (served === undefined) return undefined;
    return {
      kind: 'APIResourceList',
      ...(group === '' ? {} : { apiVersion: 'v1' }), // the core group's is older than that
      groupVersion: apiVersionOf({ group, version }),
      resources: served.resources.flatMap(plainResources),
    };
  }

  #aggregated(path: string, version: string): object {
    const groups = path === '/api' ? [''] : this.groups;
    return {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `${discoveryGroup}/${version}`,
      metadata: {},
      items: groups.map((group) => ({
        metadata: group === '' ? { creationTimestamp: null } : { name: group, creationTimestamp: null },
        versions: this.#of(group).map(({ version: name, resources, stale }) => ({
          version: name,
          freshness: stale ? 'Stale' : 'Current',
          resources: resources.map(aggregatedResource),
        })),
      })),
    };
  }
}

function plainResources(resource: Discoverable): readonly object[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, group, version } = resource;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(resource.stored === undefined ? {} : { storageVersionHash: storageVersionHash(resource.stored) }),
  };
  const below = resource.subresources.map((subresource) => ({
    name: `${plural}/${subresource.name}`,
    singularName: '',
    namespaced,
    ...(subresource.group === group && subresource.version === version
      ? {}
      : { group: subresource.group, version: subresource.version }),
    kind: subresource.kind,
    verbs: subresource.verbs,
  }));
  return [main, ...below];
}

/** By which clients see that objects are stored in another version now (KEP-2339); what it is made of is nobody's business but ours and Kubernetes'. */
function storageVersionHash({ group, version, kind }: GroupVersionKind): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

function aggregatedResource(resource: Discoverable): object {
  const { group, version, kind, plural, singular, shortNames, categories, namespaced, verbs } = resource;
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(resource.subresources.length === 0
      ? {}
      : {
          subresources: resource.subresources.map((subresource) => ({
            subresource: subresource.name,
            responseKind: { group: subresource.group, version: subresource.version, kind: subresource.kind },
            verbs: subresource.verbs,
          })),
        }),
  };
}
