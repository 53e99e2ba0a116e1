import { isRecord, setMember } from '../json.js';
import { type ApplySchema, memberSchema, resolved } from './apply-schema.js';
import { type FieldSet, isEmptySet, isMember } from './field-set.js';
import { fieldElement, itemElement } from './path-element.js';

/**
 * `value` without the fields of the set. A map or list of which nothing is left becomes null. An item that stays keeps its keys,
 * or nobody could tell it from the others.
 * @returns parts of `value`, which is not changed
 */
export function removeFields(schema: ApplySchema, value: unknown, set: FieldSet): unknown {
  if (isEmptySet(set)) return value;
  const type = resolved(schema, value);
  if (type.kind === 'map' && !type.atomic && isRecord(value)) {
    const left: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) {
      const node = set[fieldElement(name)];
      if (node === undefined) setMember(left, name, item);
      else if (!isMember(node)) setMember(left, name, removeFields(memberSchema(type, name), item, node));
    }
    return Object.keys(left).length === 0 ? null : left;
  }
  if (type.kind === 'list' && type.listType !== 'atomic' && Array.isArray(value)) {
    const left: unknown[] = [];
    for (const item of value) {
      const node = set[itemElement(type, item)];
      if (node === undefined) left.push(item);
      else if (!isMember(node)) left.push(removeFields(type.items, item, withoutKeys(node, type.keys)));
    }
    return left.length === 0 ? null : left;
  }
  return value;
}

function withoutKeys(set: FieldSet, keys: readonly string[]): FieldSet {
  const elements = new Set(keys.map(fieldElement));
  return Object.fromEntries(Object.entries(set).filter(([element]) => !elements.has(element)));
}
