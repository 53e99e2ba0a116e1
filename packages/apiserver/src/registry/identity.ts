import { type Random, randomInt, randomSuffix } from '@flotilla/base';

/** A random UUID (version 4, RFC 9562): names an object for ever, whatever becomes of its name. */
export function newUid(random: Random): string {
  const bytes = Buffer.alloc(16);
  for (let at = 0; at < 16; at += 4) bytes.writeUInt32BE(randomInt(random, 0, 2 ** 32), at);
  bytes.writeUInt8(((bytes[6] ?? 0) & 0x0f) | 0x40, 6);
  bytes.writeUInt8(((bytes[8] ?? 0) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const suffixLength = 5;
/** So that the generated name fits into a DNS label. */
const baseLengthMax = 63 - suffixLength;

export function generateName(base: string, random: Random): string {
  return base.slice(0, baseLengthMax) + randomSuffix(random, suffixLength);
}
