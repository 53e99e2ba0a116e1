import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapt } from './json-values.js';
import { compile } from './program.js';
import { escapedName, modelType, structuralType } from './schema-types.js';
import { celTypes } from './types.js';

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        ratio: { type: 'number' },
        port: { 'x-kubernetes-int-or-string': true },
        since: { type: 'string', format: 'date' },
        blob: { type: 'string', format: 'byte' },
        'my-field': { type: 'string' },
        namespace: { type: 'string' },
        set: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        template: { type: 'object', 'x-kubernetes-embedded-resource': true },
        opaque: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        untyped: { 'x-kubernetes-preserve-unknown-fields': true },
        untypeds: { type: 'array', items: { 'x-kubernetes-preserve-unknown-fields': true } },
      },
    },
  },
};
const object = {
  apiVersion: 'x/v1',
  kind: 'Thing',
  metadata: { name: 'one' },
  spec: {
    replicas: 2,
    ratio: 2,
    port: 80,
    since: '2024-01-02',
    blob: 'aGk=',
    'my-field': 'x',
    namespace: 'y',
    set: ['a', 'b'],
    labels: { k: 'v' },
    template: { kind: 'Pod', metadata: { generateName: 'z-' } },
    opaque: { any: 'thing' },
  },
};

const self = structuralType(schema, true) ?? celTypes.dyn;

test('rules read objects as their structural schema has them', () => {
  for (const source of [
    'self.spec.ratio / 4.0 == 0.5 && self.spec.replicas / 2 == 1',
    'self.spec.port == 80 && self.spec.since.getDate() == 2 && self.spec.blob == b"hi"',
    'self.spec.my__dash__field == "x" && self.spec.__namespace__ == "y"',
    'self.spec.set == ["b", "a"] && self.spec.labels.k == "v" && has(self.spec.replicas)',
    'has(self.spec.opaque)',
    'self.metadata.name == "one" && self.kind == "Thing" && self.spec.template.metadata.generateName == "z-"',
  ]) {
    const program = compile(source, new Map([['self', self]]));
    assert.equal(
      program.evaluate(() => adapt(object, self)),
      true,
      source,
    );
  }
});

test('what the schema does not say cannot be read', () => {
  const inSpec = ['opaque.any', 'untyped', 'untypeds', 'template.spec'].map((field) => `self.spec.${field}`);
  for (const field of [...inSpec, 'self.metadata.labels', 'self.status']) {
    assert.throws(() => compile(field, new Map([['self', self]])), /undefined field/, field);
  }
});

test('our models are types too, also those that contain themselves', () => {
  const variables = new Map([['d', modelType('Deployment')]]);
  compile('d.spec.replicas > 1 && d.spec.template.spec.containers.all(c, c.name != "")', variables);
  assert.throws(() => compile('d.spec.replica > 1', variables), /1:7: undefined field 'replica'/);
  compile('p.properties["x"].properties["y"].type == ""', new Map([['p', modelType('JSONSchemaProps')]]));
});

test('names are escaped as Kubernetes escapes them', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['plain', 'plain'],
    ['namespace', '__namespace__'],
    ['a-b.c/d', 'a__dash__b__dot__c__slash__d'],
    ['a__b', 'a__underscores__b'],
    ['1a', undefined],
    ['a b', undefined],
  ];
  for (const [name, escaped] of cases) assert.equal(escapedName(name), escaped, name);
});
