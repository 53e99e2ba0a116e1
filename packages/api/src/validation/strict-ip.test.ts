import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strictIpProblems, validateStrictCidr } from './strict-ip.js';

const addresses: readonly [string, string][] = [
  ['10.0.0.1', ''],
  ['0.0.0.0', ''],
  ['2001:db8::1', ''],
  ['::', ''],
  ['::1', ''],
  ['fe80::', ''],
  ['2001:db8:0:1:1:1:1:1', ''],
  ['2001:0:0:1::1', ''],
  ['1:0:0:2:0:0:0:3', 'must be in canonical form ("1:0:0:2::3")'],
  ['1::2:0:0:3:4', ''],
  ['2001:DB8::1', 'must be in canonical form ("2001:db8::1")'],
  ['2001:db8:0:0:0:0:0:1', 'must be in canonical form ("2001:db8::1")'],
  ['2001:db8::10:0:0:10', ''],
  ['::ffff:10.0.0.1', 'must not be an IPv4-mapped IPv6 address'],
  ['010.0.0.1', 'must not have leading 0s'],
  ['here', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
];
for (const [text, wanted] of addresses) {
  test(`the address ${text}`, () => assert.equal(strictIpProblems(text).join(), wanted));
}

const ranges: readonly [string, string][] = [
  ['10.0.0.0/8', ''],
  ['2001:db8::/64', ''],
  ['0.0.0.0/0', ''],
  ['10.0.0.1/8', 'must not have bits set beyond the prefix length'],
  ['2001:DB8::/64', 'must be in canonical form ("2001:db8::/64")'],
  ['::ffff:10.0.0.0/104', 'must not have an IPv4-mapped IPv6 address'],
  ['10.0.0.0/08', 'must not have leading 0s in IP or prefix length'],
  ['10.0.0.0', 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
];
for (const [text, wanted] of ranges) {
  test(`the range ${text}`, () => {
    const [error] = validateStrictCidr('f', text);
    assert.equal(error?.message ?? '', wanted === '' ? '' : `Invalid value: ${JSON.stringify(text)}: ${wanted}`);
  });
}
