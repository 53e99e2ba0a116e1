import { traversalCost } from '../cost.js';
import { compareValues, equalValues } from '../equality.js';
import { type CostFunction, type Overload, overload } from '../overload.js';
import { CelError, type CelList, type CelMap, CelOpaque, noSuchOverload, sizeOf, type Value } from '../values.js';

const orderedTypes = ['bool', 'string', 'bytes', 'timestamp', 'duration'] as const;
const numberTypes = ['int', 'uint', 'double'] as const;

const shorterTraversed: CostFunction = ([a = null, b = null]) =>
  a instanceof CelOpaque ? 1 : Math.max(1, traversalCost(Math.min(sizeOf(a), sizeOf(b))));

/** `== != < <= > >= in`. */
export const relations: readonly Overload[] = [
  overload('_==_(A, A): bool', equalValues, shorterTraversed),
  overload('_!=_(A, A): bool', (a: Value, b: Value) => !equalValues(a, b), shorterTraversed),
  ...ordering('_<_', (order) => order < 0),
  ...ordering('_<=_', (order) => order <= 0),
  ...ordering('_>_', (order) => order > 0),
  ...ordering('_>=_', (order) => order >= 0),
  overload(
    '@in(A, list(A)): bool',
    (wanted: Value, list: CelList) => [...list].some((item) => equalValues(item, wanted)),
    ([, list = null]) => sizeOf(list),
  ),
  overload('@in(A, map(A, B)): bool', (key: Value, map: CelMap) => map.get(key) !== undefined),
];

function ordering(name: string, holds: (order: number) => boolean): readonly Overload[] {
  const pairs = [
    ...orderedTypes.map((type) => [type, type] as const),
    ...numberTypes.flatMap((a) => numberTypes.map((b) => [a, b] as const)),
  ];
  const run = (a: Value, b: Value) => {
    const order = compareValues(a, b);
    if (order === undefined) throw noSuchOverload();
    if (Number.isNaN(order)) throw new CelError('NaN values cannot be ordered');
    return holds(order);
  };
  return pairs.map(([a, b]) => overload(`${name}(${a}, ${b}): bool`, run, a === 'string' ? shorterTraversed : undefined));
}
