import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { isIpv4, isIpv6 } from './ip.js';

const samples = [
  '10.0.0.1',
  '255.255.255.255',
  '256.0.0.1',
  '1.2.3',
  '01.2.3.4',
  '',
  '::',
  '::1',
  '1::',
  '2001:db8::ffff',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7::',
  '1:2:3:4:5:6:7:8:9',
  '1::2::3',
  '::ffff:10.0.0.1',
  '::ffff:10.0.0',
  '12345::',
  ':1',
  '1:',
  'g::',
  '::1%lo',
];

for (const text of samples) {
  test(`address ${JSON.stringify(text)}`, () => {
    assert.equal(isIpv4(text), isIPv4(text));
    assert.equal(isIpv6(text), isIPv6(text.replace(/%.*/, 'x')));
  });
}

test('addresses are those of Node.js', () => {
  const pieces = fc.string({ unit: fc.constantFrom(':', '::', '.', '0', '1', '255', 'ab', 'ffff'), maxLength: 16 });
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), pieces), (text) => {
      assert.equal(isIpv4(text), isIPv4(text), text);
      assert.equal(isIpv6(text), isIPv6(text), text);
    }),
    { numRuns: 1000 },
  );
});
