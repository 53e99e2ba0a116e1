import { type ApplySchema, granularUntyped, memberSchema } from './apply-schema.js';
import { type FieldSet, isMember, itself, nodeOf } from './field-set.js';

/**
 * The set with every declared field in it of which something lies further down. Nobody owns a struct itself; but when all
 * that was in it goes, it goes too.
 */
export function withNamedFields(schema: ApplySchema, set: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in set) {
    const node = set[element];
    if (element === itself || node === undefined) continue;
    const name = element.startsWith('f:') ? element.slice(2) : undefined;
    const isNamed = name !== undefined && schema.kind === 'map' && schema.field(name) !== undefined;
    const below = withNamedFields(schemaBelow(schema, name), node);
    const kept = nodeOf(below, isNamed || isMember(node));
    if (kept !== undefined) result[element] = kept;
  }
  return result;
}

function schemaBelow(schema: ApplySchema, name: string | undefined): ApplySchema {
  if (schema.kind === 'map' && name !== undefined) return memberSchema(schema, name);
  return schema.kind === 'list' ? schema.items : granularUntyped;
}
