const castagnoli = 0x82f63b78; // reversed polynomial of CRC-32C, the one etcd uses

const table = new Uint32Array(256).map((_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ castagnoli : crc >>> 1;
  return crc;
});

/**
 * CRC-32C of several pieces in a row.
 * @param crc what the pieces so far gave; 0 to start
 */
export function crc32c(crc: number, bytes: Uint8Array): number {
  let c = ~crc;
  for (let i = 0; i < bytes.length; i++) c = (table[(c ^ (bytes[i] ?? 0)) & 0xff] ?? 0) ^ (c >>> 8);
  return ~c >>> 0;
}
