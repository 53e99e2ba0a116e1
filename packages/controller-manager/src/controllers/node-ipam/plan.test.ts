import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '@flotilla/api';
import { cidrText, parseCidr, planPodCidr } from './plan.js';

const node = (address?: string): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n' },
  spec: {},
  ...(address !== undefined && { status: { addresses: [{ type: 'InternalIP', address }] } }),
});

const plan = (given: { address?: string; taken?: string[]; others?: string[]; cluster?: string; maskSize?: number }) =>
  planPodCidr({
    node: node(given.address),
    cluster: parseCidr(given.cluster ?? '10.244.0.0/16'),
    maskSize: given.maskSize ?? 24,
    taken: given.taken ?? [],
    otherAddresses: given.others ?? [],
  });

for (const [what, given, expected] of [
  ['the first', {}, '10.244.0.0/24'],
  ['the next that is free', { taken: ['10.244.0.0/24', '10.244.1.0/24', 'fd00::/64'] }, '10.244.2.0/24'],
  ['none that a bigger one covers', { taken: ['10.244.0.0/22'] }, '10.244.4.0/24'],
  ['around its own address', { address: '10.244.7.1' }, '10.244.7.0/24'],
  ['not around that of another node', { others: ['10.244.0.1'] }, '10.244.1.0/24'],
  ['if need be, around that of another node', { cluster: '10.244.0.0/24', others: ['10.244.0.1'] }, '10.244.0.0/24'],
  ['another when its own is taken', { address: '10.244.7.1', taken: ['10.244.7.0/24'] }, '10.244.0.0/24'],
  ['nothing to do with an address outside', { address: '192.168.0.1' }, '10.244.0.0/24'],
  ['none when all are taken', { cluster: '10.244.0.0/24', taken: ['10.244.0.0/24'] }, undefined],
  ['smaller ones', { maskSize: 26, taken: ['10.244.0.0/26'] }, '10.244.0.64/26'],
] as const) {
  test(`a node gets ${what}`, () => assert.equal(plan(given as Parameters<typeof plan>[0]), expected));
}

test('CIDRs are read and written', () => {
  assert.equal(cidrText(parseCidr('255.1.2.3/8')), '255.0.0.0/8');
  for (const text of ['10.0.0.0', '10.0.0/8', '10.0.0.0/33', 'x/8', '10.0.0.0/'])
    assert.throws(() => parseCidr(text), RangeError, text);
});
