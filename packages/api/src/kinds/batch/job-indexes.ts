/**
 * How many indexes `1,3-5` names, of those below `completions`; in order, and none twice.
 * @returns a sentence when it cannot be read
 */
export function countIndexes(text: string, completions: number): number | string {
  let last = -1;
  let total = 0;
  for (const interval of text === '' ? [] : text.split(',')) {
    const range = parseInterval(interval, completions);
    if (typeof range === 'string') return range;
    const [from, to] = range;
    if (from <= last) return `non-increasing order, previous: ${last}, current: ${from}`;
    total += to - from + 1;
    last = to;
  }
  return total;
}

function parseInterval(interval: string, completions: number): readonly [number, number] | string {
  const limits = interval.split('-');
  if (limits.length > 2) {
    const rule = "the requirement that an index interval can have at most two parts separated by '-'";
    return `the fragment ${JSON.stringify(interval)} violates ${rule}`;
  }
  for (const limit of limits) {
    if (!/^\d+$/.test(limit)) return `cannot convert string to integer for index: ${JSON.stringify(limit)}`;
    if (Number(limit) >= completions) return `too large index: ${JSON.stringify(limit)}`;
  }
  const [from, to] = [Number(limits[0]), Number(limits.at(-1))];
  return limits.length === 2 && from >= to ? `non-increasing order, previous: ${from}, current: ${to}` : [from, to];
}

/** @returns the lowest index that both name; undefined when there is none, or one of them cannot be read */
export function firstCommonIndex(a: string, b: string, completions: number): number | undefined {
  const others = intervalsOf(b, completions);
  let next = 0;
  for (const [from, to] of intervalsOf(a, completions)) {
    while ((others[next]?.[1] ?? from) < from) next += 1; // both are in order
    const [other = Infinity] = others[next] ?? [];
    if (other <= to) return Math.max(from, other);
  }
  return undefined;
}

function intervalsOf(text: string, completions: number): readonly (readonly [number, number])[] {
  const intervals = text === '' ? [] : text.split(',').map((interval) => parseInterval(interval, completions));
  return intervals.flatMap((interval) => (typeof interval === 'string' ? [] : [interval]));
}
