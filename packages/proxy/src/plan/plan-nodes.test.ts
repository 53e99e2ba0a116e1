import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '@flotilla/api';
import { firstAddress, inRange, parseIpv4Range } from './ip-address.js';
import { nodePortAddresses } from './node-port-addresses.js';
import { planRoutes } from './plan-routes.js';

function node(name: string, podCIDR: string | undefined, ...ips: string[]): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: podCIDR === undefined ? {} : { podCIDR, podCIDRs: [podCIDR] },
    status: {
      addresses: [{ type: 'Hostname', address: name }, ...ips.map((address) => ({ type: 'InternalIP', address }))],
    },
  };
}

test('there is a route to the pods of every other node whose network is known', () => {
  const nodes = [
    node('node-3', '10.244.3.0/24', '192.0.2.3'),
    node('node-1', '10.244.1.0/24', '192.0.2.1'),
    node('node-2', '10.244.2.0/24', 'fd00::2', '192.0.2.2'),
    node('without-range', undefined, '192.0.2.4'),
    node('without-address', '10.244.5.0/24'),
    { ...node('going', '10.244.6.0/24', '192.0.2.6'), metadata: { name: 'going', deletionTimestamp: '2026-01-01T00:00:00Z' } },
  ];
  assert.deepEqual(planRoutes(nodes, 'node-1'), [
    { destination: '10.244.2.0/24', via: '192.0.2.2' },
    { destination: '10.244.3.0/24', via: '192.0.2.3' },
  ]);
});

for (const [title, given, ranges, expected] of [
  ['real addresses bring 127.0.0.1 along', node('n', undefined, '192.0.2.1'), [], ['127.0.0.1', '192.0.2.1']],
  ['loopback addresses do not', node('n', undefined, '127.10.1.1'), [], ['127.10.1.1']],
  ['an unknown node has none', undefined, [], []],
  ['ranges choose', node('n', undefined, '192.0.2.1'), ['198.51.100.0/24'], ['198.51.100.9']],
  ['a single address is taken as it is', node('n', undefined, '127.10.1.1'), ['127.0.0.5'], ['127.0.0.5']],
  ['primary is the default', node('n', undefined, '127.10.1.1'), ['primary'], ['127.10.1.1']],
] as const) {
  test(`node port addresses: ${title}`, () => {
    assert.deepEqual(nodePortAddresses(given, ranges, ['127.0.0.1', '192.0.2.1', '198.51.100.9']), expected);
  });
}

test('ranges are understood', () => {
  const range = parseIpv4Range('10.96.3.4/16')!;
  assert.equal(firstAddress(range), '10.96.0.0');
  assert.deepEqual(
    ['10.96.0.0', '10.96.255.255', '10.97.0.0', '10.95.255.255', 'fd00::1'].map((address) => inRange(range, address)),
    [true, true, false, false, false],
  );
  for (const wrong of ['10.96.0.0', '10.96.0.0/33', 'fd00::/64', '10.96.0/16', '10.96.0.0/16/1']) {
    assert.equal(parseIpv4Range(wrong), undefined, wrong);
  }
});
