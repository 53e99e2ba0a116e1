import { equalJson, isRecord } from '../json.js';
import type { GroupVersion } from '../objects.js';
import type { SchemaObject } from './schema-object.js';

/** What an extension API server says of all that it serves, at `/openapi/v2`. */
export interface ExtensionOpenApiV2 extends GroupVersion {
  readonly document: unknown;
}

type Named = Readonly<Record<string, unknown>>;

/** The members of a document that are referred to by name, and how. */
const shared = { definitions: '#/definitions/', parameters: '#/parameters/' } as const;
type Shared = keyof typeof shared;

const gvkMember = 'x-kubernetes-group-version-kind';

/**
 * Our own document with those of extension API servers, of each the paths of the group version it is registered for. Where two give the
 * same name to different things, the later one's is called `NAME_v2`, as kube-aggregator does it; of two of the same path the first stays.
 */
export function mergeOpenApiV2(own: SchemaObject, extensions: readonly ExtensionOpenApiV2[]): SchemaObject {
  return extensions.reduce((merged, { group, version, document }) => {
    if (!isRecord(document)) return merged;
    const isNew = (path: string) =>
      path.startsWith(`/apis/${group}/${version}/`) && !Object.hasOwn(membersOf(merged, 'paths'), path);
    return mergeOne(merged, onlyPaths(document, isNew));
  }, own);
}

function mergeOne(merged: SchemaObject, added: SchemaObject): SchemaObject {
  if (Object.keys(membersOf(added, 'paths')).length === 0) return merged;
  const renamed = rename(added, {
    definitions: newNames(membersOf(merged, 'definitions'), membersOf(added, 'definitions'), equalButKinds),
    parameters: newNames(membersOf(merged, 'parameters'), membersOf(added, 'parameters'), equalJson),
  });
  const parameters = { ...membersOf(renamed, 'parameters'), ...membersOf(merged, 'parameters') };
  return {
    ...merged,
    paths: { ...membersOf(merged, 'paths'), ...membersOf(renamed, 'paths') },
    definitions: mergeDefinitions(membersOf(merged, 'definitions'), membersOf(renamed, 'definitions')),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
}

/** The document with those paths alone, and without the definitions that only others needed. */
function onlyPaths(document: SchemaObject, keep: (path: string) => boolean): SchemaObject {
  const definitions = membersOf(document, 'definitions');
  const paths = Object.fromEntries(Object.entries(membersOf(document, 'paths')).filter(([path]) => keep(path)));
  const usedBefore = usedDefinitions(document, membersOf(document, 'paths'));
  const used = usedDefinitions(document, paths);
  const kept = Object.entries(definitions).filter(([name]) => used.has(name) || !usedBefore.has(name));
  return { ...document, paths, definitions: Object.fromEntries(kept) };
}

/** The definitions that the paths refer to, and those that these refer to, and so on. */
function usedDefinitions(document: SchemaObject, paths: Named): ReadonlySet<string> {
  const used: Record<Shared, Set<string>> = { definitions: new Set(), parameters: new Set() };
  const open: unknown[] = [paths];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    open.push(...Object.values(value));
    const target = isRecord(value) ? targetOf(value['$ref']) : undefined;
    if (target === undefined || used[target.kind].has(target.name)) continue;
    used[target.kind].add(target.name);
    const all = membersOf(document, target.kind);
    if (Object.hasOwn(all, target.name)) open.push(all[target.name]);
  }
  return used.definitions;
}

function targetOf(reference: unknown): { readonly kind: Shared; readonly name: string } | undefined {
  if (typeof reference !== 'string') return undefined;
  for (const kind of ['definitions', 'parameters'] as const) {
    if (reference.startsWith(shared[kind])) return { kind, name: reference.slice(shared[kind].length) };
  }
  return undefined;
}

type NewNames = ReadonlyMap<string, string>;

/** Names for what is something else than what has its name already; equal things share a name. */
function newNames(known: Named, added: Named, equal: (a: unknown, b: unknown) => boolean): NewNames {
  const names = new Map<string, string>();
  for (const [name, value] of Object.entries(added)) {
    if (!Object.hasOwn(known, name) || equal(known[name], value)) continue;
    for (let count = 2; !names.has(name); count++) {
      const candidate = `${name}_v${count}`;
      if (Object.hasOwn(known, candidate) ? equal(known[candidate], value) : !Object.hasOwn(added, candidate)) {
        names.set(name, candidate);
      }
    }
  }
  return names;
}

function rename(document: SchemaObject, names: Readonly<Record<Shared, NewNames>>): SchemaObject {
  if (names.definitions.size === 0 && names.parameters.size === 0) return document;
  const members = (kind: Shared) =>
    Object.fromEntries(
      Object.entries(membersOf(document, kind)).map(([name, value]) => [names[kind].get(name) ?? name, redirect(value, names)]),
    );
  const paths = redirect(membersOf(document, 'paths'), names);
  return { ...document, paths, definitions: members('definitions'), parameters: members('parameters') };
}

/** A copy whose references lead to the new names. */
function redirect(value: unknown, names: Readonly<Record<Shared, NewNames>>): unknown {
  if (Array.isArray(value)) return value.map((item) => redirect(item, names));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, content]) => {
      const target = member === '$ref' ? targetOf(content) : undefined;
      if (target === undefined) return [member, redirect(content, names)];
      return [member, shared[target.kind] + (names[target.kind].get(target.name) ?? target.name)];
    }),
  );
}

/** Both; of a definition that both have, what is known with the kinds of both. */
function mergeDefinitions(known: Named, added: Named): Named {
  const merged = Object.entries(added).map(([name, value]) => {
    const before = Object.hasOwn(known, name) ? known[name] : undefined;
    return [name, isRecord(before) && isRecord(value) ? withKindsOf(before, value) : value];
  });
  return { ...known, ...Object.fromEntries(merged) };
}

function withKindsOf(known: Named, added: Named): Named {
  const before = kindsOf(known);
  const more = kindsOf(added).filter((kind) => !before.some((one) => equalJson(one, kind)));
  if (more.length === 0) return known;
  return { ...known, [gvkMember]: [...before, ...more].sort((a, b) => (kindKey(a) < kindKey(b) ? -1 : 1)) };
}

function kindsOf(definition: Named): readonly unknown[] {
  const kinds = definition[gvkMember];
  return Array.isArray(kinds) ? kinds : [];
}

function kindKey(kind: unknown): string {
  const { group = '', version = '', kind: name = '' } = isRecord(kind) ? kind : {};
  return `${group}/${version}.${name}`;
}

/** Whether two definitions are the same but for the kinds they say they are of. */
function equalButKinds(a: unknown, b: unknown): boolean {
  if (!isRecord(a) || !isRecord(b)) return equalJson(a, b);
  return equalJson({ ...a, [gvkMember]: undefined }, { ...b, [gvkMember]: undefined });
}

function membersOf(document: SchemaObject, member: 'paths' | Shared): Named {
  const value = document[member];
  return isRecord(value) ? value : {};
}
