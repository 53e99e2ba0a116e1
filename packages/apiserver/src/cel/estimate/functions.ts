import { callCost, listCost, matchFactor, structCost, traversalFactor } from '../cost.js';
import { libraryTypes } from '../libraries/opaque-types.js';
import type { Overload } from '../overload.js';
import { type CelType, isDyn, typeText } from '../types.js';
import { type DeclaredSize, integerOf, type Operand, sizeOf } from './operand.js';
import { exactly, type Size, scaled, times, together, unknownSize, upTo } from './size.js';

/** A call of one meaning of a function, as far as it is known before it is made. */
export interface EstimatedCall {
  readonly overload: Overload;
  readonly target: Operand | undefined;
  readonly args: readonly Operand[];
  readonly declared: DeclaredSize;
}

export interface Estimate {
  /** At most, and beyond what the arguments cost. */
  readonly cost: number;
  /** Undefined: nothing is known that the type does not say. */
  readonly size?: Size | undefined;
}

type Estimator = (call: EstimatedCall) => Estimate | undefined;

/** Kubernetes never changes what this answers: it decides which rules may be written. */
export function estimateCall(call: EstimatedCall): Estimate {
  const { name } = call.overload;
  const estimator = Object.hasOwn(estimators, name) ? estimators[name] : undefined;
  return estimator?.(call) ?? { cost: callCost };
}

/** Functions that are not here cost one unit, whatever they are given. */
const estimators: Readonly<Record<string, Estimator>> = {
  check: () => ({ cost: 350_000 }),
  fieldSelector: selector,
  labelSelector: selector,

  isSorted: perElement,
  sum: perElement,
  max: perElement,
  min: perElement,
  indexOf: perElement,
  lastIndexOf: perElement,
  sort: ({ target }) => target && sorting(sizeOf(target), elementType(target.type)),
  slice,
  flatten: ({ target, args: [depth] }) =>
    target && newList(sizeOf(target), depth === undefined ? 1 : (integerOf(depth) ?? unknownSize.max)),
  reverse: ({ target }) => target && newList(sizeOf(target), 1),
  distinct: ({ target }) => target && newList(squared(sizeOf(target)), 2),
  'lists.range': ({ args: [end] }) => end && newList(exactly(integerOf(end) ?? unknownSize.max), 1),
  'sets.contains': pairwise(1),
  'sets.intersects': pairwise(1),
  'sets.equivalent': pairwise(2),
  '@in': ({ overload, args: [, container] }) =>
    overload.parameters[1]?.kind === 'list' && container ? { cost: sizeOf(container).max } : undefined,

  url: rewritten,
  'jsonpatch.escapeKey': rewritten,
  lowerAscii: rewritten,
  upperAscii: rewritten,
  substring: rewritten,
  trim: rewritten,
  replace,
  split,
  join,
  format: ({ overload, target }) => (isText(overload.parameters[0]) ? read(target) : undefined),
  'strings.quote': converted(({ min, max }) => ({ min: min + 2, max: 2 * max + 2 })),
  bytes: ({ overload, ...call }) =>
    isText(overload.parameters[0]) ? converted(({ min, max }) => ({ min, max: 4 * max }))({ overload, ...call }) : undefined,
  string: ({ overload, ...call }) =>
    isBytes(overload.parameters[0])
      ? converted(({ min, max }) => ({ min: Math.floor(min / 4), max }))({ overload, ...call })
      : undefined,
  startsWith: parsed(1),
  endsWith: parsed(1),
  contains: ({ target, args: [part] }) =>
    target && part && { cost: times(traversed(sizeOf(target).max), traversed(sizeOf(part).max)) },
  matches: ({ target, args: [pattern] }) => target && pattern && { cost: matching(target, pattern) },
  find: found,
  findAll: found,

  isIP: parsed(1),
  cidr: parsed(1),
  isCIDR: parsed(1),
  ip: (call) => (call.overload.member ? undefined : parsed(1)(call)),
  'ip.isCanonical': parsed(2),
  containsIP: (call) => ({ cost: comparedAddresses(call) }),
  containsCIDR: (call) => ({ cost: comparedAddresses(call) + traversed(addressBytes) + 1 }),
  quantity: parsed(1),
  isQuantity: parsed(1),
  semver: parsed(1),
  isSemver: parsed(1),
  validate: ({ args: [text] }) => text && { cost: scaled(traversed(sizeOf(text).max), formatPatternLength * matchFactor) },

  '_+_': added,
  '_==_': (call) => sameOpaques(call) ?? compared(call),
  '_!=_': compared,
  '_<_': ordered,
  '_<=_': ordered,
  '_>_': ordered,
  '_>=_': ordered,
};

/** The longest pattern behind a named format; the longest name of one. */
const formatPatternLength = 128;
const formatNameLength = 64;
/** Of an address of version 6. */
const addressBytes = 16;

function traversed(length: number): number {
  return scaled(length, traversalFactor);
}

function read(text: Operand | undefined, often = 1): Estimate | undefined {
  return text && { cost: scaled(sizeOf(text).max, often * traversalFactor) };
}

function parsed(often: number): Estimator {
  return ({ args: [text] }) => read(text, often);
}

function converted(size: (from: Size) => Size): Estimator {
  return ({ args: [text] }) => text && { cost: traversed(sizeOf(text).max), size: size(sizeOf(text)) };
}

/** A text made from the receiver, or from the only argument, and no longer. */
function rewritten({ target, args: [text] }: EstimatedCall): Estimate | undefined {
  const given = target ?? text;
  return given && { cost: traversed(sizeOf(given).max), size: sizeOf(given) };
}

function selector({ args }: EstimatedCall): Estimate | undefined {
  const [text] = args;
  if (text === undefined || args.length !== 1) return undefined;
  const { max } = sizeOf(text);
  // The shortest requirement has two characters: a key and a comma.
  return { cost: listCost + traversed(max) + times(scaled(max, 0.5), listCost + structCost) };
}

function perElement({ target, declared }: EstimatedCall): Estimate | undefined {
  if (target === undefined) return undefined;
  const element = elementType(target.type);
  if (element === undefined) return read(target);
  const each = isText(element) || isBytes(element) ? 1 + traversed(elementSize(target, declared).max) : 1;
  return { cost: times(sizeOf(target).max, each) };
}

function elementSize({ path }: Operand, declared: DeclaredSize): Size {
  return (path.length === 0 ? undefined : declared([...path, '@items'])) ?? unknownSize;
}

function elementType(type: CelType): CelType | undefined {
  return type.kind === 'list' ? type.element : undefined;
}

/** What makes a list of that many elements. */
function newList(size: Size, factor: number): Estimate {
  return { cost: scaled(size.max, factor) + callCost + listCost, size };
}

function squared({ min, max }: Size): Size {
  return { min: times(min, min), max: times(max, max) };
}

/** Every key is compared with every other. @param keys how many */
export function sorting(keys: Size, type: CelType | undefined): Estimate {
  const texts = isText(type) || isBytes(type) || (type !== undefined && isDyn(type));
  return newList(squared(keys), texts ? 2 + traversalFactor : 2);
}

function slice({ target, args: [start, end] }: EstimatedCall): Estimate | undefined {
  if (target === undefined || start === undefined || end === undefined) return undefined;
  const length = (integerOf(end) ?? sizeOf(target).max) - (integerOf(start) ?? 0);
  return newList(exactly(Math.max(0, length)), 1);
}

function pairwise(factor: number): Estimator {
  return ({ args: [a, b] }) => a && b && { cost: scaled(times(sizeOf(a).max, sizeOf(b).max), factor) + callCost };
}

/** One character more, or a dear pattern would cost nothing where the text is empty. */
function matching(text: Operand, pattern: Operand): number {
  return times(traversed(sizeOf(text).max + 1), scaled(sizeOf(pattern).max, matchFactor));
}

function found({ target, args: [pattern] }: EstimatedCall): Estimate | undefined {
  return target && pattern && { cost: matching(target, pattern), size: upTo(sizeOf(target).max) };
}

function split({ target, args: [, limit] }: EstimatedCall): Estimate | undefined {
  if (target === undefined) return undefined;
  const pieces = limit === undefined ? undefined : integerOf(limit);
  const max = pieces === undefined ? sizeOf(target).max : pieces < 0 ? unknownSize.max : pieces;
  return { cost: scaled(sizeOf(target).max, 2 * traversalFactor), size: upTo(max) };
}

function join({ target, args: [separator], declared }: EstimatedCall): Estimate | undefined {
  if (target === undefined) return undefined;
  const count = sizeOf(target);
  const element = elementType(target.type) === undefined ? exactly(0) : elementSize(target, declared);
  const gap = separator === undefined ? exactly(0) : sizeOf(separator);
  const size = (end: 'min' | 'max') => times(count[end], element[end]) + times(gap[end], Math.max(0, count[end] - 1));
  return { cost: traversed(size('max')), size: { min: size('min'), max: size('max') } };
}

function replace({ target, args: [old, replacement] }: EstimatedCall): Estimate | undefined {
  if (target === undefined || old === undefined || replacement === undefined) return undefined;
  const [text, from, to] = [sizeOf(target), sizeOf(old), sizeOf(replacement)];
  const max = replaced(text.max, from.min, to.max, to.max <= from.min);
  const min = replaced(text.min, from.max, to.min, from.max <= to.min);
  return { cost: scaled(text.max, 2 * traversalFactor), size: { min, max } };
}

/** Nothing is found between all characters, and at both ends. @param kept whether replacing does not lead further than leaving */
function replaced(length: number, from: number, to: number, kept: boolean): number {
  if (from === 0) return times(length + 1, to) + length;
  return kept ? length : times(Math.ceil(length / from), to);
}

function comparedAddresses({ overload, args: [other] }: EstimatedCall): number {
  const bytes = traversed(2 * addressBytes);
  return isText(overload.parameters[1]) && other ? bytes + traversed(sizeOf(other).max) : bytes;
}

function added({ overload, args: [a, b] }: EstimatedCall): Estimate | undefined {
  const [type] = overload.parameters;
  if (a === undefined || b === undefined || type === undefined) return undefined;
  const size = together(sizeOf(a), sizeOf(b));
  if (type.kind === 'list') return { cost: callCost, size };
  return isText(type) || isBytes(type) ? { cost: traversed(size.max), size } : undefined;
}

function ordered(call: EstimatedCall): Estimate | undefined {
  const [type] = call.overload.parameters;
  return isText(type) || isBytes(type) ? compared(call) : undefined;
}

/** To the end of the shorter. */
function compared({ args: [a, b] }: EstimatedCall): Estimate | undefined {
  return a && b && { cost: traversed(Math.min(sizeOf(a).max, sizeOf(b).max)) };
}

/** Of the types that libraries bring along, most are compared at once. */
function sameOpaques({ args: [a, b] }: EstimatedCall): Estimate | undefined {
  if (a === undefined || b === undefined || typeText(a.type) !== typeText(b.type)) return undefined;
  const type = Object.values(libraryTypes).find((known) => typeText(known) === typeText(a.type));
  if (type === undefined) return undefined;
  if (type === libraryTypes.format) return { cost: traversed(formatNameLength) };
  return { cost: type === libraryTypes.url ? traversed(b.size?.max ?? 1) : 1 };
}

function isText(type: CelType | undefined): boolean {
  return type?.kind === 'primitive' && type.name === 'string';
}

function isBytes(type: CelType | undefined): boolean {
  return type?.kind === 'primitive' && type.name === 'bytes';
}
