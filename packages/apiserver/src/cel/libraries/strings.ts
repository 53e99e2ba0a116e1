import { ValueList } from '../collections.js';
import { traversalCost } from '../cost.js';
import { type CostFunction, type Overload, overload, qualifiedOverload } from '../overload.js';
import { CelError, type CelList, sizeOf } from '../values.js';
import { formatText } from './format-text.js';

const traversed: CostFunction = ([text = null]) => traversalCost(sizeOf(text));
const rebuilt: CostFunction = ([text = null]) => traversalCost(2 * sizeOf(text));
const joined: CostFunction = (_args, result) => traversalCost(2 * sizeOf(result));

/** cel-go's strings extension, version 2. Positions count code points. */
export const strings: readonly Overload[] = [
  overload('string.charAt(int): string', charAt),
  overload('string.indexOf(string): int', (text: string, part: string) => indexOf(text, part, 0n), traversed),
  overload('string.indexOf(string, int): int', indexOf, traversed),
  overload('string.lastIndexOf(string): int', (text: string, part: string) => lastIndexOf(text, part), traversed),
  overload('string.lastIndexOf(string, int): int', lastIndexOf, traversed),
  overload('string.lowerAscii(): string', (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()), traversed),
  overload('string.upperAscii(): string', (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()), traversed),
  overload(
    'string.trim(): string',
    (text: string) => text.replace(/^\p{White_Space}+|(?<!\p{White_Space})\p{White_Space}+$/gu, ''),
    traversed,
  ),
  overload('string.substring(int): string', (text: string, start: bigint) => substring(text, start), traversed),
  overload('string.substring(int, int): string', substring, traversed),
  overload(
    'string.replace(string, string): string',
    (text: string, old: string, by: string) => replace(text, old, by, -1n),
    rebuilt,
  ),
  overload('string.replace(string, string, int): string', replace, rebuilt),
  overload('string.split(string): list(string)', (text: string, by: string) => split(text, by, -1n), rebuilt),
  overload('string.split(string, int): list(string)', split, rebuilt),
  overload('list(string).join(): string', (list: CelList) => join(list, ''), joined),
  overload('list(string).join(string): string', join, joined),
  overload('string.format(list(dyn)): string', formatText, traversed),
  qualifiedOverload('strings', 'quote(string): string', quote, traversed),
];

function outOfRange(index: bigint): CelError {
  return new CelError(`index out of range: ${index}`);
}

function charAt(text: string, index: bigint): string {
  const characters = [...text];
  if (index < 0n || index > BigInt(characters.length)) throw outOfRange(index);
  return characters[Number(index)] ?? '';
}

function indexOf(text: string, part: string, from: bigint): bigint {
  const characters = [...text];
  if (from < 0n || from > BigInt(characters.length)) throw outOfRange(from);
  const before = characters.slice(0, Number(from)).join('').length;
  const at = text.indexOf(part, before);
  return at < 0 ? -1n : BigInt([...text.slice(0, at)].length);
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const characters = [...text];
  if (from !== undefined && (from < 0n || from > BigInt(characters.length))) throw outOfRange(from);
  const start = from === undefined ? text.length : characters.slice(0, Number(from)).join('').length;
  const at = text.lastIndexOf(part, start);
  return at < 0 ? -1n : BigInt([...text.slice(0, at)].length);
}

function substring(text: string, start: bigint, given?: bigint): string {
  const characters = [...text];
  const size = BigInt(characters.length);
  const end = given ?? size;
  if (given !== undefined && start > end) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0n || start > size) throw outOfRange(start);
  if (end < 0n || end > size) throw outOfRange(end);
  return characters.slice(Number(start), Number(end)).join('');
}

function replace(text: string, old: string, by: string, limit: bigint): string {
  let left = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit);
  const parts = old === '' ? ['', ...text] : text.split(old);
  // Nothing is in front of and behind every character.
  if (old === '') parts.push('');
  return parts.reduce((result, part, i) => {
    if (i === 0) return part;
    return result + (left-- > 0 ? by : old) + part;
  }, '');
}

function split(text: string, by: string, limit: bigint): CelList {
  if (limit === 0n) return new ValueList([]);
  const parts = by === '' ? [...text] : text.split(by);
  if (limit < 0n || BigInt(parts.length) <= limit) return new ValueList(parts);
  const kept = parts.slice(0, Number(limit) - 1);
  return new ValueList([...kept, parts.slice(kept.length).join(by)]);
}

function join(list: CelList, by: string): string {
  const parts: string[] = [];
  for (const item of list) {
    if (typeof item !== 'string') throw new CelError(`join: invalid input: ${String(item)}`);
    parts.push(item);
  }
  return parts.join(by);
}

const escaped: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quote(text: string): string {
  return `"${[...text].map((character) => escaped[character] ?? character).join('')}"`;
}
