import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configProblems } from './check-config.js';
import { modelApplySchema } from './model-apply-schema.js';
import { structuralApplySchema } from './structural-apply-schema.js';

const pod = (spec: object) => ({ spec });
const container = (more: object) => pod({ containers: [{ name: 'a', ...more }] });

const pods: readonly (readonly [string, object, readonly string[]])[] = [
  ['a good one', container({ image: 'x', ports: [{ containerPort: 80 }], resources: { limits: { cpu: 1, memory: '1Gi' } } }), []],
  ['nulls', pod({ containers: null, hostNetwork: null }), []],
  ['a field that does not exist', container({ imag: 'x' }), ['.spec.containers[name="a"].imag: field not declared in schema']],
  ['a number for a text', pod({ hostname: 5 }), ['.spec.hostname: expected string, got &value.valueUnstructured{Value:5}']],
  [
    'a map for a text',
    pod({ hostname: { b: 1, a: ['x'] } }),
    [
      '.spec.hostname: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":[]interface {}{"x"}, "b":1}}',
    ],
  ],
  ['a text for a number', pod({ priority: 'x' }), ['.spec.priority: expected numeric (int or float), got string']],
  ['a text for a boolean', pod({ hostNetwork: 'x' }), ['.spec.hostNetwork: expected boolean, got &{x}']],
  ['a list for a map', pod([] as object), ['.spec: expected map, got &{[]}']],
  ['a map for a list', pod({ containers: { a: 1 } }), ['.spec.containers: expected list, got &{map[a:1]}']],
  [
    'a map for a quantity',
    container({ resources: { limits: { cpu: {} } } }),
    ['.spec.containers[name="a"].resources.limits.cpu: expected any scalar, got &{map[]}'],
  ],
  [
    'an item without its key',
    pod({ containers: [{ image: 'x' }] }),
    [
      '.spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ],
  ],
  [
    'a null item',
    pod({ containers: [null] }),
    ['.spec.containers: element 0: associative list with keys may not have a null element'],
  ],
  [
    'one port twice, once by default',
    container({ ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] }),
    ['.spec.containers[name="a"].ports: duplicate entries for key [containerPort=80,protocol="TCP"]'],
  ],
  ['a finalizer twice', { metadata: { finalizers: ['a', 'a'] } }, ['.metadata.finalizers: duplicate entries for key [="a"]']],
  [
    'a wrong item of an atomic list',
    pod({ tolerations: [{ key: 'a' }, { ky: 'b' }] }),
    ['.spec.tolerations[1].ky: field not declared in schema'],
  ],
];

for (const [name, config, expected] of pods) {
  test(`an applied pod with ${name}`, () => assert.deepEqual(configProblems(modelApplySchema('Pod'), config), expected));
}

test('a structural schema says what there is, and what is left open', () => {
  const schema = structuralApplySchema({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          port: { 'x-kubernetes-int-or-string': true },
          open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: { type: 'string' } } },
          anything: { 'x-kubernetes-preserve-unknown-fields': true },
          embedded: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: { type: 'object' } } },
        },
      },
    },
  });
  const good = {
    apiVersion: 'v1',
    metadata: { labels: { a: 'b' } },
    spec: {
      port: 'http',
      open: { a: 'x', b: [1] },
      anything: [{ x: 1 }],
      embedded: { kind: 'Pod', metadata: { name: 'x' }, spec: { y: 1 } },
    },
  };
  assert.deepEqual(configProblems(schema, good), []);
  const bad = { metadata: { lables: {} }, spec: { port: {}, open: { a: 1 }, embedded: { data: 1 }, none: 1 } };
  assert.deepEqual(configProblems(schema, bad), [
    '.metadata.lables: field not declared in schema',
    '.spec.port: expected any scalar, got &{map[]}',
    '.spec.open.a: expected string, got &value.valueUnstructured{Value:1}',
    '.spec.embedded.data: field not declared in schema',
    '.spec.none: field not declared in schema',
  ]);
});
