import { ValueList } from '../collections.js';
import { type Overload, overload, qualifiedOverload } from '../overload.js';
import { CelDuration, CelError, type CelList, CelOptional, CelTimestamp, CelUint, sizeOf, type Value } from '../values.js';

/** Values that may be absent. `or` and `orValue` are lazy, and so are the interpreter's; `optMap` and `optFlatMap` are macros. */
export const optionals: readonly Overload[] = [
  qualifiedOverload('optional', 'of(A): optional_type(A)', (value: Value) => new CelOptional(value)),
  qualifiedOverload('optional', 'none(): optional_type(A)', () => CelOptional.none),
  qualifiedOverload('optional', 'ofNonZeroValue(A): optional_type(A)', (value: Value) =>
    isZero(value) ? CelOptional.none : new CelOptional(value),
  ),
  qualifiedOverload('optional', 'unwrap(list(optional_type(A))): list(A)', unwrap),
  overload('list(optional_type(A)).unwrapOpt(): list(A)', unwrap),
  overload('optional_type(A).hasValue(): bool', (optional: CelOptional) => optional.value !== undefined),
  overload('optional_type(A).value(): A', ({ value }: CelOptional) => {
    if (value === undefined) throw new CelError('optional.none() dereference');
    return value;
  }),
  overload('optional_type(A).or(optional_type(A)): optional_type(A)', (a: CelOptional, b: CelOptional) =>
    a.value === undefined ? b : a,
  ),
  overload('optional_type(A).orValue(A): A', (optional: CelOptional, otherwise: Value) => optional.value ?? otherwise),
];

function unwrap(list: CelList): CelList {
  const values: Value[] = [];
  for (const item of list) if (item instanceof CelOptional && item.value !== undefined) values.push(item.value);
  return new ValueList(values);
}

function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0 || value === 0n || value === '') return true;
  if (typeof value !== 'object') return false;
  if (value instanceof CelUint) return value.value === 0n;
  if (value instanceof CelDuration || value instanceof CelTimestamp) return value.nanos === 0n;
  if (value instanceof CelOptional) return value.value === undefined;
  return value instanceof Uint8Array || ('celKind' in value && value.celKind !== 'object') ? sizeOf(value) === 0 : false;
}
