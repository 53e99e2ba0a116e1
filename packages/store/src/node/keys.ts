/**
 * The one ordered key space of a member's database:
 *
 * ```
 * 0x00 name               facts about this member: identity, hard state, log start, applied index, membership
 * 0x01 index u64          one log entry
 * 0x02 generation u32 key the applied state; installing a snapshot moves to the next generation
 * ```
 */
const metaPrefix = 0x00;
const logPrefix = 0x01;
const statePrefix = 0x02;

export type MetaName = 'identity' | 'hard-state' | 'log-start' | 'applied' | 'membership';

export function metaKey(name: MetaName): Uint8Array {
  return Buffer.concat([Buffer.of(metaPrefix), Buffer.from(name)]);
}

export function logKey(index: number): Uint8Array {
  const key = Buffer.alloc(9, 0);
  key.writeUInt8(logPrefix, 0);
  key.writeBigUInt64BE(BigInt(index), 1);
  return key;
}

export function logIndexOf(key: Uint8Array): number {
  return Number(Buffer.from(key.buffer, key.byteOffset, key.byteLength).readBigUInt64BE(1));
}

export const logEnd: Uint8Array = Buffer.of(logPrefix + 1);
export const stateStart: Uint8Array = Buffer.of(statePrefix);
export const stateEnd: Uint8Array = Buffer.of(statePrefix + 1);
export const stateKeyOffset = 5;

/** The key of the state as it lies in the database; without `key`, where the generation begins. */
export function stateKey(generation: number, key: Uint8Array = new Uint8Array(0)): Uint8Array {
  const full = Buffer.allocUnsafe(stateKeyOffset + key.length);
  full.writeUInt8(statePrefix, 0);
  full.writeUInt32BE(generation, 1);
  full.set(key, stateKeyOffset);
  return full;
}
