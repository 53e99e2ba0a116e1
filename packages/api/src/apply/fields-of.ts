import { isRecord } from '../json.js';
import { type ApplySchema, memberSchema, resolved } from './apply-schema.js';
import { type FieldSet, isMember, itself, leaf, nodeOf, noFields } from './field-set.js';
import { fieldElement, itemElement } from './path-element.js';

/**
 * What somebody who applies `value` owns by that: leaves, items of lists, and members of maps; of structs only the empty ones.
 * @throws ElementError where items of a list cannot be told apart
 */
export function appliedFields(schema: ApplySchema, value: unknown): FieldSet {
  return appliedNode(schema, value, false) ?? noFields;
}

/** @param member whether the field itself counts, where something lies below it */
function appliedNode(schema: ApplySchema, value: unknown, member: boolean): FieldSet | undefined {
  const type = resolved(schema, value);
  if (type.kind === 'scalar') return leaf;
  const isAtomic = type.kind === 'map' ? type.atomic : type.listType === 'atomic';
  if (isAtomic) return leaf;
  const children: Record<string, FieldSet> = {};
  if (type.kind === 'map' && isRecord(value)) {
    for (const [name, item] of Object.entries(value)) {
      const counts = item === null || (isRecord(item) && Object.keys(item).length === 0) || type.field(name) === undefined;
      const node = appliedNode(memberSchema(type, name), item, counts);
      if (node !== undefined) children[fieldElement(name)] = node;
    }
  } else if (type.kind === 'list' && Array.isArray(value)) {
    for (const item of value) {
      const element = itemElement(type, item);
      // Items that share a key are owned together.
      children[element] = children[element] === undefined ? (appliedNode(type.items, item, true) ?? leaf) : leaf;
    }
  }
  return nodeOf(children, member);
}

/** Everything that appears with `value` where nothing was: its leaves, and every struct, map and list above them. */
export function allFields(schema: ApplySchema, value: unknown, ignored: FieldSet = noFields): FieldSet {
  const type = resolved(schema, value);
  if (type.kind === 'map' && !type.atomic && isRecord(value)) {
    const node: Record<string, FieldSet> = {};
    let empty = true;
    for (const name in value) {
      const item = value[name];
      const element = fieldElement(name);
      const skip = ignored[element];
      if (item === undefined || (skip !== undefined && isMember(skip))) continue;
      if (empty) node[itself] = leaf;
      empty = false;
      node[element] = allFields(memberSchema(type, name), item, skip);
    }
    return empty ? leaf : node;
  }
  if (type.kind === 'list' && type.listType !== 'atomic' && Array.isArray(value) && value.length > 0) {
    const node: Record<string, FieldSet> = { [itself]: leaf };
    for (const item of value) {
      const element = itemElement(type, item);
      node[element] = node[element] === undefined ? allFields(type.items, item) : leaf;
    }
    return node;
  }
  return leaf;
}
