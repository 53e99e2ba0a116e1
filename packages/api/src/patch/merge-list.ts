import { isRecord } from '../json.js';
import type { Schema } from '../schema/schema.js';
import { inElementOrder } from './element-order.js';
import { badPatch, type MergeMaps } from './patch-directives.js';
import { Places } from './places.js';

export interface ListMerge {
  /** What the target has. */
  readonly before: unknown;
  /** What the patch has; undefined when it only reorders or deletes. */
  readonly value: unknown;
  /** $setElementOrder */
  readonly order: unknown;
  /** $deleteFromPrimitiveList */
  readonly deletions: unknown;
  /** Undefined for a list of scalars. */
  readonly mergeKey: string | undefined;
  readonly field: string;
  readonly items: Schema | undefined;
}

type Item = Record<string, unknown>;

/** Of a patch's items into one of the list, which may grow with each: a patch has no reason to name an item twice. */
const mergesMax = 16;

/**
 * The items of the patch stand in its own order, unless it gives another with $setElementOrder; those that only the target
 * has keep their places between them.
 * @throws StatusError BadRequest
 */
export function mergeList(merge: ListMerge, mergeMaps: MergeMaps): unknown[] {
  const before: readonly unknown[] = Array.isArray(merge.before) ? merge.before : [];
  const patch: readonly unknown[] = Array.isArray(merge.value) ? merge.value : [];
  const order = orderOf(merge) ?? patch;
  const { mergeKey } = merge;
  if (mergeKey === undefined) {
    const deleted = new Places(deletionsOf(merge));
    const kept = before.filter((item) => !deleted.has(item));
    const present = new Places(kept);
    const merged = [...kept, ...patch.filter((item) => !present.has(item))];
    return inElementOrder(merged, before, order, (item) => item);
  }
  const keyOf = (item: unknown) => (isRecord(item) && Object.hasOwn(item, mergeKey) ? item[mergeKey] : undefined);
  const items = patch.map((item) => checked(item, merge, mergeKey));
  const merged = mergeItems(before, items, merge, mergeMaps);
  return inElementOrder(merged, before, order.map(keyOf), keyOf);
}

function mergeItems(before: readonly unknown[], patch: readonly Item[], merge: ListMerge, mergeMaps: MergeMaps): unknown[] {
  const { mergeKey = '', items } = merge;
  if (patch.some((item) => item['$patch'] === 'replace')) {
    return patch.filter((item) => item['$patch'] === undefined).map((item) => mergeMaps({}, item, items));
  }
  const deleted = new Places(patch.filter((item) => item['$patch'] === 'delete').map((item) => item[mergeKey]));
  const result = before.filter((item) => !(isRecord(item) && deleted.has(item[mergeKey])));
  const places = new Places();
  for (const [index, item] of result.entries()) if (isRecord(item)) places.add(item[mergeKey], index);
  const merges = new Map<number, number>();
  for (const item of patch.filter(({ $patch }) => $patch !== 'delete')) {
    const at = places.of(item[mergeKey]);
    merges.set(at, (merges.get(at) ?? 0) + 1);
    if (at >= 0 && (merges.get(at) ?? 0) > mergesMax) throw badPatch(`too many items with one merge key for ${merge.field}`);
    const target = at < 0 ? undefined : result[at];
    const mergedItem = mergeMaps(isRecord(target) ? target : {}, item, items);
    places.add(item[mergeKey], result.length);
    if (at < 0) result.push(mergedItem);
    else result[at] = mergedItem;
  }
  return result;
}

function checked(item: unknown, { field }: ListMerge, mergeKey: string): Item {
  if (!isRecord(item)) throw badPatch(`expected a list of objects for ${field}, found ${JSON.stringify(item)}`);
  const directive = item['$patch'];
  if (directive === 'replace') return item;
  if (directive === 'merge') throw badPatch('merging list cannot yet be specified in the patch');
  if (directive !== undefined && directive !== 'delete') throw badPatch(`Unknown patch type found: ${JSON.stringify(directive)}`);
  if (!Object.hasOwn(item, mergeKey))
    throw badPatch(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
  return item;
}

/** @throws StatusError when the patch's own items are not in the order that it asks for */
function orderOf({ order, mergeKey, value }: ListMerge): readonly unknown[] | undefined {
  if (order === undefined) return undefined;
  if (!Array.isArray(order)) throw badPatch('invalid patch format of setElementOrder list');
  const keyOf = (item: unknown) => (mergeKey !== undefined && isRecord(item) ? item[mergeKey] : item);
  const wanted = new Places(order.map(keyOf));
  const patched = (Array.isArray(value) ? value : []).filter((item) => !isRecord(item) || item['$patch'] === undefined);
  let last = -1;
  for (const item of patched) {
    const place = wanted.of(keyOf(item));
    if (place <= last) {
      const lists = `${JSON.stringify(value)}\n doesn't match $setElementOrder list:\n${JSON.stringify(order)}`;
      throw badPatch(`The order in patch list:\n${lists}\n`);
    }
    last = place;
  }
  return order;
}

function deletionsOf({ deletions }: ListMerge): readonly unknown[] {
  if (deletions === undefined) return [];
  if (!Array.isArray(deletions)) throw badPatch('invalid patch format of primitive list');
  return deletions;
}
