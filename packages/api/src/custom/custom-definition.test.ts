import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '../objects.js';
import { customDefinition } from './custom-definition.js';

const version = {
  name: 'v1',
  served: true,
  storage: true,
  schema: { openAPIV3Schema: { type: 'object' } },
  selectableFields: [{ jsonPath: '.spec.color' }],
};
const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'shirts.example.com' },
  spec: { group: 'example.com', scope: 'Namespaced' as const, names: { plural: 'shirts', kind: 'Shirt' }, versions: [version] },
};
const { selectableFields } = customDefinition(crd, version, {
  rulesOf: () => () => [],
  conversionOf: () => ({}) as never, // nothing is converted
});

const table: readonly (readonly [unknown, string])[] = [
  ['red', 'red'],
  [7, '7'],
  [false, 'false'],
  [null, ''],
  [undefined, ''],
  [{ toString: 1 }, ''],
  [[{ toString: 1 }], ''],
];
for (const [color, expected] of table) {
  test(`a selectable field that is ${JSON.stringify(color)} is ${JSON.stringify(expected)}`, () => {
    assert.equal(selectableFields['spec.color']?.({ spec: { color } } as unknown as KubernetesObject), expected);
  });
}
