import { crc32 } from 'node:zlib';

/** What lies in the database is not what was written there. */
export class DamagedValueError extends Error {
  override readonly name = 'DamagedValueError';
}

const checksumBytes = 4;

/** Every value lies in the database behind a checksum of it and its key. */
export function protect(key: Uint8Array, value: Uint8Array): Uint8Array {
  const stored = Buffer.allocUnsafe(checksumBytes + value.length);
  stored.set(value, checksumBytes);
  stored.writeUInt32BE(checksum(key, value), 0);
  return stored;
}

/**
 * @returns a view on what `protect` was given
 * @throws DamagedValueError
 */
export function verify(key: Uint8Array, stored: Uint8Array): Uint8Array {
  const value = stored.subarray(checksumBytes);
  if (stored.length < checksumBytes || checksumOf(stored) !== checksum(key, value)) throw damaged(key);
  return value;
}

/** Without a view of its own: it is asked for every value that is read. */
function checksumOf(stored: Uint8Array): number {
  const low = ((stored[1] ?? 0) << 16) | ((stored[2] ?? 0) << 8) | (stored[3] ?? 0);
  return (((stored[0] ?? 0) << 24) | low) >>> 0;
}

function damaged(key: Uint8Array): DamagedValueError {
  return new DamagedValueError(
    `the value of key ${Buffer.from(key).toString('hex')} in the database does not match its checksum`,
  );
}

function checksum(key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key));
}
