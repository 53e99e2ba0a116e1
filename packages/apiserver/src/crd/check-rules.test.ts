import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StructuralSchema } from '@flotilla/api';
import { ruleCheck } from './check-rules.js';
import { type BrokenRule, ruleTree } from './rule-node.js';

type Json = Readonly<Record<string, unknown>>;

const spec = (rules: readonly Json[], properties: Json = {}): StructuralSchema =>
  ({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        'x-kubernetes-validations': rules,
        properties: { min: { type: 'integer' }, max: { type: 'integer' }, name: { type: 'string' }, ...properties },
      },
    },
  }) as unknown as StructuralSchema; // written down as JSON

const judged = (schema: StructuralSchema, object: Json, old?: Json) =>
  ruleCheck(schema)(object, old).map(({ field, message, reason }) => `${reason} ${field}: ${message}`);

const order = { rule: 'self.min <= self.max' };
const keep = { rule: 'self.name == oldSelf.name', message: 'name is immutable' };

for (const [name, schema, object, old, expected] of [
  ['a rule that holds', spec([order]), { spec: { min: 1, max: 2 } }, undefined, []],
  [
    'one that does not says which, as no message was given',
    spec([order]),
    { spec: { min: 3, max: 2 } },
    undefined,
    ['FieldValueInvalid spec: Invalid value: failed rule: self.min <= self.max'],
  ],
  [
    'a message of its own, a reason and a field',
    spec([{ ...order, message: 'min is too large', reason: 'FieldValueForbidden', fieldPath: '.min' }]),
    { spec: { min: 3, max: 2 } },
    undefined,
    ['FieldValueForbidden spec.min: Forbidden: min is too large'],
  ],
  [
    'a message that is an expression',
    spec([{ ...order, messageExpression: '"min " + string(self.min) + " is above " + string(self.max)' }]),
    { spec: { min: 3, max: 2 } },
    undefined,
    ['FieldValueInvalid spec: Invalid value: min 3 is above 2'],
  ],
  [
    'what has no value is told',
    spec([order]),
    { spec: { min: 3 } },
    undefined,
    ['FieldValueInvalid spec: Invalid value: "object": no such key: max evaluating rule: self.min <= self.max'],
  ],
  ['transition rules wait for something to compare with', spec([keep]), { spec: { name: 'a' } }, undefined, []],
  [
    'and then compare',
    spec([keep]),
    { spec: { name: 'a' } },
    { spec: { name: 'b' } },
    ['FieldValueInvalid spec: Invalid value: name is immutable'],
  ],
  [
    'an optional oldSelf is asked about on create too',
    spec([{ rule: 'oldSelf.hasValue() || self.name == "first"', optionalOldSelf: true, message: 'begin with first' }]),
    { spec: { name: 'second' } },
    undefined,
    ['FieldValueInvalid spec: Invalid value: begin with first'],
  ],
  ['what is broken as before is left alone', spec([order]), { spec: { min: 3, max: 2 } }, { spec: { min: 3, max: 2 } }, []],
  [
    'items of a list of type map are compared by key',
    spec([], {
      ports: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: {
          type: 'object',
          properties: { name: { type: 'string' }, port: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: 'self.port >= oldSelf.port', message: 'ports only grow' }],
        },
      },
    }),
    {
      spec: {
        ports: [
          { name: 'b', port: 5 },
          { name: 'a', port: 1 },
        ],
      },
    },
    {
      spec: {
        ports: [
          { name: 'a', port: 2 },
          { name: 'b', port: 4 },
        ],
      },
    },
    ['FieldValueInvalid spec.ports[1]: Invalid value: ports only grow'],
  ],
  [
    'values of a map have their key in the path',
    spec([], {
      limits: { type: 'object', additionalProperties: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 0' }] } },
    }),
    { spec: { limits: { cpu: 0 } } },
    undefined,
    ['FieldValueInvalid spec.limits[cpu]: Invalid value: 0: failed rule: self > 0'],
  ],
] as const) {
  test(name, () => assert.deepEqual(judged(schema, object, old), expected));
}

test('one budget for all rules of an object', () => {
  const loops = { rule: 'self.list.all(a, self.list.all(b, self.list.all(c, a + b + c > 0)))' };
  const schema = spec([loops, loops], { list: { type: 'array', items: { type: 'integer' } } });
  const list = Array.from({ length: 300 }, (_, i) => i + 1);
  const [first, ...more] = judged(schema, { spec: { list } });
  assert.match(first ?? '', /actual cost limit exceeded': no further validation rules will be run/);
  assert.deepEqual(more, []);
});

test('rules that cannot be compiled are named, with the reason', () => {
  const list = { type: 'array', items: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > oldSelf' }] } };
  const schema = spec(
    [
      { rule: 'self.min < ' },
      { rule: 'self.nope == 1' },
      { rule: 'self.min' },
      { ...order, messageExpression: 'self.min' },
      { ...order, optionalOldSelf: true },
    ],
    { list },
  );
  const broken: BrokenRule[] = [];
  ruleTree(schema, 'schema', broken);
  const said = broken.map(({ path, detail }) => `${path}: ${detail.split('\n')[0]}`);
  const rules = 'schema.properties[spec].x-kubernetes-validations';
  assert.match(said[1] ?? '', /^schema\.properties\[spec\]\.x-kubernetes-validations\[0\]\.rule: compilation failed: ERROR/);
  assert.match(said[2] ?? '', /\[1\]\.rule: compilation failed: ERROR: <input>:1:5: undefined field 'nope'/);
  assert.deepEqual(
    [said[0], ...said.slice(3)],
    [
      'schema.properties[spec].properties[list].items.x-kubernetes-validations[0].rule: oldSelf cannot be used on the uncorrelatable portion of the schema within schema.properties[spec].properties[list].items',
      `${rules}[2].rule: cel expression must evaluate to a bool`,
      `${rules}[3].messageExpression: messageExpression must evaluate to a string`,
      `${rules}[4].optionalOldSelf: may not be set if oldSelf is not used in rule`,
    ],
  );
});
