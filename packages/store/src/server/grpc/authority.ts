/*
 * Some clients (etcdctl 3.4's `endpoint status` and `endpoint hashkv`) put a whole URL into the `:authority` header.
 * Go's servers take it; Node.js's HTTP/2 refuses the request for its slashes. They are therefore replaced in the
 * compressed header block (HPACK, RFC 7541) before Node.js sees it, each by a character whose code is as long, so
 * that no length and no entry of the compression table changes size.
 */

const slash = 0x18; // the six-bit Huffman code of '/'
const hyphen = 0x16; // the six-bit Huffman code of '-'
const authorityIndex = 1; // of the static table

interface Cursor {
  readonly block: Uint8Array;
  at: number;
}

/** Changes `block`, a header block, in place: in a literal `:authority`, every '/' becomes '-'. */
export function patchAuthority(block: Uint8Array): void {
  const cursor = { block, at: 0 };
  while (cursor.at < block.length) {
    const first = block[cursor.at] ?? 0;
    if (first >= 0x80) readInteger(cursor, 7);
    else if (first >= 0x40) patchLiteral(cursor, 6);
    else if (first >= 0x20) readInteger(cursor, 5);
    else patchLiteral(cursor, 4);
  }
}

function patchLiteral(cursor: Cursor, prefixBits: number): void {
  const name = readInteger(cursor, prefixBits);
  if (name === 0) skipString(cursor);
  if (name !== authorityIndex) {
    skipString(cursor);
    return;
  }
  const huffman = ((cursor.block[cursor.at] ?? 0) & 0x80) !== 0;
  const length = readInteger(cursor, 7);
  const value = cursor.block.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  if (huffman) patchHuffman(value);
  else for (let i = 0; i < value.length; i++) if (value[i] === 0x2f) value[i] = 0x2d;
}

function skipString(cursor: Cursor): void {
  const length = readInteger(cursor, 7);
  cursor.at += length;
}

/** RFC 7541 §5.1. */
function readInteger(cursor: Cursor, prefixBits: number): number {
  const mask = 2 ** prefixBits - 1;
  let value = (cursor.block[cursor.at++] ?? 0) & mask;
  if (value < mask) return value;
  for (let scale = 1; ; scale *= 128) {
    const byte = cursor.block[cursor.at++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
}

/**
 * Walks the codes without decoding them: the code is canonical (RFC 7541 appendix B), so the first bits tell how
 * long each is. Codes above 8 bits are of characters that no authority holds; there it stops.
 */
function patchHuffman(value: Uint8Array): void {
  const end = value.length * 8;
  for (let at = 0; at + 5 <= end; ) {
    if (bits(value, at, 5) < 0b01010) at += 5;
    else if (bits(value, at, 6) < 0b101110) {
      if (bits(value, at, 6) === slash) setBits(value, at, 6, hyphen);
      at += 6;
    } else if (bits(value, at, 7) < 0b1111100) at += 7;
    else if (bits(value, at, 8) < 0b11111110) at += 8;
    else return;
  }
}

function bits(bytes: Uint8Array, at: number, count: number): number {
  const pair = ((bytes[at >> 3] ?? 0xff) << 8) | (bytes[(at >> 3) + 1] ?? 0xff); // the padding is all ones
  return (pair >> (16 - (at & 7) - count)) & (2 ** count - 1);
}

function setBits(bytes: Uint8Array, at: number, count: number, code: number): void {
  for (let i = 0; i < count; i++) {
    const index = (at + i) >> 3;
    const bit = 0x80 >> ((at + i) & 7);
    const set = (code >> (count - 1 - i)) & 1;
    bytes[index] = set === 1 ? (bytes[index] ?? 0) | bit : (bytes[index] ?? 0) & ~bit;
  }
}
