import { pick, type Random, randomInt } from '@flotilla/base';

/** JSON texts of values that programs tend to stumble over. */
const hostileValues: readonly string[] = [
  'null',
  'true',
  '-0',
  '-1',
  '0.5',
  '1e400',
  '-1e400',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775809',
  '99999999999999999999',
  '1e-400',
  '""',
  '" "',
  '"\\u0000"',
  '"\\ud800"',
  '"\\ufeff"',
  '"__proto__"',
  '"constructor"',
  '"../../../etc"',
  '"1e1000000000"',
  '"1000000000000000000Ki"',
  '"0x10"',
  '"yes"',
  '"9999-99-99T99:99:99Z"',
  '[]',
  '[null]',
  '[[[[]]]]',
  '{}',
  '{"":{}}',
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"a":1,"a":2}',
  '{"$patch":"replace"}',
  '{"$patch":"delete"}',
  '{"$setElementOrder/containers":[{"name":"c"}]}',
  '{"$deleteFromPrimitiveList/finalizers":["a"]}',
  '{"$retainKeys":["type"]}',
];

const hostileKeys: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  '$patch',
  '\u0000',
  '\ud800',
  'f:x',
  'k:{}',
];

/** Characters that mean something in one of the languages that are parsed here, and some that mean nothing in any. */
const hostileCharacters: readonly string[] = [
  ...'{}[]()",:\\/ \n\r\t-&*!|>%@`#~^$?=<+.;_\'',
  ...['\u0000', '\u007f', '\u00e9', '\u2028', '\ufeff', '\ud800', '\u{1f600}', '~1', '~0', '<<', '---', '\\u', '&a', '*a', '!!'],
];

/** A hostile JSON text, at times in itself. */
export function hostileJson(random: Random): string {
  const chance = random.next();
  if (chance < 0.1) return `{${JSON.stringify(pick(random, hostileKeys))}:${hostileJson(random)}}`;
  if (chance < 0.15) return `[${hostileJson(random)},${hostileJson(random)}]`;
  if (chance < 0.17) return nested(randomInt(random, 1, 700));
  return pick(random, hostileValues);
}

function nested(levels: number): string {
  return `${'{"a":['.repeat(levels)}1${']}'.repeat(levels)}`;
}

/** Letters, digits and characters that mean something. */
export function hostileText(random: Random, words: readonly string[] = []): string {
  const parts = Array.from({ length: randomInt(random, 0, 12) }, () => {
    const chance = random.next();
    if (chance < 0.4 && words.length > 0) return pick(random, words);
    if (chance < 0.6) return pick(random, hostileCharacters);
    if (chance < 0.7) return String(randomInt(random, -5, 2 ** 31));
    if (chance < 0.75) return pick(random, hostileKeys);
    if (chance < 0.77) return pick(random, hostileCharacters).repeat(randomInt(random, 1, 3_000));
    return pick(random, [...'abcxyz019']);
  });
  return parts.join('');
}

/** Changes JSON, or any text, in one to three places: values, keys, characters, its end. */
export function mutate(text: string, random: Random): string {
  let result = text;
  for (let times = randomInt(random, 1, 4); times > 0; times--) result = mutateOnce(result, random);
  return result;
}

function mutateOnce(text: string, random: Random): string {
  const at = randomInt(random, 0, text.length + 1);
  const way = randomInt(random, 0, 16);
  if (way === 0) return text.slice(0, at);
  if (way === 1) return text.slice(0, at) + pick(random, hostileCharacters) + text.slice(at + 1);
  if (way === 2) return text.slice(0, at) + text.slice(randomInt(random, 0, text.length + 1));
  if (way === 3) return `${pick(random, ['\ufeff', ' ', '---\n', '\u0000'])}${text}`;
  const isKey = way === 4 || way === 5;
  const found = [...text.matchAll(isKey ? /"[^"]*"(?=:)/g : /:("[^"]*"|\d+|\{|\[)/g)];
  if (found.length === 0) return text + pick(random, hostileCharacters);
  const { index, 0: old } = pick(random, found);
  const fresh = isKey ? JSON.stringify(pick(random, hostileKeys)) : `:${hostileJson(random)}`;
  // A key may be put beside the old one rather than in its place.
  const rest = isKey && way === 5 ? `:1,${old}` : '';
  return text.slice(0, index) + fresh + rest + text.slice(index + old.length);
}

export function hostileBytes(random: Random, lengthMax: number): Buffer {
  return Buffer.from(Array.from({ length: randomInt(random, 0, lengthMax) }, () => randomInt(random, 0, 256)));
}
