import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { crc32c } from './crc32.js';

test('CRC-32C has the values of RFC 3720, appendix B.4', () => {
  const bytes = (make: (i: number) => number) => Uint8Array.from({ length: 32 }, (_, i) => make(i));
  assert.equal(
    crc32c(
      0,
      bytes(() => 0),
    ),
    0x8a9136aa,
  );
  assert.equal(
    crc32c(
      0,
      bytes(() => 0xff),
    ),
    0x62a8ab43,
  );
  assert.equal(
    crc32c(
      0,
      bytes((i) => i),
    ),
    0x46dd794e,
  );
  assert.equal(
    crc32c(
      0,
      bytes((i) => 31 - i),
    ),
    0x113fdb5c,
  );
  assert.equal(crc32c(0, Buffer.from('123456789')), 0xe3069283);
});

test('it does not matter how the bytes are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(64), (bytes, cut) => {
      assert.equal(crc32c(crc32c(0, bytes.subarray(0, cut)), bytes.subarray(cut)), crc32c(0, bytes));
    }),
  );
});
