const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/y;

/**
 * Reads a Go duration, such as `15s`, `1m30s` or `0`.
 * @returns milliseconds
 * @throws RangeError when the text is no duration
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  const negative = text.startsWith('-');
  const body = text.replace(/^[+-]/, '');
  let totalMs = 0;
  let position = 0;
  while (position < body.length) {
    part.lastIndex = position;
    const match = part.exec(body);
    if (match === null) break;
    totalMs += Number(match[1]) * (unitMs[match[2] ?? ''] ?? Number.NaN);
    position = part.lastIndex;
  }
  if (body === '' || position !== body.length) throw new RangeError(`time: invalid duration "${text}"`);
  return negative ? -totalMs : totalMs;
}
