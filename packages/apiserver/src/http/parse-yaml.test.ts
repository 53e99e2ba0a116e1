import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseYaml } from './parse-yaml.js';

const values: readonly (readonly [string, unknown])[] = [
  ['a: 1\nb: [x, true, ~]\n---\n', { a: 1, b: ['x', true, null] }],
  ['a: yes\nb: on\nc: 2024-01-01', { a: 'yes', b: 'on', c: '2024-01-01' }],
  ['a: |\n  x\n  y\nb: >-\n  x\n  y\n', { a: 'x\ny\n', b: 'x y' }],
  ['a: &x {b: 1}\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
  ['{"a": "\\u00e9", b: 0x10}', { a: 'é', b: 16 }],
  ['1: a', { 1: 'a' }],
  ['', undefined],
];
for (const [text, value] of values) {
  test(`YAML ${JSON.stringify(text)}`, () => assert.deepEqual(parseYaml(text), { value, problems: [] }));
}

test('a key that all objects inherit is a key like any other', () => {
  const { value } = parseYaml('__proto__: {a: 1}\nconstructor: 2');
  assert.deepEqual(Object.keys(value as object), ['__proto__', 'constructor']);
  assert.equal(({} as { a?: unknown }).a, undefined);
});

const refused: readonly (readonly [string, RegExp])[] = [
  ['a: [1', /^line 2: /],
  ['a: 1\n b: 2', /^line 2: /],
  ['a: 1\n---\nb: 2', /single document/],
  ['a: *x', /unidentified alias/],
  [`a: &x [${'1,'.repeat(100_000)}]\nb:\n${'- ? *x\n'.repeat(100_000)}`, /excessive aliasing/],
  ['a: &x [*x]', /excessive aliasing/],
  ['a: 1\na: 2\nb: [', /^line 4: /],
  [
    `a0: &a0 [x]\n${Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')}`,
    /excessive aliasing/,
  ],
];
for (const [text, why] of refused) {
  test(`YAML ${JSON.stringify(text.slice(0, 30))} is refused`, () => assert.throws(() => parseYaml(text), { message: why }));
}

test('keys that occur twice are told, and the last stays', () => {
  assert.deepEqual(parseYaml('a: 1\na: 2\nb:\n  c: 1\n  c: 1\n'), {
    value: { a: 2, b: { c: 1 } },
    problems: ['yaml: unmarshal errors:\n  line 2: key "a" already set in map\n  line 5: key "c" already set in map'],
  });
  const large = `${Array.from({ length: 10_000 }, (_, i) => `key-${i}: x`).join('\n')}\nkey-7: y\nkey-8: y\n`;
  assert.deepEqual(parseYaml(large).problems, ['yaml: unmarshal errors:\n  line 10001: key already set in map']);
});
