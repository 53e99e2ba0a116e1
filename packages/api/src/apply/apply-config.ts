import type { ManagedFieldsEntry } from '../generated/types.js';
import { equalJson, isRecord, setMember } from '../json.js';
import type { KubernetesObject } from '../objects.js';
import { capUpdateManagers } from './cap-managers.js';
import { conflictError } from './conflicts.js';
import { difference, equalSets, exclude, isEmptySet } from './field-set.js';
import { appliedFields } from './fields-of.js';
import { withLastApplied, withoutAdopted } from './last-applied.js';
import { type Manager, managedFieldsOf, managerKey, managersOf } from './managers.js';
import { mergeApplied } from './merge.js';
import { type Ownership, settle, systemFields } from './ownership.js';
import { prune } from './prune.js';

export interface ApplyOptions {
  readonly manager: string;
  /** Takes fields from whoever owns them. */
  readonly force: boolean;
}

export interface Applied {
  /** Without managedFields. Members may be null: they are gone. Shares parts with the live object and the configuration. */
  readonly object: Record<string, unknown>;
  readonly managedFields: readonly ManagedFieldsEntry[] | undefined;
}

/**
 * Server-side apply (KEP-555): merges `config` into `live`, takes away what the manager applied before and now leaves out, and
 * says who owns what after it.
 * @param config checked with `configProblems`
 * @throws StatusError Conflict when the configuration changes fields of others, unless it is forced
 */
export function applyConfig(ownership: Ownership, live: KubernetesObject, config: unknown, options: ApplyOptions): Applied {
  const managers = managersOf(live.metadata.managedFields);
  const before = withoutOwners(live);
  const { apiVersion, subresource, schema } = ownership;
  const identity = { name: options.manager, operation: 'Apply', subresource, apiVersion } as const;
  const by = managerKey(identity);
  const last = managers.find((manager) => managerKey(manager) === by);
  const wanted = exclude(appliedFields(schema, config), ownership.reset);
  const applier: Manager = { ...identity, time: last?.time, fields: wanted };
  const merged = mergeApplied(schema, before, config);
  const pruned = prune(ownership, merged, last, [...managers.filter((manager) => manager !== last), applier]);
  const { conflicts, others } = settle(ownership, managers, before, pruned, by);
  const serious = options.force ? [] : withoutAdopted(ownership, live, conflicts, options.manager);
  if (serious.length > 0) throw conflictError(serious);
  const fields = difference(wanted, systemFields);
  const changed = last === undefined || !equalSets(fields, last.fields) || !equalJson(before, pruned);
  const self = changed ? { ...identity, time: ownership.now, fields } : last;
  const after = isEmptySet(fields) ? others : [...others, self];
  const object = withLastApplied(isRecord(pruned) ? pruned : {}, config, options.manager);
  return { object, managedFields: managedFieldsOf(capUpdateManagers(after)) };
}

function withoutOwners(live: KubernetesObject): Record<string, unknown> {
  const { managedFields: _, ...metadata } = live.metadata;
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(live)) setMember(result, name, name === 'metadata' ? metadata : value);
  return result;
}
