import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cloneJson } from '../json.js';
import { applySchemaDefaults, dropForbiddenNulls } from './apply-schema-defaults.js';
import { checkStructural } from './check-structural.js';
import { hasFormat } from './formats.js';
import { pruneObject } from './prune.js';
import type { StructuralSchema } from './structural-schema.js';
import { validateValue } from './validate-value.js';

const object = (properties: Readonly<Record<string, StructuralSchema>>, more: StructuralSchema = {}): StructuralSchema => ({
  type: 'object',
  properties,
  ...more,
});
const text: StructuralSchema = { type: 'string' };

for (const [name, schema, value, pruned, unknown] of [
  ['unknown members go', object({ a: text }), { a: 'x', b: 1 }, { a: 'x' }, ['b']],
  ['and those of items', object({ l: { type: 'array', items: object({}) } }), { l: [{ x: 1 }] }, { l: [{}] }, ['l[0].x']],
  [
    'preserved ones stay, but what is known there is pruned',
    object({ p: object({ known: object({}) }, { 'x-kubernetes-preserve-unknown-fields': true }) }),
    { p: { any: { deep: 1 }, known: { x: 1 } } },
    { p: { any: { deep: 1 }, known: {} } },
    ['p.known.x'],
  ],
  [
    'an embedded object keeps its metadata',
    object({ e: object({}, { 'x-kubernetes-embedded-resource': true }) }),
    { e: { apiVersion: 'v1', kind: 'X', metadata: { name: 'n' }, spec: {} } },
    { e: { apiVersion: 'v1', kind: 'X', metadata: { name: 'n' } } },
    ['e.spec'],
  ],
  [
    'members of a map are its own',
    object({ m: { type: 'object', additionalProperties: text } }),
    { m: { constructor: 'x' } },
    { m: { constructor: 'x' } },
    [],
  ],
  ['names of Object are unknown like others', object({}), { toString: 1 }, {}, ['toString']],
] as const) {
  test(`pruning: ${name}`, () => {
    const copy = cloneJson<Record<string, unknown>>(value);
    assert.deepEqual(pruneObject(copy, schema), unknown);
    assert.deepEqual(copy, pruned);
  });
}

test('defaults are filled in below defaults, and for nulls that may not be', () => {
  const inner = object({ n: { type: 'integer', default: 3 }, keep: { type: 'string', nullable: true } });
  const schema = object({
    o: { ...inner, default: {} },
    x: { type: 'string', default: 'd' },
    gone: text,
    l: { type: 'array', items: inner },
  });
  const value: Record<string, unknown> = { x: null, gone: null, l: [{ keep: null }] };
  dropForbiddenNulls(value, schema);
  applySchemaDefaults(value, schema);
  assert.deepEqual(value, { x: 'd', o: { n: 3 }, l: [{ keep: null, n: 3 }] });
});

for (const [schema, value, messages] of [
  [{ type: 'integer', minimum: 1 }, 0, ['Invalid value: 0:  in body should be greater than or equal to 1']],
  [{ type: 'number', exclusiveMaximum: true, maximum: 2 }, 2, ['Invalid value: 2:  in body should be less than 2']],
  [{ type: 'number', multipleOf: 0.1 }, 0.3, []],
  [{ type: 'string', maxLength: 2 }, 'äöü', ['Too long: may not be more than 2 bytes']],
  [{ type: 'array', items: text, maxItems: 1 }, ['a', 'b'], ['Too many: 2: must have at most 1 item']],
  [{ type: 'string', nullable: true }, null, []],
  [
    { 'x-kubernetes-int-or-string': true },
    true,
    ['Invalid value: "boolean":  in body must be of type integer,string: "boolean"'],
  ],
  [
    { type: 'string', oneOf: [{ pattern: '^a' }, { pattern: 'b$' }] },
    'ab',
    ['Invalid value: "" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  ],
  [{ type: 'string', not: { enum: ['x'] } }, 'x', ['Invalid value: "" must not validate the schema (not)']],
] as const) {
  test(`${JSON.stringify(schema)} of ${JSON.stringify(value)}`, () => {
    const found = validateValue(schema, value).map(({ message }) => message);
    assert.deepEqual(
      found.map((one) => one.replace('Invalid value: "": ""', 'Invalid value: ""')),
      messages,
    );
  });
}

test('junctors may only speak of what is there outside of them', () => {
  const schema = object({ a: text }, { anyOf: [{ properties: { b: { type: 'string' } } }] });
  assert.deepEqual(
    checkStructural('s', schema).map(({ field, message }) => `${field}: ${message}`),
    [
      's.anyOf[0].properties[b].type: Forbidden: must be empty to be structural',
      's.properties[b]: Required value: because it is defined in s.anyOf[0].properties[b]',
    ],
  );
});

for (const [format, good, bad] of [
  ['date-time', '2024-02-29T10:00:00Z', '2023-02-29T10:00:00Z'],
  ['date', '2024-12-31', '2024-13-01'],
  ['duration', '1h30m', 'soon'],
  ['ipv4', '10.0.0.1', '10.0.0.256'],
  ['ipv6', '::1', '1::2::3'],
  ['cidr', '10.0.0.0/8', '10.0.0.0/33'],
  ['mac', '00:11:22:33:44:55', '00:11:22:33:44'],
  ['uuid4', '9b2f6c1e-3d3a-4f1b-8c2d-0a1b2c3d4e5f', '9b2f6c1e-3d3a-1f1b-8c2d-0a1b2c3d4e5f'],
  ['email', 'a@example.com', 'a@'],
  ['uri', 'https://example.com/x?y', 'no uri'],
  ['byte', 'aGk=', 'a_b'],
  ['isbn', '0-321-75104-3', '0-321-75104-4'],
  ['hexcolor', '#FFFFFF', '#GGG'],
  ['creditcard', '4111111111111111', '4111111111111112'],
] as const) {
  test(`${format}: ${good}, not ${bad}`, () =>
    assert.deepEqual([hasFormat(good, format), hasFormat(bad, format)], [true, false]));
}
