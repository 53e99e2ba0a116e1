import type { Definition, GroupVersion } from '@flotilla/api';
import type { Aggregation } from '../aggregation/aggregation.js';
import { inOrder, localPriority, type Priority } from '../aggregation/priorities.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Discoverable } from './discovery.js';

/** What discovery tells of one version of a group. */
export interface ServedVersion extends GroupVersion {
  readonly resources: readonly Discoverable[];
  /** An extension API server's, of which the last is told that is known. */
  readonly stale: boolean;
}

/** Everything that is served, here and by extension API servers, in the order in which clients prefer it. Another array after a change. */
export function servedVersions(
  catalogue: Catalogue,
  asked: readonly Discoverable[],
  aggregation: Pick<Aggregation, 'versions'>,
): () => readonly ServedVersion[] {
  let definitions: readonly Definition[] | undefined;
  let extensions: Aggregation['versions'] | undefined;
  let served: readonly ServedVersion[] = [];
  return () => {
    if (definitions === catalogue.definitions && extensions === aggregation.versions) return served;
    definitions = catalogue.definitions;
    extensions = aggregation.versions;
    const local = localVersions([...withStored(definitions), ...asked]);
    const taken = new Set(extensions.map(({ group, version }) => `${group}/${version}`));
    const remote = extensions.map(({ group, version, priority, available, documents }) => ({
      group,
      version,
      priority,
      resources: documents?.resources ?? [],
      stale: !available,
    }));
    served = inOrder([...local.filter(({ group, version }) => !taken.has(`${group}/${version}`)), ...remote]);
    return served;
  };
}

function withStored(definitions: readonly Definition[]): readonly Discoverable[] {
  const isStored = ({ conversion, verbs }: Definition) => conversion === undefined && verbs.includes('create');
  const stored = new Map(definitions.filter(isStored).map((definition) => [definition.storagePath, definition]));
  return definitions.map((definition) => ({ ...definition, stored: stored.get(definition.storagePath) }));
}

type Prioritized = ServedVersion & { readonly priority: Priority };

function localVersions(resources: readonly Discoverable[]): readonly Prioritized[] {
  const versions = new Map<string, Discoverable[]>();
  for (const resource of resources) {
    const key = `${resource.group}/${resource.version}`;
    const known = versions.get(key);
    if (known === undefined) versions.set(key, [resource]);
    else known.push(resource);
  }
  return [...versions.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const { group, version } = first;
    return [{ group, version, priority: localPriority(first), resources: own, stale: false }];
  });
}
