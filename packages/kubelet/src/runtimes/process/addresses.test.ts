import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeError } from '../runtime.js';
import { nextAddress, parseCidr } from './addresses.js';

test('addresses go round the range, from .2 to the last but one', () => {
  const cidr = '127.10.1.0/29';
  for (const [used, last, expected] of [
    [[], undefined, '127.10.1.2'],
    [['127.10.1.2'], '127.10.1.2', '127.10.1.3'],
    [[], '127.10.1.2', '127.10.1.3'],
    [[], '127.10.1.6', '127.10.1.2'],
    [['127.10.1.3'], '127.10.1.2', '127.10.1.4'],
    [['127.10.1.6', '127.10.1.2'], '127.10.1.5', '127.10.1.3'],
    [[], '10.0.0.9', '127.10.1.2'],
  ] as const) {
    assert.equal(nextAddress(cidr, new Set(used), last), expected);
  }
  const all = new Set([2, 3, 4, 5, 6].map((host) => `127.10.1.${host}`));
  assert.throws(() => nextAddress(cidr, all, undefined), new RuntimeError('no address left in the pod range 127.10.1.0/29'));
});

test('ranges are read, and nonsense is refused', () => {
  assert.deepEqual(parseCidr('10.244.3.77/24'), { first: 183_763_712, last: 183_763_967 });
  for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0/8', 'x/8', '10.0.0.0/'])
    assert.throws(() => parseCidr(text), RangeError, text);
});
