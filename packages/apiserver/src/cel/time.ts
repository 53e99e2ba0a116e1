import { CelDuration, CelError, CelTimestamp } from './values.js';

const second = 1_000_000_000n;
const unitNanos: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', second],
  ['m', 60n * second],
  ['h', 3_600n * second],
]);

/** The years 1 to 9999, and what a Go duration holds. */
const earliest = -62_135_596_800n * second;
const latest = 253_402_300_800n * second - 1n;
const durationMax = 2n ** 63n - 1n;

/** RFC 3339. @throws CelError */
export function parseTimestamp(text: string): CelTimestamp {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9})\d*)?(Z|[+-]\d{2}:\d{2})$/.exec(text);
  const ms = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  if (match === null || Number.isNaN(ms) || !isCalendarDay(text)) {
    throw new CelError(`parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse`);
  }
  return checkedTimestamp(BigInt(ms) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0')));
}

function isCalendarDay(text: string): boolean {
  const date = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, 10));
}

/** @throws CelError beyond the years 1 to 9999 */
export function checkedTimestamp(nanos: bigint): CelTimestamp {
  if (nanos < earliest || nanos > latest) throw new CelError('timestamp overflow');
  return new CelTimestamp(nanos);
}

/** @throws CelError beyond 292 years */
export function checkedDuration(nanos: bigint): CelDuration {
  if (nanos > durationMax || nanos < -durationMax - 1n) throw new CelError('duration overflow');
  return new CelDuration(nanos);
}

/** Of a whole number that fits; of a fraction Go looks at no more either. */
const digitsMax = 19;

/** Go's notation: `1h30m`, `-1.5s`. @throws CelError */
export function parseDuration(text: string): CelDuration {
  const match = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.exec(text);
  if (match === null && !/^[+-]?0$/.test(text)) throw new CelError(`time: invalid duration ${JSON.stringify(text)}`);
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = unitNanos.get(unit) ?? 0n;
    if (whole.replace(/^0+/, '').length > digitsMax) throw new CelError('duration overflow');
    const finer = fraction.slice(0, digitsMax);
    nanos += BigInt(whole || '0') * scale + (BigInt(finer || '0') * scale) / 10n ** BigInt(finer.length);
  }
  return checkedDuration(text.startsWith('-') ? -nanos : nanos);
}

/** As `string(duration)` has it: seconds, `90s`, `1.5s`. */
export function durationText({ nanos }: CelDuration): string {
  return `${decimal(nanos)}s`;
}

export function timestampText({ nanos }: CelTimestamp): string {
  const seconds = floorDivide(nanos, second);
  const fraction = nanos - seconds * second;
  const base = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return `${base}${fraction === 0n ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`}Z`;
}

function decimal(nanos: bigint): string {
  const magnitude = nanos < 0n ? -nanos : nanos;
  const fraction = String(magnitude % second)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${magnitude / second}${fraction === '' ? '' : `.${fraction}`}`;
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** The wall clock of a time zone, as a Date whose UTC fields are that clock's. @throws CelError for an unknown zone */
export function inZone({ nanos }: CelTimestamp, zone: string): Date {
  const ms = Number(floorDivide(nanos, 1_000_000n));
  if (zone === '' || zone === 'UTC') return new Date(ms);
  const fixed = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(zone);
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3]);
    return new Date(ms + (fixed[1] === '-' ? -minutes : minutes) * 60_000);
  }
  return new Date(ms + offsetMs(ms, zone));
}

function offsetMs(ms: number, zone: string): number {
  try {
    const parts = new Intl.DateTimeFormat('en-US', { ...fields, timeZone: zone }).formatToParts(new Date(ms));
    const part = (type: string) => Number(parts.find((candidate) => candidate.type === type)?.value);
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return local - Math.floor(ms / 1_000) * 1_000;
  } catch {
    throw new CelError(`unknown time zone ${zone}`);
  }
}

const fields = {
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
  hourCycle: 'h23',
} as const;
