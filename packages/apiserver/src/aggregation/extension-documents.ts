import { createHash } from 'node:crypto';
import { equalJson, type GroupVersion, isRecord, type Verb } from '@flotilla/api';
import type { Discoverable } from '../http/discovery.js';
import type { Endpoint } from '../services/ready-endpoints.js';
import type { ExtensionClient } from './extension-client.js';

/** What an extension API server says of one group version. */
export interface ExtensionDocuments {
  readonly resources: readonly Discoverable[];
  /** Of its OpenAPI 3 document, as its index has it; undefined when it publishes none. */
  readonly openApiHash: string | undefined;
  /** The same object as long as it is the same document; undefined when it publishes none. */
  readonly openApiV2: ExtensionOpenApi | undefined;
}

/** An OpenAPI 2.0 document: of all that the server serves. */
interface ExtensionOpenApi {
  readonly etag: string | undefined;
  readonly digest: string;
  readonly document: unknown;
}

/**
 * @param before what it said the last time
 * @throws when discovery cannot be read: without it nobody can use the group
 */
export async function readDocuments(
  client: ExtensionClient,
  endpoint: Endpoint,
  gv: GroupVersion,
  before: ExtensionDocuments | undefined,
): Promise<ExtensionDocuments> {
  const path = `apis/${gv.group}/${gv.version}`;
  const list = await client.fetchJson(endpoint, `/${path}`);
  const index = await client.fetchJson(endpoint, '/openapi/v3').catch(() => undefined); // older servers have none
  const openApiV2 = await readOpenApiV2(client, endpoint, before?.openApiV2).catch(() => before?.openApiV2);
  return { resources: resourcesOf(list, gv), openApiHash: hashOf(index, path), openApiV2 };
}

/** Most servers tell by the entity tag that it is still the same one; of others it is read again, and compared. */
async function readOpenApiV2(
  client: ExtensionClient,
  endpoint: Endpoint,
  known: ExtensionOpenApi | undefined,
): Promise<ExtensionOpenApi | undefined> {
  const fetched = await client.fetch(endpoint, '/openapi/v2', known?.etag);
  if (fetched === undefined) return known;
  const digest = createHash('sha256').update(fetched.text).digest('hex');
  return digest === known?.digest ? known : { etag: fetched.etag, digest, document: JSON.parse(fetched.text) };
}

export function sameDocuments(a: ExtensionDocuments, b: ExtensionDocuments | undefined): boolean {
  if (a.openApiV2 !== b?.openApiV2 || a.openApiHash !== b?.openApiHash) return false;
  return equalJson(a.resources, b?.resources);
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
