import { ValueList } from '../collections.js';
import { traversalCost } from '../cost.js';
import { compareValues, equalValues } from '../equality.js';
import { type CostFunction, type Overload, overload, qualifiedOverload } from '../overload.js';
import { checkedDuration } from '../time.js';
import {
  CelDuration,
  CelError,
  type CelList,
  CelOptional,
  CelUint,
  isList,
  isMap,
  noSuchOverload,
  sizeOf,
  type Value,
} from '../values.js';
import { checkedInt, checkedUint } from './arithmetic.js';

const comparable = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'] as const;
const summable = ['int', 'uint', 'double', 'duration'] as const;

/** What `lists.range` may make: as many numbers as one evaluation could afford to look at. */
const rangeMax = 1_000_000n;

const traversed: CostFunction = ([list = null]) => treeCost(list);
const perElement: CostFunction = ([list = null]) => Math.max(1, sizeOf(list));

/** Kubernetes' list library, and cel-go's lists extension (version 3). `sortBy` is a macro. */
export const lists: readonly Overload[] = [
  ...comparable.flatMap((type) => [
    overload(`list(${type}).isSorted(): bool`, isSorted, traversed),
    overload(`list(${type}).max(): ${type}`, (list: CelList) => extreme(list, 'max', 1), traversed),
    overload(`list(${type}).min(): ${type}`, (list: CelList) => extreme(list, 'min', -1), traversed),
    overload(`list(${type}).sort(): list(${type})`, (list: CelList) => sorted(list, [...list]), perElement),
  ]),
  ...summable.map((type) => overload(`list(${type}).sum(): ${type}`, (list: CelList) => sum(list, type), traversed)),
  overload('list(A).indexOf(A): int', (list: CelList, item: Value) => position([...list], item), traversed),
  overload('list(A).lastIndexOf(A): int', lastPosition, traversed),
  overload('list(A).slice(int, int): list(A)', slice, perElement),
  overload('list(A).distinct(): list(A)', (list: CelList) => new ValueList(distinct([...list])), perElement),
  overload('list(A).reverse(): list(A)', (list: CelList) => new ValueList([...list].reverse()), perElement),
  overload('list(dyn).flatten(): list(dyn)', (list: CelList) => new ValueList(flatten(list, 1n)), perElement),
  overload(
    'list(dyn).flatten(int): list(dyn)',
    (list: CelList, depth: bigint) => new ValueList(flatten(list, depth)),
    perElement,
  ),
  overload('list(A).first(): optional_type(A)', (list: CelList) => new CelOptional(list.at(0))),
  overload('list(A).last(): optional_type(A)', (list: CelList) => new CelOptional(list.at(list.size - 1))),
  qualifiedOverload('lists', 'range(int): list(int)', range, (_args, result) => Math.max(1, sizeOf(result))),
];

function treeCost(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return traversalCost(value.length);
  if (isList(value)) return [...value].reduce<number>((total, item) => total + treeCost(item), 0);
  if (isMap(value))
    return [...value.keys()].reduce<number>((total, key) => total + treeCost(key) + treeCost(value.get(key) ?? null), 0);
  return 1;
}

function order(a: Value, b: Value): number {
  const result = compareValues(a, b);
  if (result === undefined) throw noSuchOverload();
  if (Number.isNaN(result)) throw new CelError('NaN values cannot be ordered');
  return result;
}

function isSorted(list: CelList): boolean {
  const items = [...list];
  return items.every((item, i) => i === 0 || order(items[i - 1] ?? null, item) <= 0);
}

function extreme(list: CelList, name: string, sign: number): Value {
  const [first, ...rest] = list;
  if (first === undefined) throw new CelError(`${name} called on empty list`);
  return rest.reduce((best, item) => (order(item, best) * sign > 0 ? item : best), first);
}

function sum(list: CelList, type: (typeof summable)[number]): Value {
  switch (type) {
    case 'int':
      return reduce<bigint>(list, 0n, (total, item) => (typeof item === 'bigint' ? checkedInt(total + item) : undefined));
    case 'double':
      return reduce<number>(list, 0, (total, item) => (typeof item === 'number' ? total + item : undefined));
    case 'uint':
      return reduce(list, new CelUint(0n), (total, item) =>
        item instanceof CelUint ? checkedUint(total.value + item.value) : undefined,
      );
    default:
      return reduce(list, new CelDuration(0n), (total, item) =>
        item instanceof CelDuration ? checkedDuration(total.nanos + item.nanos) : undefined,
      );
  }
}

/** Of an empty list with elements of unknown type, the sum is that of ints. */
function reduce<T extends Value>(list: CelList, start: T, add: (total: T, item: Value) => T | undefined): T {
  let total = start;
  for (const item of list) {
    const next = add(total, item);
    if (next === undefined) throw noSuchOverload();
    total = next;
  }
  return total;
}

function position(items: readonly Value[], wanted: Value): bigint {
  return BigInt(items.findIndex((item) => equalValues(item, wanted)));
}

function lastPosition(list: CelList, wanted: Value): bigint {
  const at = position([...list].reverse(), wanted);
  return at < 0n ? at : BigInt(list.size) - 1n - at;
}

function slice(list: CelList, start: bigint, end: bigint): CelList {
  const call = `cannot slice(${start}, ${end})`;
  if (start < 0n || end < 0n) throw new CelError(`${call}, negative indexes not supported`);
  if (start > end) throw new CelError(`${call}, start index must be less than or equal to end index`);
  if (BigInt(list.size) < end) throw new CelError(`${call}, list is length ${list.size}`);
  return new ValueList([...list].slice(Number(start), Number(end)));
}

function distinct(items: readonly Value[]): readonly Value[] {
  return items.filter((item, i) => items.findIndex((other) => equalValues(item, other)) === i);
}

function flatten(list: CelList, depth: bigint): readonly Value[] {
  if (depth < 0n) throw new CelError('level must be non-negative');
  return [...list].flatMap((item) => (isList(item) && depth > 0n ? flatten(item, depth - 1n) : [item]));
}

function range(count: bigint): CelList {
  if (count > rangeMax) throw new CelError(`lists.range(${count}) exceeds ${rangeMax} elements`);
  return new ValueList(Array.from({ length: Math.max(0, Number(count)) }, (_, i) => BigInt(i)));
}

/** The list's elements in the order of their keys. @throws CelError for keys that have no order with each other */
export function sorted(list: CelList, keys: readonly Value[]): CelList {
  const items = [...list];
  const [first] = keys;
  if (first !== undefined && keys.some((key) => compareValues(first, key) === undefined)) {
    throw new CelError(
      keys.every((key) => typeof key === typeof first)
        ? 'list elements must be comparable'
        : 'list elements must have the same type',
    );
  }
  const indexes = items.map((_, i) => i).sort((a, b) => order(keys[a] ?? null, keys[b] ?? null));
  return new ValueList(indexes.map((i) => items[i] ?? null));
}
