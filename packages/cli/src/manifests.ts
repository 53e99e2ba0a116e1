import { readFileSync } from 'node:fs';
import { apiVersionOf, definitions, hasReason, type KubernetesObject } from '@flotilla/api';
import type { ApiClient, ResourceType } from '@flotilla/client';
import { ConfigError } from '@flotilla/process';
import { parseAllDocuments } from 'yaml';

/** Reads every document of a YAML or JSON file; `-` is standard input. Lists are taken apart. */
export function readManifests(path: string): KubernetesObject[] {
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch {
    throw new ConfigError(`the path "${path}" does not exist or cannot be read`);
  }
  return parseAllDocuments(text).flatMap((document) => {
    const problem = document.errors[0];
    if (problem !== undefined) throw new ConfigError(`error parsing ${path}: ${problem.message}`);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return value === null ? [] : flatten(value, path);
  });
}

function flatten(value: unknown, path: string): KubernetesObject[] {
  const object = value as Partial<KubernetesObject> & { items?: readonly unknown[] }; // checked below
  if (typeof value !== 'object' || typeof object.kind !== 'string' || typeof object.apiVersion !== 'string') {
    throw new ConfigError(`error validating ${path}: apiVersion and kind must be set`);
  }
  return object.kind === 'List' ? (object.items ?? []).flatMap((item) => flatten(item, path)) : [object as KubernetesObject];
}

/** @throws ConfigError when this build knows no such kind */
export function typeOf(object: KubernetesObject): ResourceType {
  const type = definitions.find(
    (definition) => definition.kind === object.kind && apiVersionOf(definition) === object.apiVersion,
  );
  if (type === undefined) throw new ConfigError(`no matches for kind "${object.kind}" in version "${object.apiVersion}"`);
  return type;
}

/**
 * Creates the object, or merges it into the one that is there: the everyday half of `kubectl apply` (fields that a later
 * manifest leaves out stay as they are).
 */
export async function applyObject(client: ApiClient, object: KubernetesObject): Promise<'created' | 'configured'> {
  const resource = client.resource(typeOf(object));
  const { name = '', namespace = client.defaultNamespace } = object.metadata;
  const existing = await resource.get(name, { namespace }).catch((error: unknown) => {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  });
  if (existing === undefined) {
    await resource.create(object);
    return 'created';
  }
  await resource.patch(name, object, { type: 'strategic', namespace });
  return 'configured';
}
