import { type GroupVersion, isRecord, type Verb } from '@flotilla/api';
import type { Discoverable } from '../http/discovery.js';
import type { Endpoint } from '../services/ready-endpoints.js';
import type { ExtensionClient } from './extension-client.js';

/** What an extension API server says of one group version. */
export interface ExtensionDocuments {
  readonly resources: readonly Discoverable[];
  /** Of its OpenAPI 3 document, as its index has it; undefined when it publishes none. */
  readonly openApiHash: string | undefined;
}

/** @throws when discovery cannot be read: without it nobody can use the group */
export async function readDocuments(client: ExtensionClient, endpoint: Endpoint, gv: GroupVersion): Promise<ExtensionDocuments> {
  const path = `apis/${gv.group}/${gv.version}`;
  const list = await client.fetchJson(endpoint, `/${path}`);
  const index = await client.fetchJson(endpoint, '/openapi/v3').catch(() => undefined); // older servers have none
  return { resources: resourcesOf(list, gv), openApiHash: hashOf(index, path) };
}

function hashOf(index: unknown, path: string): string | undefined {
  const paths = isRecord(index) && isRecord(index['paths']) ? index['paths'] : {};
  const entry = Object.hasOwn(paths, path) ? paths[path] : undefined;
  const url = isRecord(entry) ? entry['serverRelativeURL'] : undefined;
  return typeof url === 'string' ? (new URLSearchParams(url.split('?')[1] ?? '').get('hash') ?? '') : undefined;
}

interface Entry {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly Verb[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

/** An APIResourceList, in which subresources stand among the resources, as `pods/log`. */
function resourcesOf(list: unknown, gv: GroupVersion): readonly Discoverable[] {
  const entries = (isRecord(list) && Array.isArray(list['resources']) ? list['resources'] : []).flatMap((one) =>
    entryOf(one, gv),
  );
  return entries
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, singularName, ...rest }) => ({
      ...rest,
      ...gv,
      plural: name,
      singular: singularName,
      subresources: entries
        .filter((below) => below.name.startsWith(`${name}/`))
        .map(({ group, version, kind, verbs, name: path }) => ({
          name: path.slice(name.length + 1),
          group,
          version,
          kind,
          verbs,
        })),
    }));
}

function entryOf(value: unknown, gv: GroupVersion): readonly Entry[] {
  if (!isRecord(value) || typeof value['name'] !== 'string' || typeof value['kind'] !== 'string') return [];
  const text = (name: string, otherwise: string) =>
    typeof value[name] === 'string' && value[name] !== '' ? value[name] : otherwise;
  return [
    {
      name: value['name'],
      singularName: text('singularName', ''),
      namespaced: value['namespaced'] === true,
      kind: value['kind'],
      group: text('group', gv.group),
      version: text('version', gv.version),
      verbs: textsOf(value['verbs']) as readonly Verb[], // passed on as they are
      shortNames: textsOf(value['shortNames']),
      categories: textsOf(value['categories']),
    },
  ];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
