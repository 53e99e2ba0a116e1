import { concatenate } from '../collections.js';
import { traversalCost } from '../cost.js';
import { type CostFunction, type Overload, overload } from '../overload.js';
import { checkedDuration, checkedTimestamp } from '../time.js';
import { type CelDuration, CelError, type CelList, type CelTimestamp, CelUint, sizeOf } from '../values.js';

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;
const uint64Max = 2n ** 64n - 1n;

/** @throws CelError */
export function checkedInt(value: bigint): bigint {
  if (value < int64Min || value > int64Max) throw new CelError('integer overflow');
  return value;
}

/** @throws CelError */
export function checkedUint(value: bigint): CelUint {
  if (value < 0n || value > uint64Max) throw new CelError('unsigned integer overflow');
  return new CelUint(value);
}

const bothTraversed: CostFunction = ([a = null, b = null]) => traversalCost(sizeOf(a) + sizeOf(b));

/** `+ - * / %` and the minus sign. */
export const arithmetic: readonly Overload[] = [
  overload('_+_(int, int): int', (a: bigint, b: bigint) => checkedInt(a + b)),
  overload('_+_(uint, uint): uint', (a: CelUint, b: CelUint) => checkedUint(a.value + b.value)),
  overload('_+_(double, double): double', (a: number, b: number) => a + b),
  overload('_+_(string, string): string', (a: string, b: string) => a + b, bothTraversed),
  overload('_+_(bytes, bytes): bytes', (a: Uint8Array, b: Uint8Array) => Buffer.concat([a, b]), bothTraversed),
  overload('_+_(list(A), list(A)): list(A)', (a: CelList, b: CelList) => concatenate(a, b)),
  overload('_+_(timestamp, duration): timestamp', (a: CelTimestamp, b: CelDuration) => checkedTimestamp(a.nanos + b.nanos)),
  overload('_+_(duration, timestamp): timestamp', (a: CelDuration, b: CelTimestamp) => checkedTimestamp(a.nanos + b.nanos)),
  overload('_+_(duration, duration): duration', (a: CelDuration, b: CelDuration) => checkedDuration(a.nanos + b.nanos)),
  overload('_-_(int, int): int', (a: bigint, b: bigint) => checkedInt(a - b)),
  overload('_-_(uint, uint): uint', (a: CelUint, b: CelUint) => checkedUint(a.value - b.value)),
  overload('_-_(double, double): double', (a: number, b: number) => a - b),
  overload('_-_(timestamp, timestamp): duration', (a: CelTimestamp, b: CelTimestamp) => checkedDuration(a.nanos - b.nanos)),
  overload('_-_(timestamp, duration): timestamp', (a: CelTimestamp, b: CelDuration) => checkedTimestamp(a.nanos - b.nanos)),
  overload('_-_(duration, duration): duration', (a: CelDuration, b: CelDuration) => checkedDuration(a.nanos - b.nanos)),
  overload('_*_(int, int): int', (a: bigint, b: bigint) => checkedInt(a * b)),
  overload('_*_(uint, uint): uint', (a: CelUint, b: CelUint) => checkedUint(a.value * b.value)),
  overload('_*_(double, double): double', (a: number, b: number) => a * b),
  overload('_/_(int, int): int', (a: bigint, b: bigint) => checkedInt(a / divisor(b, 'division'))),
  overload('_/_(uint, uint): uint', (a: CelUint, b: CelUint) => checkedUint(a.value / divisor(b.value, 'division'))),
  overload('_/_(double, double): double', (a: number, b: number) => a / b),
  overload('_%_(int, int): int', (a: bigint, b: bigint) => a % divisor(b, 'modulus')),
  overload('_%_(uint, uint): uint', (a: CelUint, b: CelUint) => checkedUint(a.value % divisor(b.value, 'modulus'))),
  overload('-_(int): int', (a: bigint) => checkedInt(-a)),
  overload('-_(double): double', (a: number) => -a),
  overload('-_(duration): duration', (a: CelDuration) => checkedDuration(-a.nanos)),
];

function divisor(value: bigint, what: string): bigint {
  if (value === 0n) throw new CelError(`${what} by zero`);
  return value;
}
