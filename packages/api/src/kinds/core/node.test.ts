import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { complaint, created } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const nodes = kinds.nodes as unknown as Definition; // declared with its own object type
const badCidr = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
const changed = 'node updates may not change podCIDR except from "" to valid';
const address = { type: 'InternalIP', address: '10.0.0.1' };

const cases: readonly [string, object, string][] = [
  ['two families', { spec: { podCIDRs: ['10.0.0.0/24', '2001:db8::/64'] } }, ''],
  ['no range', { spec: { podCIDRs: ['10.0.0.0'] } }, `spec.podCIDRs[0]: Invalid value: "10.0.0.0": ${badCidr}`],
  [
    'two ranges of one family',
    { spec: { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] } },
    'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family',
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
    'metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoExecute"}',
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
    'status.addresses[1]: Duplicate value: {"type":"InternalIP","address":"10.0.0.1"}',
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
