import { equalValues } from '../equality.js';
import { type CostFunction, type Overload, qualifiedOverload } from '../overload.js';
import { type CelList, sizeOf, type Value } from '../values.js';

const crossed: CostFunction = ([a = null, b = null]) => sizeOf(a) * sizeOf(b);
const crossedTwice: CostFunction = ([a = null, b = null]) => 2 * sizeOf(a) * sizeOf(b);

/** Lists looked at as sets. */
export const sets: readonly Overload[] = [
  qualifiedOverload('sets', 'contains(list(A), list(A)): bool', contains, crossed),
  qualifiedOverload(
    'sets',
    'equivalent(list(A), list(A)): bool',
    (a: CelList, b: CelList) => contains(a, b) && contains(b, a),
    crossedTwice,
  ),
  qualifiedOverload(
    'sets',
    'intersects(list(A), list(A)): bool',
    (a: CelList, b: CelList) => [...b].some((item) => has(a, item)),
    crossed,
  ),
];

function contains(set: CelList, subset: CelList): boolean {
  return [...subset].every((item) => has(set, item));
}

function has(set: CelList, wanted: Value): boolean {
  return [...set].some((item) => equalValues(item, wanted));
}
