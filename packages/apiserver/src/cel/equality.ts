import { equalJson } from '@flotilla/api';
import type { ListType } from './types.js';
import {
  CelDuration,
  type CelList,
  type CelMap,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  isList,
  isMap,
  isObject,
  type Value,
} from './values.js';

/** CEL's `==`: numbers by value whatever their type; values of different types are different, and that is no error. */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) return true;
  const numeric = compareNumbers(a, b);
  if (numeric !== undefined) return numeric === 0;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof CelTimestamp) return b instanceof CelTimestamp && a.nanos === b.nanos;
  if (a instanceof CelDuration) return b instanceof CelDuration && a.nanos === b.nanos;
  if (a instanceof CelTypeValue) return b instanceof CelTypeValue && a.typeName === b.typeName;
  if (a instanceof CelOptional) return b instanceof CelOptional && equalOptionals(a, b);
  if (a instanceof CelOpaque) return b instanceof CelOpaque && a.equals(b);
  if (isList(a)) return isList(b) && equalLists(a, b);
  if (isMap(a)) return isMap(b) && equalMaps(a, b);
  return isObject(a) && isObject(b) && equalJson(a.identity, b.identity);
}

function equalOptionals(a: CelOptional, b: CelOptional): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equalValues(a.value, b.value);
}

function equalLists(a: CelList, b: CelList): boolean {
  if (a.size !== b.size) return false;
  const { identity } = a.type as ListType; // lists have list types
  if (identity !== undefined) {
    const left = [...b];
    for (const item of a) {
      const at = left.findIndex((other) => equalValues(item, other));
      if (at < 0) return false;
      left.splice(at, 1);
    }
    return true;
  }
  for (let i = 0; i < a.size; i++) if (!equalValues(a.at(i) ?? null, b.at(i) ?? null)) return false;
  return true;
}

function equalMaps(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) {
    const other = b.get(key);
    if (other === undefined || !equalValues(a.get(key) ?? null, other)) return false;
  }
  return true;
}

/** Negative, zero or positive; NaN when a number is none; undefined when one of them is no number. */
function compareNumbers(a: Value, b: Value): number | undefined {
  const left = numberOf(a);
  const right = numberOf(b);
  if (left === undefined || right === undefined) return undefined;
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.NaN;
  // JavaScript compares a bigint with a number by their exact values.
  return left < right ? -1 : left > right ? 1 : 0;
}

function numberOf(value: Value): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof CelUint ? value.value : undefined;
}

/** The order of `<`. @returns undefined for values that have none with each other */
export function compareValues(a: Value, b: Value): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  const bothTimes = a instanceof CelTimestamp && b instanceof CelTimestamp;
  const bothDurations = a instanceof CelDuration && b instanceof CelDuration;
  if (bothTimes || bothDurations) return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
  return compareNumbers(a, b);
}
