import type { ApplySchema } from './apply-schema.js';
import { difference, type FieldSet, intersection, isEmptySet, union, unionOf } from './field-set.js';
import { appliedFields } from './fields-of.js';
import type { Manager } from './managers.js';
import { withNamedFields } from './named-fields.js';
import type { OtherVersion, Ownership } from './ownership.js';
import { removeFields } from './remove-fields.js';

/**
 * The merged object without what its applier once applied and now leaves out, except for what others own.
 * @param last what the applier owned until now
 * @param managers all owners, the applier with what it owns from now on
 */
export function prune(ownership: Ownership, merged: unknown, last: Manager | undefined, managers: readonly Manager[]): unknown {
  if (last === undefined || isEmptySet(last.fields)) return merged;
  const then = versionOf(ownership, last.apiVersion);
  if (then === undefined) return merged;
  const before = then.from(merged);
  const without = removeFields(then.schema, before, withNamedFields(then.schema, last.fields));
  const owned = addBackOwned(ownership, then, before, without, last.apiVersion, managers);
  return then.back(addBackUnowned(then.schema, before, owned, last.fields));
}

function versionOf(ownership: Ownership, apiVersion: string): OtherVersion | undefined {
  const same = (object: unknown) => object;
  if (apiVersion === ownership.apiVersion) return { schema: ownership.schema, from: same, back: same };
  return ownership.version(apiVersion);
}

/** Gives back what others own, first as they say it in the version that was pruned, then in all others. */
function addBackOwned(
  ownership: Ownership,
  then: OtherVersion,
  merged: unknown,
  pruned: unknown,
  apiVersion: string,
  managers: readonly Manager[],
): unknown {
  const byVersion = new Map<string, FieldSet[]>([[apiVersion, []]]);
  for (const { apiVersion, fields } of managers) {
    const sets = byVersion.get(apiVersion);
    if (sets === undefined) byVersion.set(apiVersion, [fields]);
    else sets.push(fields);
  }
  let result = pruned;
  for (const [version, sets] of byVersion) {
    const owned = unionOf(sets);
    if (version === apiVersion) {
      result = keep(then.schema, merged, result, owned);
      continue;
    }
    const other = versionOf(ownership, version);
    if (other === undefined) continue;
    const seen = (object: unknown) => other.from(then.back(object));
    result = then.from(other.back(keep(other.schema, seen(merged), seen(result), owned)));
  }
  return result;
}

/** `merged` without what is neither in `pruned` nor owned. */
function keep(schema: ApplySchema, merged: unknown, pruned: unknown, owned: FieldSet): unknown {
  const named = (set: FieldSet) => withNamedFields(schema, set);
  const kept = union(named(appliedFields(schema, pruned)), named(owned));
  return removeFields(schema, merged, difference(named(appliedFields(schema, merged)), kept));
}

/** Gives back what the applier did not own, such as what a default or an update has put below something that it owned. */
function addBackUnowned(schema: ApplySchema, merged: unknown, pruned: unknown, last: FieldSet): unknown {
  const named = (set: FieldSet) => withNamedFields(schema, set);
  const gone = difference(named(appliedFields(schema, merged)), named(appliedFields(schema, pruned)));
  return removeFields(schema, merged, intersection(gone, named(last)));
}
