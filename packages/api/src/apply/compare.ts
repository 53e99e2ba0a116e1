import { equalJson, isRecord } from '../json.js';
import { type ApplySchema, type ListSchema, type MapSchema, memberSchema, resolved } from './apply-schema.js';
import { type FieldSet, isMember, leaf, noFields } from './field-set.js';
import { allFields } from './fields-of.js';
import { fieldElement, itemElement } from './path-element.js';

/** Which fields differ between two objects. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Of one field and what lies below it; absent parts have nothing in them. */
interface Changes {
  readonly added?: FieldSet;
  readonly modified?: FieldSet;
  readonly removed?: FieldSet;
}

/** While they are put together. */
type Growing = { -readonly [Part in keyof Changes]: Record<string, FieldSet> };

/**
 * @param ignored fields that do not count, nor what lies below them
 * @throws ElementError where items of a list cannot be told apart
 */
export function compareObjects(schema: ApplySchema, old: unknown, now: unknown, ignored: FieldSet = noFields): Comparison {
  const { added = noFields, modified = noFields, removed = noFields } = changesOf(schema, old, now, ignored) ?? {};
  return { added, modified, removed };
}

const modifiedLeaf: Changes = { modified: leaf };

function changesOf(schema: ApplySchema, old: unknown, now: unknown, ignored: FieldSet): Changes | undefined {
  if (old === now) return undefined;
  if (old === undefined) return { added: allFields(schema, now, ignored) };
  if (now === undefined) return { removed: allFields(schema, old, ignored) };
  const type = resolved(schema, now ?? old);
  if (type.kind === 'map' && !type.atomic && isMapOrNull(old) && isMapOrNull(now)) {
    return isEmpty(old) && isEmpty(now) ? leafChange(old, now) : changesOfMap(type, old ?? {}, now ?? {}, ignored);
  }
  if (type.kind === 'list' && type.listType !== 'atomic' && isListOrNull(old) && isListOrNull(now)) {
    return isEmpty(old) && isEmpty(now) ? leafChange(old, now) : changesOfList(type, old ?? [], now ?? []);
  }
  return leafChange(old, now);
}

function leafChange(old: unknown, now: unknown): Changes | undefined {
  return equalJson(old, now) ? undefined : modifiedLeaf;
}

function changesOfMap(
  type: MapSchema,
  old: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  ignored: FieldSet,
): Changes | undefined {
  let changes: Growing | undefined;
  for (const name in old) {
    const element = fieldElement(name);
    const skip = ignored[element] ?? noFields;
    if (skip !== noFields && isMember(skip)) continue;
    const before = own(old, name);
    const after = own(now, name);
    if (before !== after) changes = put(changes, element, changesOf(memberSchema(type, name), before, after, skip));
  }
  for (const name in now) {
    if (Object.hasOwn(old, name)) continue;
    const element = fieldElement(name);
    const skip = ignored[element] ?? noFields;
    if (skip !== noFields && isMember(skip)) continue;
    changes = put(changes, element, changesOf(memberSchema(type, name), undefined, now[name], skip));
  }
  return changes;
}

function changesOfList(type: ListSchema, old: readonly unknown[], now: readonly unknown[]): Changes | undefined {
  const sameOrder = changesInOrder(type, old, now);
  if (sameOrder !== 'reordered') return sameOrder;
  const before = byElement(type, old);
  const after = byElement(type, now);
  let changes: Growing | undefined;
  for (const element of new Set([...before.keys(), ...after.keys()])) {
    changes = put(changes, element, changesOfItems(type, before.get(element) ?? [], after.get(element) ?? []));
  }
  return changes;
}

/** Lists seldom change, and most changes are within their items: then nothing has to be looked up. */
function changesInOrder(type: ListSchema, old: readonly unknown[], now: readonly unknown[]): Growing | undefined | 'reordered' {
  if (old.length !== now.length) return 'reordered';
  if (equalJson(old, now)) return undefined; // many times as fast as to name what stays
  const seen = new Set<string>();
  let changes: Growing | undefined;
  for (const [index, item] of old.entries()) {
    const element = itemElement(type, item);
    if (itemElement(type, now[index]) !== element || seen.has(element)) return 'reordered';
    seen.add(element);
    changes = put(changes, element, changesOf(type.items, item, now[index], noFields));
  }
  return changes;
}

/** Items that share a key are compared, and owned, as one. */
function changesOfItems(type: ListSchema, old: readonly unknown[], now: readonly unknown[]): Changes | undefined {
  if (old.length <= 1 && now.length <= 1) return changesOf(type.items, old[0], now[0], noFields);
  if (old.length > 1 && now.length > 1) return leafChange(old, now);
  const removed = old.length > 1 ? leaf : old.length === 1 ? allFields(type.items, old[0]) : undefined;
  const added = now.length > 1 ? leaf : now.length === 1 ? allFields(type.items, now[0]) : undefined;
  return { ...(removed === undefined ? {} : { removed }), ...(added === undefined ? {} : { added }) };
}

export function byElement(type: ListSchema, items: readonly unknown[]): Map<string, unknown[]> {
  const result = new Map<string, unknown[]>();
  for (const item of items) {
    const element = itemElement(type, item);
    const same = result.get(element);
    if (same === undefined) result.set(element, [item]);
    else same.push(item);
  }
  return result;
}

const parts = ['added', 'modified', 'removed'] as const;

function put(changes: Growing | undefined, element: string, below: Changes | undefined): Growing | undefined {
  if (below === undefined) return changes;
  const result = changes ?? {};
  for (const part of parts) {
    const node = below[part];
    if (node === undefined) continue;
    const grown = result[part] ?? {};
    grown[element] = node;
    result[part] = grown;
  }
  return result;
}

function own(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isMapOrNull(value: unknown): value is Readonly<Record<string, unknown>> | null {
  return value === null || isRecord(value);
}

function isListOrNull(value: unknown): value is readonly unknown[] | null {
  return value === null || Array.isArray(value);
}

function isEmpty(value: object | null): boolean {
  for (const _ in value) return false;
  return true;
}
