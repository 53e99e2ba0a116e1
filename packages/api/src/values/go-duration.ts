const unitNanos: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** Of a whole number that fits; of a fraction Go looks at no more either. */
const digitsMax = 19;

/**
 * Go's notation for durations, as metav1.Duration has it: `1h15m30.5s`, `300ms`, `0`.
 * @returns milliseconds, with a fraction for finer ones
 * @throws RangeError with Go's text
 */
export function parseGoDuration(text: string): number {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0;
  let nanos = 0n;
  let at = 0;
  const part = /(\d*)(?:\.(\d*))?([^\d.]*)/y;
  while (at < rest.length) {
    part.lastIndex = at;
    const [matched = '', whole = '', fraction = '', unit = ''] = part.exec(rest) ?? [];
    if (whole === '' && fraction === '') throw invalid(text);
    if (unit === '') throw new RangeError(`time: missing unit in duration ${JSON.stringify(text)}`);
    const nanosPerUnit = unitNanos.get(unit);
    if (nanosPerUnit === undefined) {
      throw new RangeError(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    }
    if (whole.replace(/^0+/, '').length > digitsMax) throw invalid(text);
    const finer = fraction.slice(0, digitsMax);
    nanos += (BigInt(whole + finer) * nanosPerUnit) / 10n ** BigInt(finer.length);
    at += matched.length;
  }
  if (rest === '' || nanos > 2n ** 63n - 1n) throw invalid(text);
  return (sign === '-' ? -1 : 1) * (Number(nanos) / 1_000_000);
}

/** The shortest of Go's notations: `1h0m0s`, `1.5s`, `300ms`, `0s`. */
export function goDurationText(durationMs: number): string {
  if (durationMs === 0) return '0s';
  const sign = durationMs < 0 ? '-' : '';
  const absolute = Math.abs(durationMs);
  if (absolute < 0.001) return `${sign}${Math.round(absolute * 1_000_000)}ns`;
  if (absolute < 1) return `${sign}${trimmed(absolute * 1000)}µs`;
  if (absolute < 1000) return `${sign}${trimmed(absolute)}ms`;
  const hours = Math.floor(absolute / 3_600_000);
  const minutes = Math.floor((absolute % 3_600_000) / 60_000);
  const seconds = trimmed((absolute % 60_000) / 1000);
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}

function trimmed(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, '');
}

function invalid(text: string): RangeError {
  return new RangeError(`time: invalid duration ${JSON.stringify(text)}`);
}
