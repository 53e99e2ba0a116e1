import { parseGoDuration } from '../../values/go-duration.js';

/** One of the five fields: the numbers it may hold, and what some of them are called. */
interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
];
const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const every = '@every ';

/**
 * What is wrong with a schedule, in the words of robfig/cron, by which Kubernetes reads them; undefined when nothing is.
 * @param schedule without a time zone
 */
export function scheduleProblem(schedule: string): string | undefined {
  if (schedule === '') return 'empty spec string';
  if (schedule.startsWith('@')) return descriptorProblem(schedule);
  const found = schedule.trim().split(/\s+/);
  if (found.length !== fields.length)
    return `expected exactly ${fields.length} fields, found ${found.length}: [${found.join(' ')}]`;
  for (const [index, field] of fields.entries()) {
    for (const range of (found[index] ?? '').split(',')) {
      const problem = range === '' ? undefined : rangeProblem(range, field);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function descriptorProblem(schedule: string): string | undefined {
  if (descriptors.includes(schedule)) return undefined;
  if (!schedule.startsWith(every)) return `unrecognized descriptor: ${schedule}`;
  try {
    parseGoDuration(schedule.slice(every.length));
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return `failed to parse duration ${schedule}: ${error.message}`;
    throw error;
  }
}

/** `*`, `5`, `1-5` or one of those with a step behind a slash. */
function rangeProblem(range: string, { min, max, names = [] }: Field): string | undefined {
  const [span = '', step, ...slashes] = range.split('/');
  const [low = '', high, ...hyphens] = span.split('-');
  let [from, to] = [min, max];
  if (low !== '*' && low !== '?') {
    const numbers = (high === undefined || hyphens.length > 0 ? [low] : [low, high]).map((text) => parseNumber(text, min, names));
    const problem = numbers.find((number) => typeof number === 'string');
    if (typeof problem === 'string') return problem;
    if (hyphens.length > 0) return `too many hyphens: ${range}`;
    from = Number(numbers[0]);
    to = high === undefined && step !== undefined ? max : Number(numbers.at(-1));
  }
  if (slashes.length > 0) return `too many slashes: ${range}`;
  const width = step === undefined ? 1 : parseNumber(step, min, []);
  if (typeof width === 'string') return width;
  if (from < min) return `beginning of range (${from}) below minimum (${min}): ${range}`;
  if (to > max) return `end of range (${to}) above maximum (${max}): ${range}`;
  if (from > to) return `beginning of range (${from}) beyond end of range (${to}): ${range}`;
  return width === 0 ? `step of range should be a positive number: ${range}` : undefined;
}

function parseNumber(text: string, min: number, names: readonly string[]): number | string {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + min;
  if (!/^[+-]?\d+$/.test(text))
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  return Number(text) < 0 ? `negative number (${Number(text)}) not allowed: ${text}` : Number(text);
}
