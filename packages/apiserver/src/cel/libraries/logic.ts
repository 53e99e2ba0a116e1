import { keyText, memberOf } from '../collections.js';
import { type Overload, overload } from '../overload.js';
import {
  CelError,
  type CelList,
  type CelMap,
  CelOptional,
  CelUint,
  isList,
  isMap,
  isObject,
  noSuchOverload,
  type Value,
} from '../values.js';

/** Logic and the brackets. What the operators do not look at, the interpreter does not evaluate. */
export const logic: readonly Overload[] = [
  overload('!_(bool): bool', (a: boolean) => !a),
  overload('_&&_(bool, bool): bool', (a: boolean, b: boolean) => a && b),
  overload('_||_(bool, bool): bool', (a: boolean, b: boolean) => a || b),
  overload('_?_:_(bool, A, A): A', (condition: boolean, yes: Value, no: Value) => (condition ? yes : no)),
  overload('_[_](list(A), int): A', (list: CelList, at: bigint) => indexed(list, at)),
  overload('_[_](map(A, B), A): B', (map: CelMap, key: Value) => indexed(map, key)),
  overload('_[_](optional_type(list(A)), int): optional_type(A)', indexedOptionally),
  overload('_[_](optional_type(map(A, B)), A): optional_type(B)', indexedOptionally),
  overload('_[?_](list(A), int): optional_type(A)', indexedOptionally),
  overload('_[?_](map(A, B), A): optional_type(B)', indexedOptionally),
  overload('_[?_](optional_type(list(A)), int): optional_type(A)', indexedOptionally),
  overload('_[?_](optional_type(map(A, B)), A): optional_type(B)', indexedOptionally),
];

/** @throws CelError when there is nothing at that index or key */
function indexed(container: Value, index: Value): Value {
  const found = lookup(container, index);
  if (found !== undefined) return found;
  throw new CelError(`${isList(container) ? 'index out of bounds' : 'no such key'}: ${keyText(index)}`);
}

function indexedOptionally(container: Value, index: Value): CelOptional {
  const inner = container instanceof CelOptional ? container.value : container;
  return inner === undefined ? CelOptional.none : new CelOptional(lookup(inner, index));
}

function lookup(container: Value, index: Value): Value | undefined {
  if (isMap(container)) return container.get(index);
  if (!isList(container)) return undefined;
  const position = index instanceof CelUint ? index.value : index;
  if (typeof position === 'number' && !Number.isInteger(position))
    throw new CelError(`unsupported index value ${position} in list`);
  if (typeof position !== 'bigint' && typeof position !== 'number') throw noSuchOverload();
  return container.at(Number(position));
}

/** `operand.field`, or undefined when it is not there: as `has(operand.field)` asks. */
export function selected(operand: Value, field: string): Value | undefined {
  return isMap(operand) || isObject(operand) ? memberOf(operand, field) : undefined;
}
