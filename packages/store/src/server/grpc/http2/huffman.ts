/**
 * Lengths in bits of the codes of the bytes 0–255 and of the end of string (RFC 7541 appendix B). The code is
 * canonical: shorter codes come first, and codes of one length in the order of their symbols.
 */
const lengths: readonly number[] = `
  13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28  28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28
   6 10 10 12 13  6  8 11 10 10  8 11  8  6  6  6   5  5  5  6  6  6  6  6  6  6  7  8 15  6 12 10
  13  6  7  7  7  7  7  7  7  7  7  7  7  7  7  7   7  7  7  7  7  7  7  7  8  7  8 13 19 13 14  6
  15  5  6  5  6  5  6  6  6  5  7  7  6  6  6  5   6  7  6  5  5  6  7  7  7  7  7 15 11 14 13 28
  20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23  24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24
  22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23  21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23
  26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25  19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27
  20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23  26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26
  30`
  .trim()
  .split(/\s+/)
  .map(Number);

const endOfString = 256;
const longestBits = 30;

const lengthOf = (symbol: number) => lengths[symbol] ?? longestBits;

/** Symbols in the order of their codes. */
const symbols: readonly number[] = [...lengths.keys()].sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);

interface Code {
  readonly symbol: number;
  readonly bits: number;
}

/** All codes of one length. */
interface Row {
  readonly bits: number;
  /** The next 30 bits of the text are below it, if and only if they start with a code of this length or a shorter one. */
  readonly below: number;
  readonly firstCode: number;
  /** Index in `symbols` of the first code's. */
  readonly firstSymbol: number;
}

const rows: readonly Row[] = codeRows();

function codeRows(): readonly Row[] {
  const made: Row[] = [];
  let firstCode = 0;
  let firstSymbol = 0;
  for (let bits = 1; bits <= longestBits; bits++) {
    firstCode *= 2;
    const count = lengths.filter((length) => length === bits).length;
    if (count > 0) made.push({ bits, below: (firstCode + count) * 2 ** (longestBits - bits), firstCode, firstSymbol });
    firstCode += count;
    firstSymbol += count;
  }
  return made;
}

function findCode(next30: number): Code {
  for (const { bits, below, firstCode, firstSymbol } of rows) {
    if (next30 >= below) continue;
    return { symbol: symbols[firstSymbol + (next30 >>> (longestBits - bits)) - firstCode] ?? endOfString, bits };
  }
  return { symbol: endOfString, bits: longestBits };
}

/** By the next eight bits: the code they start with; undefined where it is longer. Nearly all text has short ones only. */
const shortCodes: readonly (Code | undefined)[] = Array.from({ length: 256 }, (_, next8) => {
  const code = findCode(next8 << (longestBits - 8));
  return code.bits <= 8 ? code : undefined;
});

/** @returns undefined for what no encoder makes: an end of string inside, or padding that is long or not all ones */
export function huffmanDecode(bytes: Uint8Array): Buffer | undefined {
  const end = bytes.length * 8;
  const out = Buffer.allocUnsafe(Math.floor(end / 5)); // no code is shorter than five bits
  let length = 0;
  for (let at = 0; at < end; ) {
    const { symbol, bits } = shortCodes[next8(bytes, at)] ?? findCode(next30(bytes, at));
    if (at + bits > end) return isPadding(bytes, end - at) ? out.subarray(0, length) : undefined;
    if (symbol === endOfString) return undefined;
    out[length++] = symbol;
    at += bits;
  }
  return out.subarray(0, length);
}

/** Ones follow the last byte. */
function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0xff;
}

function next8(bytes: Uint8Array, at: number): number {
  const i = at >> 3;
  return (((byteAt(bytes, i) << 8) | byteAt(bytes, i + 1)) >> (8 - (at & 7))) & 0xff;
}

function next30(bytes: Uint8Array, at: number): number {
  const i = at >> 3;
  let next40 = 0; // beyond what bitwise operators take
  for (let k = 0; k < 5; k++) next40 = next40 * 256 + byteAt(bytes, i + k);
  return Math.floor(next40 / 2 ** (10 - (at & 7))) % 2 ** longestBits;
}

function isPadding(bytes: Uint8Array, count: number): boolean {
  const ones = 2 ** count - 1;
  return count < 8 && (byteAt(bytes, bytes.length - 1) & ones) === ones;
}
