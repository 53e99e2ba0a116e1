import type { ApplySchema } from './apply-schema.js';
import { type Comparison, compareObjects } from './compare.js';
import { difference, type FieldSet, intersection, isEmptySet, noFields, setOf, union } from './field-set.js';
import { type Manager, managerKey } from './managers.js';

/** What the owners of an object's fields are reckoned with, for one kind in one version on one path. */
export interface Ownership {
  /** Of the request and its object: `apps/v1`. */
  readonly apiVersion: string;
  readonly schema: ApplySchema;
  /** `status`, `scale`; empty: the object itself. */
  readonly subresource: string;
  /** Fields that cannot be written on this path, so that nobody comes to own them by it. */
  readonly reset: FieldSet;
  /** Seconds precision, RFC 3339. */
  readonly now: string;
  /** How objects look in another version that a manager has used; undefined when it is not served, and its managers are forgotten. */
  version(apiVersion: string): OtherVersion | undefined;
}

export interface OtherVersion {
  readonly schema: ApplySchema;
  /** From the request's version, and back to it. */
  from(object: unknown): unknown;
  back(object: unknown): unknown;
}

/** What the server keeps itself, and nobody owns. */
export const systemFields: FieldSet = union(
  setOf(['f:apiVersion'], ['f:kind'], ['f:metadata']),
  setOf(
    ...[
      'name',
      'namespace',
      'creationTimestamp',
      'selfLink',
      'uid',
      'clusterName',
      'generation',
      'managedFields',
      'resourceVersion',
    ].map((name) => ['f:metadata', `f:${name}`]),
  ),
);

/** The same, for walks that must go on below `metadata`. */
const systemFieldsBelow: FieldSet = difference(systemFields, setOf(['f:metadata']));

export interface Conflict {
  readonly manager: Manager;
  readonly fields: FieldSet;
}

/** What the change from one object to another does to those who own its fields. */
export interface Settlement {
  /** In the request's version. */
  readonly comparison: Comparison;
  /** Whose fields get another value. */
  readonly conflicts: readonly Conflict[];
  /** All but the one who changes it, each without the fields that changed or vanished; without those who have nothing left. */
  readonly others: readonly Manager[];
}

/** @param by the key of the manager who makes the change */
export function settle(ownership: Ownership, managers: readonly Manager[], old: unknown, now: unknown, by: string): Settlement {
  const ignored = ignoredFields(ownership.reset);
  const comparison = compareObjects(ownership.schema, old, now, ignored);
  const changes = new Map<string, Change | undefined>([[ownership.apiVersion, changeOf(comparison)]]);
  const conflicts: Conflict[] = [];
  const others: Manager[] = [];
  for (const manager of managers) {
    if (managerKey(manager) === by) continue;
    const { apiVersion } = manager;
    if (!changes.has(apiVersion)) changes.set(apiVersion, changeOf(compareIn(ownership, apiVersion, old, now, ignored)));
    const change = changes.get(apiVersion);
    if (change === undefined) continue;
    const taken = intersection(manager.fields, change.set);
    if (!isEmptySet(taken)) conflicts.push({ manager, fields: taken });
    // Of what is gone only what is the manager's is looked at: there may be thousands of either.
    const gone = isEmptySet(change.removed) ? noFields : intersection(manager.fields, change.removed);
    const left = difference(difference(manager.fields, taken), gone);
    if (!isEmptySet(left)) others.push(left === manager.fields ? manager : { ...manager, fields: left });
  }
  return { comparison, conflicts, others };
}

/** What a change does to fields of others, in their version. */
interface Change {
  readonly set: FieldSet;
  readonly removed: FieldSet;
}

function changeOf(comparison: Comparison | undefined): Change | undefined {
  if (comparison === undefined) return undefined;
  return { set: union(comparison.modified, comparison.added), removed: comparison.removed };
}

const ignoredByReset = new WeakMap<FieldSet, FieldSet>();

/** Few paths reset few fields: each combination is made once. */
function ignoredFields(reset: FieldSet): FieldSet {
  let ignored = ignoredByReset.get(reset);
  if (ignored === undefined) {
    ignored = union(reset, systemFieldsBelow);
    ignoredByReset.set(reset, ignored);
  }
  return ignored;
}

function compareIn(
  ownership: Ownership,
  apiVersion: string,
  old: unknown,
  now: unknown,
  ignored: FieldSet,
): Comparison | undefined {
  const version = ownership.version(apiVersion);
  return version === undefined ? undefined : compareObjects(version.schema, version.from(old), version.from(now), ignored);
}
