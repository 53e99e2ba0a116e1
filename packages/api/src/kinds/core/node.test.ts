import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { complaint, created, updated } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const nodes = kinds.nodes as unknown as Definition; // declared with its own object type
const badCidr = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
const changed = 'node updates may not change podCIDR except from "" to valid';
const address = { type: 'InternalIP', address: '10.0.0.1' };

const taints = 'scheduler.alpha.kubernetes.io/taints';
const avoidance = 'scheduler.alpha.kubernetes.io/preferAvoidPods';
const annotated = (key: string, value: unknown) => ({ metadata: { annotations: { [key]: JSON.stringify(value) } } });
const avoiding = (...controllers: unknown[]) =>
  annotated(avoidance, { preferAvoidPods: controllers.map((podController) => ({ podSignature: { podController } })) });

const cases: readonly [string, object, string][] = [
  ['taints of old', annotated(taints, [{ key: 'a', effect: 'NoExecute' }]), ''],
  [
    'a taint of old that has no effect',
    annotated(taints, [{ key: 'a', effect: 'x' }]),
    `metadata.annotations.${taints}[0].effect: Unsupported value: "x": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"`,
  ],
  [
    'taints of old that are no list',
    annotated(taints, 'x'),
    `metadata.annotations: Invalid value: "${taints}": json: cannot unmarshal string into Go value of type []core.Taint`,
  ],
  ['pods that it avoids', avoiding({ kind: 'ReplicaSet', controller: true }), ''],
  [
    'pods that it avoids of nobody, and of somebody else',
    avoiding(undefined, { kind: 'ReplicaSet', controller: false }),
    `[metadata.annotations.${avoidance}[0].PodSignature: Required value, metadata.annotations.${avoidance}[1].PodSignature.PodController.Controller: Invalid value: false: must point to a controller]`,
  ],
  [
    'pods that it avoids, not in JSON',
    { metadata: { annotations: { [avoidance]: ' ' } } },
    `metadata.annotations.AvoidPods: Invalid value: "${avoidance}": unexpected end of JSON input`,
  ],
  ['two families', { spec: { podCIDRs: ['10.0.0.0/24', '2001:db8::/64'] } }, ''],
  ['no range', { spec: { podCIDRs: ['10.0.0.0'] } }, `spec.podCIDRs[0]: Invalid value: "10.0.0.0": ${badCidr}`],
  [
    'two ranges of one family',
    { spec: { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] } },
    'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family',
  ],
  [
    'a taint without key',
    { spec: { taints: [{ effect: 'NoExecute' }] } },
    `[metadata.taints[0].key: Invalid value: "": name part must be non-empty, metadata.taints[0].key: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')]`,
  ],
  ['a range with leading zeros', { spec: { podCIDRs: ['010.0.0.0/024'] } }, ''],
  [
    'a range written in two ways',
    { spec: { podCIDRs: ['10.0.0.0/24', '::ffff:10.0.1.0/120'] } },
    'spec.podCIDRs: Invalid value: ["10.0.0.0/24","::ffff:10.0.1.0/120"]: may specify no more than one CIDR for each IP family',
  ],
  [
    'a taint twice',
    {
      spec: {
        taints: [
          { key: 'a', effect: 'NoExecute' },
          { key: 'a', effect: 'NoExecute' },
        ],
      },
    },
    'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoExecute","TimeAdded":null}: taints must be unique by key and effect pair',
  ],
];

for (const [what, body, wanted] of cases) test(`a node with ${what}`, () => assert.equal(complaint(nodes, body), wanted));

const changes: readonly [string, 'main' | 'status', object, object, string][] = [
  [
    'another range',
    'main',
    { podCIDR: '10.0.0.0/24' },
    { spec: { podCIDR: '10.0.1.0/24' } },
    `spec.podCIDRs: Forbidden: ${changed}`,
  ],
  ['a first range', 'main', {}, { spec: { podCIDR: '10.0.1.0/24' } }, ''],
  ['no range any more', 'main', { podCIDR: '10.0.0.0/24' }, { spec: {} }, `spec.podCIDRs: Forbidden: ${changed}`],
  ['another external id', 'main', {}, { spec: { externalID: 'e' } }, 'spec.externalID: Forbidden: may not be updated'],
  [
    'an address twice',
    'status',
    {},
    { status: { addresses: [address, address] } },
    'status.addresses[1]: Duplicate value: {"Type":"InternalIP","Address":"10.0.0.1"}',
  ],
  [
    'less than nothing',
    'status',
    {},
    { status: { capacity: { cpu: '-1' }, allocatable: { cpu: '-2' } } },
    '[status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0, status.allocatable.cpu: Invalid value: "-2": must be greater than or equal to 0]',
  ],
];

for (const [what, path, spec, change, wanted] of changes) {
  test(`a node is given ${what}`, () => assert.equal(complaint(nodes, { spec }, change, path), wanted));
}

test('a node is made with its status', () => {
  const status = { capacity: { cpu: '2' }, conditions: [{ type: 'Ready', status: 'True' }] };
  const allocatable = { cpu: '2' };
  assert.deepEqual(Reflect.get(created(nodes, { status }), 'status'), { ...status, allocatable });
  assert.deepEqual(Reflect.get(created(nodes, {}), 'status'), {});
});

test('a node does not begin to be configured through the API server', () => {
  const config = { spec: { configSource: {} }, status: { config: {} } };
  const node = created(nodes, config);
  assert.deepEqual(Reflect.get(node, 'spec'), {});
  assert.deepEqual(Reflect.get(updated(nodes, node, config), 'spec'), {});
  assert.deepEqual(Reflect.get(updated(nodes, node, config, 'status'), 'status'), {});
});

test('the first range of pods has two names', () => {
  assert.deepEqual(created(nodes, { spec: { podCIDR: '10.0.0.0/24' } })['spec' as never], {
    podCIDR: '10.0.0.0/24',
    podCIDRs: ['10.0.0.0/24'],
  });
  assert.deepEqual(created(nodes, { spec: { podCIDRs: ['10.0.0.0/24', '2001:db8::/64'] } })['spec' as never], {
    podCIDR: '10.0.0.0/24',
    podCIDRs: ['10.0.0.0/24', '2001:db8::/64'],
  });
});
