/**
 * The one ordered key space of a member's database:
 *
 * ```
 * 0x00 name               facts about this member: identity, applied index, membership, vote, fence
 * 0x01 number u64         a mark of each of the last writes; see MarkedDatabase
 * 0x02 generation u32 key the applied state; installing a snapshot moves to the next generation
 * ```
 */
const factPrefix = 0x00;
const markPrefix = 0x01;
const statePrefix = 0x02;

export type FactName = 'identity' | 'applied' | 'membership' | 'vote' | 'fence';

export function factKey(name: FactName): Uint8Array {
  return Buffer.concat([Buffer.of(factPrefix), Buffer.from(name)]);
}

export function markKey(number: number): Uint8Array {
  const key = Buffer.allocUnsafe(9);
  key.writeUInt8(markPrefix, 0);
  key.writeBigUInt64BE(BigInt(number), 1);
  return key;
}

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
