import { traversalCost } from '../cost.js';
import { type CostFunction, type Overload, overload } from '../overload.js';
import { CelError, CelOpaque, sizeOf } from '../values.js';
import { libraryTypes } from './opaque-types.js';

class CelSemver extends CelOpaque {
  readonly type = libraryTypes.semver;
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    super();
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof CelSemver && compare(this, other) === 0;
  }
}

const parsing: CostFunction = ([text = null]) => traversalCost(sizeOf(text));
const s = 'kubernetes.Semver';

/** Versions as semver.org orders them. */
export const semver: readonly Overload[] = [
  overload(`semver(string): ${s}`, (text: string) => parse(text), parsing),
  overload(
    `semver(string, bool): ${s}`,
    (text: string, normalize: boolean) => parse(normalize ? normalized(text) : text),
    parsing,
  ),
  overload('isSemver(string): bool', (text: string) => tryParse(text) !== undefined, parsing),
  overload(
    'isSemver(string, bool): bool',
    (text: string, normalize: boolean) => tryParse(normalize ? normalized(text) : text) !== undefined,
    parsing,
  ),
  overload(`${s}.isGreaterThan(${s}): bool`, (a: CelSemver, b: CelSemver) => compare(a, b) > 0),
  overload(`${s}.isLessThan(${s}): bool`, (a: CelSemver, b: CelSemver) => compare(a, b) < 0),
  overload(`${s}.compareTo(${s}): int`, (a: CelSemver, b: CelSemver) => BigInt(compare(a, b))),
  overload(`${s}.major(): int`, ({ numbers }: CelSemver) => numbers[0]),
  overload(`${s}.minor(): int`, ({ numbers }: CelSemver) => numbers[1]),
  overload(`${s}.patch(): int`, ({ numbers }: CelSemver) => numbers[2]),
];

const identifiers = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const number = '(0|[1-9]\\d*)';
const versionPattern = new RegExp(`^${number}\\.${number}\\.${number}(?:-(${identifiers}))?(?:\\+${identifiers})?$`);

function tryParse(text: string): CelSemver | undefined {
  const match = versionPattern.exec(text);
  if (match === null) return undefined;
  const [, major = '', minor = '', patch = '', prerelease] = match;
  const parts = prerelease === undefined ? [] : prerelease.split('.');
  if (parts.some((part) => /^0\d+$/.test(part))) return undefined;
  return new CelSemver([BigInt(major), BigInt(minor), BigInt(patch)], parts);
}

function parse(text: string): CelSemver {
  const version = tryParse(text);
  if (version !== undefined) return version;
  const why =
    text === ''
      ? 'Version string empty'
      : text.split('.').length < 3
        ? 'No Major.Minor.Patch elements found'
        : `Invalid character(s) found in version ${JSON.stringify(text)}`;
  throw new CelError(why);
}

/** Without a leading `v`, with three numbers, none with zeros in front. */
function normalized(text: string): string {
  const match = /^v?([\d.]*)(.*)$/s.exec(text);
  const [, head = '', tail = ''] = match ?? [];
  const numbers = head.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (numbers.length < 3 && tail === '') numbers.push('0');
  return numbers.join('.') + tail;
}

function compare(a: CelSemver, b: CelSemver): number {
  for (const [i, own] of a.numbers.entries()) {
    const other = b.numbers[i] ?? 0n;
    if (own !== other) return own < other ? -1 : 1;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return Math.sign(b.prerelease.length - a.prerelease.length);
  for (const [i, own] of a.prerelease.entries()) {
    const other = b.prerelease[i];
    if (other === undefined) return 1;
    const order = compareIdentifiers(own, other);
    if (order !== 0) return order;
  }
  return a.prerelease.length < b.prerelease.length ? -1 : 0;
}

/** Numbers before words, numbers by value, words by their characters. */
function compareIdentifiers(a: string, b: string): number {
  const [numeric, otherNumeric] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numeric && otherNumeric) return a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : Math.sign(a.length - b.length);
  if (numeric !== otherNumeric) return numeric ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
