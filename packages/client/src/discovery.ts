import { setMaxListeners } from 'node:events';
import { hasReason } from '@flotilla/api';
import type { ApiClient } from './api-client.js';
import type { ResourceNames } from './resource-type.js';

/** A resource that API servers serve, built in, custom, or of an extension server. */
export interface ServedResource extends ResourceNames {
  readonly verbs: readonly string[];
}

export interface Discovery {
  /** Each resource once: in its group's preferred version, or else the next that has it. Subresources are left out. */
  readonly resources: readonly ServedResource[];
  /** Group versions, such as `metrics.k8s.io/v1beta1`, that nobody answered for, and why. */
  readonly failed: ReadonlyMap<string, Error>;
}

interface ApiGroupList {
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly { readonly version: string }[];
    readonly preferredVersion?: { readonly version: string };
  }[];
}

interface ApiResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

interface GroupVersions {
  readonly group: string;
  /** The preferred one first. */
  readonly versions: readonly string[];
}

/**
 * What the API servers serve, by their discovery documents (`/api`, `/apis`, and one for each group version).
 * @throws StatusError and ConnectionError when the list of groups cannot be had; the signal's reason
 */
export async function discover(client: ApiClient, signal: AbortSignal): Promise<Discovery> {
  setMaxListeners(0, signal); // one request per group version listens to it
  const groups = await groupsOf(client, signal);
  const failed = new Map<string, Error>();
  const lists = await Promise.all(
    groups.flatMap(({ group, versions }) =>
      versions.map((version) =>
        resourcesOf(client, group, version, signal).catch((error: unknown): readonly ServedResource[] => {
          signal.throwIfAborted();
          if (!(error instanceof Error)) throw error;
          failed.set(group === '' ? version : `${group}/${version}`, error);
          return [];
        }),
      ),
    ),
  );
  const byName = new Map<string, ServedResource>();
  for (const resource of lists.flat()) {
    const name = `${resource.plural}.${resource.group}`;
    if (!byName.has(name)) byName.set(name, resource);
  }
  return { resources: [...byName.values()], failed };
}

async function groupsOf(client: ApiClient, signal: AbortSignal): Promise<readonly GroupVersions[]> {
  const [core, { groups }] = await Promise.all([
    client.request<{ readonly versions: readonly string[] }>({ method: 'GET', path: '/api', signal }),
    client.request<ApiGroupList>({ method: 'GET', path: '/apis', signal }),
  ]);
  const named = groups.map(({ name, versions, preferredVersion }) => {
    const all = [preferredVersion, ...versions].flatMap((one) => (one === undefined ? [] : [one.version]));
    return { group: name, versions: [...new Set(all)] };
  });
  return [{ group: '', versions: core.versions }, ...named];
}

async function resourcesOf(
  client: ApiClient,
  group: string,
  version: string,
  signal: AbortSignal,
): Promise<readonly ServedResource[]> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  try {
    const { resources } = await client.request<ApiResourceList>({ method: 'GET', path, signal });
    return resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, kind, namespaced, verbs }) => ({ group, version, plural: name, kind, namespaced, verbs }));
  } catch (error) {
    if (hasReason(error, 'NotFound')) return []; // gone since the list of groups was made
    throw error;
  }
}
