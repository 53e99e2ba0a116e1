import { traversalCost } from '../cost.js';
import { type CostFunction, type Overload, overload } from '../overload.js';
import { checkedTimestamp, durationText, floorDivide, parseDuration, parseTimestamp, timestampText } from '../time.js';
import { runtimeName } from '../types.js';
import {
  type CelDuration,
  CelError,
  type CelList,
  type CelMap,
  type CelTimestamp,
  CelTypeValue,
  type CelUint,
  sizeOf,
  type Value,
  valueType,
} from '../values.js';
import { checkedInt, checkedUint } from './arithmetic.js';

const traversed: CostFunction = ([text = null]) => traversalCost(sizeOf(text));

/** `int(x)`, `string(x)`, `size(x)`, `type(x)` and their kin. */
export const conversions: readonly Overload[] = [
  overload('bool(bool): bool', (a: boolean) => a),
  overload('bool(string): bool', parseBool),
  overload('int(int): int', (a: bigint) => a),
  overload('int(uint): int', (a: CelUint) => checkedInt(a.value)),
  overload('int(double): int', (a: number) => checkedInt(wholeOf(a))),
  overload('int(string): int', (text: string) => checkedInt(parseWhole(text, /^[+-]?\d+$/, 'int'))),
  overload('int(timestamp): int', (a: CelTimestamp) => floorDivide(a.nanos, 1_000_000_000n)),
  overload('int(duration): int', (a: CelDuration) => a.nanos),
  overload('uint(uint): uint', (a: CelUint) => a),
  overload('uint(int): uint', (a: bigint) => checkedUint(a)),
  overload('uint(double): uint', (a: number) => checkedUint(wholeOf(a))),
  overload('uint(string): uint', (text: string) => checkedUint(parseWhole(text, /^\d+$/, 'uint'))),
  overload('double(double): double', (a: number) => a),
  overload('double(int): double', (a: bigint) => Number(a)),
  overload('double(uint): double', (a: CelUint) => Number(a.value)),
  overload('double(string): double', parseDouble),
  overload('string(string): string', (a: string) => a),
  overload('string(bool): string', (a: boolean) => String(a)),
  overload('string(int): string', (a: bigint) => String(a)),
  overload('string(uint): string', (a: CelUint) => String(a.value)),
  overload('string(double): string', doubleText),
  overload('string(bytes): string', utf8Text, traversed),
  overload('string(timestamp): string', timestampText),
  overload('string(duration): string', durationText),
  overload('bytes(bytes): bytes', (a: Uint8Array) => a),
  overload('bytes(string): bytes', (a: string) => Buffer.from(a), traversed),
  overload('timestamp(timestamp): timestamp', (a: CelTimestamp) => a),
  overload('timestamp(string): timestamp', parseTimestamp),
  overload('timestamp(int): timestamp', (seconds: bigint) => checkedTimestamp(seconds * 1_000_000_000n)),
  overload('duration(duration): duration', (a: CelDuration) => a),
  overload('duration(string): duration', parseDuration),
  overload('dyn(A): dyn', (a: Value) => a),
  overload('type(A): type(A)', (a: Value) =>
    a instanceof CelTypeValue ? new CelTypeValue('type') : new CelTypeValue(runtimeName(valueType(a))),
  ),
  ...(['string', 'bytes', 'list(A)', 'map(A, B)'] as const).flatMap((type) => [
    overload(`size(${type}): int`, size),
    overload(`${type}.size(): int`, size),
  ]),
];

function size(value: string | Uint8Array | CelList | CelMap): bigint {
  if (typeof value === 'string') return BigInt([...value].length);
  return BigInt(value instanceof Uint8Array ? value.length : value.size);
}

function parseBool(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw new CelError("type conversion error from 'string' to 'bool'");
}

function parseWhole(text: string, pattern: RegExp, type: string): bigint {
  if (!pattern.test(text)) throw new CelError(`type conversion error from 'string' to '${type}'`);
  return BigInt(text.replace(/^\+/, ''));
}

function parseDouble(text: string): number {
  const special: Readonly<Record<string, number>> = { inf: Infinity, '+inf': Infinity, '-inf': -Infinity, nan: Number.NaN };
  const value = special[text.toLowerCase()] ?? (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined);
  if (value === undefined) throw new CelError("type conversion error from 'string' to 'double'");
  return value;
}

function wholeOf(value: number): bigint {
  if (!Number.isFinite(value)) throw new CelError('integer overflow');
  return BigInt(Math.trunc(value));
}

/** Go's shortest notation: an exponent below 1e-4 and from 1e21 on. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const magnitude = Math.abs(value);
  if (magnitude === 0 || (magnitude >= 1e-4 && magnitude < 1e21)) return Object.is(value, -0) ? '-0' : String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function utf8Text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}
