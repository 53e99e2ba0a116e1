import { compileGoRegexp } from '@flotilla/api';
import { ValueList } from '../collections.js';
import { matchCost, traversalCost } from '../cost.js';
import { type CostFunction, type Overload, overload } from '../overload.js';
import { CelError, sizeOf } from '../values.js';

const matched: CostFunction = ([text = null, pattern = null]) => matchCost(sizeOf(text), sizeOf(pattern));
const traversed: CostFunction = ([text = null]) => traversalCost(sizeOf(text));

/** `matches`, `find`, `findAll`, and the functions of texts that CEL itself has. */
export const regex: readonly Overload[] = [
  overload('string.matches(string): bool', (text: string, pattern: string) => regexOf(pattern).test(text), matched),
  overload('matches(string, string): bool', (text: string, pattern: string) => regexOf(pattern).test(text), matched),
  overload('string.find(string): string', (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? '', matched),
  overload(
    'string.findAll(string): list(string)',
    (text: string, pattern: string) => new ValueList(findAll(text, pattern, -1)),
    matched,
  ),
  overload(
    'string.findAll(string, int): list(string)',
    (text: string, pattern: string, count: bigint) => new ValueList(findAll(text, pattern, Number(count))),
    matched,
  ),
  overload(
    'string.contains(string): bool',
    (text: string, part: string) => text.includes(part),
    ([text = null, part = null]) => traversalCost(sizeOf(text)) * traversalCost(sizeOf(part)),
  ),
  overload('string.startsWith(string): bool', (text: string, start: string) => text.startsWith(start), traversed),
  overload('string.endsWith(string): bool', (text: string, end: string) => text.endsWith(end), traversed),
];

function regexOf(pattern: string): ReturnType<typeof compileGoRegexp> {
  try {
    return compileGoRegexp(pattern);
  } catch (error) {
    throw new CelError(`Illegal regex: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function findAll(text: string, pattern: string, count: number): string[] {
  const matcher = regexOf(pattern).matcher(text);
  const found: string[] = [];
  while ((count < 0 || found.length < count) && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}
