import { type Overload, overload } from '../overload.js';
import { inZone } from '../time.js';
import type { CelDuration, CelTimestamp } from '../values.js';

const dayMs = 86_400_000;

/** What each part is, read from the fields of a clock. */
const parts: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};

const durationParts: Readonly<Record<string, (nanos: bigint) => bigint>> = {
  getHours: (nanos) => nanos / 3_600_000_000_000n,
  getMinutes: (nanos) => nanos / 60_000_000_000n,
  getSeconds: (nanos) => nanos / 1_000_000_000n,
  getMilliseconds: (nanos) => (nanos / 1_000_000n) % 1_000n,
};

/** `getHours()`, `getFullYear('Europe/Berlin')`, … */
export const timeParts: readonly Overload[] = [
  ...Object.entries(parts).flatMap(([name, part]) => [
    overload(`timestamp.${name}(): int`, (time: CelTimestamp) => BigInt(part(inZone(time, '')))),
    overload(`timestamp.${name}(string): int`, (time: CelTimestamp, zone: string) => BigInt(part(inZone(time, zone)))),
  ]),
  ...Object.entries(durationParts).map(([name, part]) =>
    overload(`duration.${name}(): int`, (span: CelDuration) => part(span.nanos)),
  ),
];
