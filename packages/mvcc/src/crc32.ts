const castagnoli = 0x82f63b78; // reversed polynomial of CRC-32C, the one etcd uses

/** Four bytes at a time ("slicing by four"): table n tells what a byte does that has n more behind it. */
const tables = [0, 1, 2, 3].map((more) => new Uint32Array(256).map((_, byte) => afterBits(byte, 8 * (more + 1))));
const [table0, table1, table2, table3] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]; // of four numbers

function afterBits(byte: number, bits: number): number {
  let crc = byte;
  for (let bit = 0; bit < bits; bit++) crc = crc & 1 ? (crc >>> 1) ^ castagnoli : crc >>> 1;
  return crc;
}

/**
 * CRC-32C of several pieces in a row.
 * @param crc what the pieces so far gave; 0 to start
 */
export function crc32c(crc: number, bytes: Uint8Array): number {
  let c = ~crc;
  let i = 0;
  for (; i + 3 < bytes.length; i += 4) {
    c ^= at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24);
    c = at(table3, c & 0xff) ^ at(table2, (c >>> 8) & 0xff) ^ at(table1, (c >>> 16) & 0xff) ^ at(table0, c >>> 24);
  }
  for (; i < bytes.length; i++) c = at(table0, (c ^ at(bytes, i)) & 0xff) ^ (c >>> 8);
  return ~c >>> 0;
}

function at(numbers: Uint8Array | Uint32Array, index: number): number {
  return numbers[index] ?? 0;
}
