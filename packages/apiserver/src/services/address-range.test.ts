import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressRange, parseIpv4 } from './address-range.js';

test('a range gives out all addresses but its first and last', () => {
  const range = new AddressRange('10.96.0.0/29');
  assert.deepEqual(
    Array.from({ length: range.size }, (_, i) => range.at(i)),
    ['10.96.0.1', '10.96.0.2', '10.96.0.3', '10.96.0.4', '10.96.0.5', '10.96.0.6'],
  );
  const cases = [
    ['10.96.0.0', false],
    ['10.96.0.1', true],
    ['10.96.0.6', true],
    ['10.96.0.7', false],
    ['10.96.1.1', false],
    ['10.96.0.01', false],
    ['none', false],
  ] as const;
  for (const [address, inside] of cases) assert.equal(range.contains(address), inside, address);
});

test('the lower addresses are left to those who choose', () => {
  const cases = [
    ['10.96.0.0/16', 256],
    ['10.96.0.0/24', 16],
    ['10.96.0.0/29', 5],
  ] as const;
  for (const [cidr, reserved] of cases) assert.equal(new AddressRange(cidr).reserved, reserved);
});

test('addresses are strict dotted quads', () => {
  assert.equal(parseIpv4('255.255.255.255'), 2 ** 32 - 1);
  for (const text of ['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1.2.3.04', '1.2.3.x', ' 1.2.3.4']) {
    assert.equal(parseIpv4(text), undefined, text);
  }
});
