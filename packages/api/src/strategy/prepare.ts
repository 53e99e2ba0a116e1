import type { Definition, PartUpdate } from '../definition.js';
import { cloneJson, equalButEmptyLists } from '../json.js';
import type { Draft, KubernetesObject } from '../objects.js';

type AnyObject = Draft<KubernetesObject> & { spec?: unknown; status?: unknown };

/** Fills in what the client left out. Runs after decoding, and again after admission has changed the object. */
export function applyDefaults(definition: Definition, draft: Draft<KubernetesObject>): void {
  definition.defaults?.(draft);
}

/**
 * What a client cannot decide when it creates an object: its status, its generation, its deletion.
 * The registry still sets name, namespace, uid and creationTimestamp.
 */
export function prepareForCreate(definition: Definition, draft: Draft<KubernetesObject>): void {
  const object: AnyObject = draft;
  const meta = object.metadata ?? {};
  object.metadata = meta;
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.selfLink;
  delete meta.generation;
  if (definition.generation) meta.generation = 1;
  if (hasStatus(definition)) object.status = definition.statusOnCreate === true ? (object.status ?? {}) : {};
  definition.prepareForCreate?.(draft);
}

/** An update of the main resource keeps the status, and counts a change of anything else as a generation. */
export function prepareForUpdate(definition: Definition, draft: Draft<KubernetesObject>, old: KubernetesObject): void {
  const object: AnyObject = draft;
  keepSystemMeta(object, old);
  if (hasStatus(definition)) keep(object, old, 'status');
  definition.prepareForUpdate?.(draft, old);
  countGeneration(definition, object, old);
}

/** An update of a part of the object: everything else becomes what it was. */
export function prepareForPartUpdate(
  definition: Definition,
  part: PartUpdate,
  draft: Draft<KubernetesObject>,
  old: KubernetesObject,
  now: string,
): void {
  const { resourceVersion, managedFields } = draft.metadata ?? {};
  const merged: AnyObject = part.merge(cloneJson(old), draft, now);
  keepSystemMeta(merged, old);
  if (merged.metadata !== undefined) Object.assign(merged.metadata, { resourceVersion, managedFields });
  for (const name of Object.keys(draft)) Reflect.deleteProperty(draft, name);
  Object.assign(draft, cloneJson(merged));
  countGeneration(definition, draft, old);
}

function countGeneration(definition: Definition, object: AnyObject, old: KubernetesObject): void {
  const counted = (of: object) => (hasStatus(definition) ? withoutStatus(withoutMeta(of)) : withoutMeta(of));
  if (!definition.generation || equalButEmptyLists(counted(object), counted(old))) return;
  const meta = object.metadata ?? {};
  object.metadata = meta;
  meta.generation = (old.metadata.generation ?? 0) + 1;
}

/**
 * An update of the status subresource changes the status, and of everything else no more than metadata.
 * @param now RFC 3339
 */
export function prepareForStatusUpdate(
  definition: Definition,
  draft: Draft<KubernetesObject>,
  old: KubernetesObject,
  now: string,
): void {
  const object: AnyObject = draft;
  keepSystemMeta(object, old);
  const meta = object.metadata ?? {};
  for (const name of definition.statusKeeps ?? []) keep(meta, old.metadata, name);
  const names = new Set([...Object.keys(object), ...Object.keys(old)]);
  for (const name of names) if (name !== 'metadata' && name !== 'status') keep(object, old, name);
  definition.prepareForStatusUpdate?.(draft, old, now);
}

function hasStatus(definition: Definition): boolean {
  return definition.subresources.some((subresource) => subresource.name === 'status');
}

function keepSystemMeta(object: AnyObject, old: KubernetesObject): void {
  const meta = object.metadata ?? {};
  object.metadata = meta;
  delete meta.selfLink;
  for (const name of ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'] as const) {
    keep(meta, old.metadata, name);
  }
  meta.uid ??= old.metadata.uid;
}

/** Makes a member what it was, absent members too. */
function keep(target: object, old: object, name: string): void {
  const value: unknown = Reflect.get(old, name);
  if (value === undefined) Reflect.deleteProperty(target, name);
  else Reflect.set(target, name, cloneJson(value));
}

function withoutMeta(object: object): object {
  const { metadata, apiVersion, kind, ...rest } = object as Record<string, unknown>; // any object of the API has these
  return rest;
}

/** Kinds whose status is written apart do not count its changes. */
function withoutStatus(object: object): object {
  const { status, ...rest } = object as Record<string, unknown>; // as above
  return rest;
}
