import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capUpdateManagers } from '../apply/cap-managers.js';
import { equalSets, type FieldSet, leaf, unionOf } from '../apply/field-set.js';
import { type Manager, managerKey } from '../apply/managers.js';
import { modelApplySchema } from '../apply/model-apply-schema.js';
import { settle } from '../apply/ownership.js';
import { JsonPath } from '../columns/json-path.js';
import { fieldErrorsMax } from '../errors/field-error.js';
import { kinds } from '../kinds/kinds.js';
import { jsonPatch } from '../patch/json-patch.js';
import { strategicMergePatch } from '../patch/strategic-merge-patch.js';
import { validateFieldRef } from '../pods/validate-env.js';
import { decodeModel } from '../schema/decode.js';
import { matchesRequirements } from '../selectors/requirement.js';
import { validateValue } from '../structural/validate-value.js';
import { validateFieldManager } from '../validation/field-manager.js';
import { parseGoDuration } from '../values/go-duration.js';
import { canonicalQuantity } from '../values/quantity.js';
import { warnOfVolumes } from '../warnings/warn-of-volumes.js';

/** No test here looks at a clock: what grows with the square of its input, or faster, takes minutes or years for these. */
const many = 1_000_000;
const list = <T>(count: number, item: (index: number) => T) => Array.from({ length: count }, (_, index) => item(index));

test('base64 with very many line feeds', () => {
  assert.deepEqual(decodeModel('Secret', { data: { a: `${'\n'.repeat(many)}YQ=\n=\n` } }).value, { data: { a: 'YQ==' } });
  assert.throws(
    () => decodeModel('Secret', { data: { a: `${'\n'.repeat(many)}!` } }),
    /illegal base64 data at input byte 1000000/,
  );
});

test('numbers of very many digits', () => {
  assert.throws(() => canonicalQuantity('9'.repeat(many)), /quantities must match/);
  assert.throws(() => parseGoDuration(`${'9'.repeat(many)}h`), /invalid duration/);
  assert.equal(parseGoDuration(`${'0'.repeat(many)}1.5${'0'.repeat(many)}s`), 1_500);
});

test('a field path with very many brackets', () => {
  const errors = validateFieldRef({ apiVersion: 'v1', fieldPath: `a${"['".repeat(many)}` }, [], 'at');
  assert.match(errors[0]?.message ?? '', /field label not supported/);
  assert.deepEqual(validateFieldRef({ apiVersion: 'v1', fieldPath: "metadata.labels['a']" }, [], 'at'), []);
});

test('paths of files with very many slashes', () => {
  const items = (path: string) => [
    {
      name: 'v',
      configMap: {
        items: [
          { key: 'k', path },
          { key: 'l', path: 'a' },
        ],
      },
    },
  ];
  assert.deepEqual(warnOfVolumes(items(`a${'/'.repeat(many)}b`), 'spec.volumes').length, 1);
  assert.deepEqual(warnOfVolumes(items(`b${'/'.repeat(many)}`), 'spec.volumes'), []);
});

test('a JSON path with very many backslashes outside of its quotes', () => {
  assert.throws(() => JsonPath.parse(`[\\'${'\\\\'.repeat(200)}]`), SyntaxError);
});

test('a name of a manager with very many characters that cannot be printed', () => {
  assert.equal(validateFieldManager('\n'.repeat(many), 'at').length, 1);
  assert.equal(validateFieldManager('\n'.repeat(5), 'at').length, 5);
});

test('a definition of very many patterns', () => {
  const property = (i: number) => [`p${i}`, { type: 'string', pattern: `(${'a'.repeat(i % 10)}b{10}){${i % 1_000}}` }];
  const versions = [{ schema: { openAPIV3Schema: { properties: Object.fromEntries(list(50_000, property)) } } }];
  const [error] = kinds.customResourceDefinitions.validate?.({ spec: { versions } }).slice(1) ?? [];
  assert.equal(error?.field, 'spec.versions');
});

test('a list of very many values, each one of very many that are allowed', () => {
  const schema = { type: 'array', items: { type: 'string', enum: list(50_000, (i) => `v${i}`) } } as const;
  const values = list(200_000, (i) => `v${49_999 - (i % 100)}`);
  assert.deepEqual(validateValue(schema, values), []);
  assert.equal(validateValue(schema, [...values, ...list(50_000, (i) => `w${i}`)]).length, fieldErrorsMax);
});

test('a selector of very many values, for very many objects', () => {
  const requirement = { key: 'a', operator: 'notin', values: list(50_000, (i) => `v${i}`) } as const;
  const objects = list(50_000, (i) => ({ a: `w${i}` }));
  assert.equal(objects.filter((labels) => matchesRequirements([requirement], labels)).length, 50_000);
});

test('a JSON patch that moves a long list again and again', () => {
  const patch = list(10_000, () => ({ op: 'add', path: '/a/0', value: 1 }));
  assert.throws(() => jsonPatch({ a: list(many, () => 1) }, patch), /rejected our request/);
  assert.equal((jsonPatch({ a: [] }, patch) as { a: unknown[] }).a.length, 10_000);
});

test('a strategic merge patch that goes deep into a large object', () => {
  const nested = (depth: number, inner: object): object =>
    depth === 0 ? inner : { properties: { a: nested(depth - 1, inner) } };
  const large = { enum: list(many, (i) => i) };
  const patched = strategicMergePatch('JSONSchemaProps', nested(200, large), nested(200, { title: 't' }));
  assert.equal(JSON.stringify(patched), JSON.stringify(nested(200, { ...large, title: 't' })));
});

const schema = modelApplySchema('ConfigMap');
const owner = (operation: Manager['operation'], i: number): Manager => ({
  ...{ name: `m${i}`, operation, subresource: '', apiVersion: 'v1', time: undefined },
  fields: { 'f:data': { [`f:k${i}`]: leaf } },
});

test('very many owners, and very many fields that change or go', () => {
  const count = 20_000;
  const data = (from: number, value: string) => ({ data: Object.fromEntries(list(count, (i) => [`k${from + i}`, value])) });
  const ownership = { apiVersion: 'v1', schema, subresource: '', reset: {}, now: '', version: () => undefined };
  const owners = list(count, (i) => owner('Apply', i));
  const half = count / 2;
  const { conflicts, others } = settle(ownership, owners, data(0, 'a'), data(half, 'b'), '');
  assert.deepEqual([conflicts.length, others.length], [half, 0]);
});

test('very many owners who have updated become one', () => {
  const owners = list(20_000, (i) => owner('Update', i));
  const capped = capUpdateManagers(owners);
  assert.equal(capped.length, 10);
  const together = unionOf(capped.map(({ fields }) => fields));
  assert.ok(equalSets(together, { 'f:data': Object.fromEntries(list(20_000, (i) => [`f:k${i}`, leaf])) as FieldSet }));
  assert.equal(new Set(capped.map(managerKey)).size, 10);
});
