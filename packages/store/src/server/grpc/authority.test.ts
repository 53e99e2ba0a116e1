import assert from 'node:assert/strict';
import test from 'node:test';
import { patchAuthority } from './authority.js';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

test('slashes of a literal authority become hyphens', () => {
  // Indexed POST, then `:authority: http://a` as plain text, then a literal header that holds slashes of its own.
  const block = hex(`83 41 08 ${Buffer.from('http://a').toString('hex')} 44 04 ${Buffer.from('/b/c').toString('hex')}`);
  patchAuthority(block);
  assert.deepEqual(
    block,
    hex(`83 41 08 ${Buffer.from('http:--a').toString('hex')} 44 04 ${Buffer.from('/b/c').toString('hex')}`),
  );
});

test('in a Huffman-coded authority too, without changing its length', () => {
  // RFC 7541 C.4.1: www.example.com holds no slash and stays as it is.
  const example = hex('82 86 84 41 8c f1 e3 c2 e5 f2 3a 6b a0 ab 90 f4 ff');
  const patched = example.slice();
  patchAuthority(patched);
  assert.deepEqual(patched, example);
  // `a/1` is 00011 011000 00001, padded with ones; `a-1` is 00011 010110 00001.
  const block = hex('41 82 1b 01');
  patchAuthority(block);
  assert.deepEqual(block, hex('41 82 1a c1'));
});
