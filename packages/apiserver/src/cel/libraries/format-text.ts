import { keyText } from '../collections.js';
import { durationText, timestampText } from '../time.js';
import {
  CelDuration,
  CelError,
  type CelList,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  isList,
  isMap,
  type Value,
  valueTypeText,
} from '../values.js';
import { doubleText } from './conversions.js';

const precisionByDefault = 6;
const precisionMax = 1_000;

/** `'%s has %.2f'.format([…])`. @throws CelError */
export function formatText(format: string, args: CelList): string {
  let next = 0;
  return format.replace(/%(%|(?:\.(\d*))?([\s\S]?))/gu, (_all, rest: string, precision: string | undefined, verb: string) => {
    if (rest === '%') return '%';
    if (verb === '') throw new CelError('unexpected end of string');
    const digits = precision === undefined ? precisionByDefault : Number(precision);
    if (digits > precisionMax) throw new CelError(`precision ${digits} exceeds maximum allowed precision ${precisionMax}`);
    const formatter = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    if (formatter === undefined)
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
    const argument = args.at(next);
    if (argument === undefined) throw new CelError(`index ${next} out of range`);
    next++;
    return formatter(argument, digits);
  });
}

const verbs: Readonly<Record<string, (value: Value, digits: number) => string>> = {
  s: (value) => plainText(value),
  d: (value) => specialNumber(value) ?? String(wholeOf(value, 'd', 'decimal clause can only be used on integers')),
  b: (value) => {
    if (typeof value === 'boolean') return value ? '1' : '0';
    return wholeOf(value, 'b', 'binary clause can only be used on integers and bools').toString(2);
  },
  o: (value) => wholeOf(value, 'o', 'octal clause can only be used on integers').toString(8),
  x: (value) => hexText(value, 'x'),
  X: (value) => hexText(value, 'X').toUpperCase(),
  f: (value, digits) => specialNumber(value) ?? fractionOf(value, 'fixed-point').toFixed(Math.min(digits, 100)),
  e: (value, digits) =>
    specialNumber(value) ??
    fractionOf(value, 'scientific')
      .toExponential(Math.min(digits, 100))
      .replace(/e([+-])(\d)$/, 'e$10$2'),
};

function specialNumber(value: Value): string | undefined {
  if (typeof value === 'number' && Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return 'Infinity';
  return value === Number.NEGATIVE_INFINITY ? '-Infinity' : undefined;
}

function wholeOf(value: Value, _verb: string, why: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof CelUint) return value.value;
  throw new CelError(`error during formatting: ${why}, was given ${valueTypeText(value)}`);
}

function fractionOf(value: Value, what: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof CelUint) return Number(value.value);
  throw new CelError(`error during formatting: ${what} clause can only be used on doubles, was given ${valueTypeText(value)}`);
}

function hexText(value: Value, verb: string): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return wholeOf(value, verb, 'only integers, byte buffers, and strings can be formatted as hex').toString(16);
}

function plainText(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return specialNumber(value) ?? doubleText(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value instanceof CelTimestamp) return timestampText(value);
  if (value instanceof CelDuration) return durationText(value);
  if (value instanceof CelTypeValue) return value.typeName;
  if (isList(value)) return `[${[...value].map(plainText).join(', ')}]`;
  if (isMap(value)) {
    const entries = [...value.keys()].map((key) => `${keyText(key)}: ${plainText(value.get(key) ?? null)}`);
    return `{${entries.sort().join(', ')}}`;
  }
  const types = 'strings, bools, integers, doubles, maps, lists, types, durations, and timestamps';
  throw new CelError(`error during formatting: string clause can only be used on ${types}, was given ${valueTypeText(value)}`);
}
