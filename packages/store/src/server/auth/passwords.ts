import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { storeErrors } from '@flotilla/mvcc';
import { passwordChecksMax } from '../limits.js';

const saltBytes = 16;
const keyBytes = 32;
const blockSize = 8;
/** log2 of scrypt's N beyond which more cost means more rounds instead of more memory: 16 MiB. */
const memoryCostMax = 14;

/**
 * Hashes passwords with scrypt (RFC 7914), and compares. One at a time: hashing takes a thread of the pool that the
 * disk works on, too.
 *
 * A hash is: log2 N u8, p u32, salt, key.
 */
export class Passwords {
  readonly #cost: number;
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** @param cost each step doubles the work, as in bcrypt; 10 takes some 50 ms */
  constructor(cost: number) {
    this.#cost = cost;
  }

  async hash(password: string): Promise<Uint8Array> {
    const log2n = Math.min(this.#cost + 4, memoryCostMax);
    const rounds = 2 ** Math.max(0, this.#cost + 4 - memoryCostMax);
    const head = Buffer.alloc(5);
    head.writeUInt8(log2n, 0);
    head.writeUInt32BE(rounds, 1);
    const salt = randomBytes(saltBytes);
    return Buffer.concat([head, salt, await this.#derive(password, salt, log2n, rounds)]);
  }

  async matches(password: string, hash: Uint8Array): Promise<boolean> {
    const bytes = Buffer.from(hash.buffer, hash.byteOffset, hash.length);
    const [salt, key] = [bytes.subarray(5, 5 + saltBytes), bytes.subarray(5 + saltBytes)];
    return timingSafeEqual(await this.#derive(password, salt, bytes.readUInt8(0), bytes.readUInt32BE(1)), key);
  }

  #derive(password: string, salt: Buffer, log2n: number, rounds: number): Promise<Buffer> {
    if (this.#pending >= passwordChecksMax) return Promise.reject(storeErrors.tooManyRequests());
    this.#pending++;
    const derived = this.#last.then(() => derive(password, salt, log2n, rounds));
    this.#last = derived.catch(() => {}).finally(() => this.#pending--);
    return derived;
  }
}

function derive(password: string, salt: Buffer, log2n: number, rounds: number): Promise<Buffer> {
  const N = 2 ** log2n;
  const maxmem = 128 * blockSize * (N + rounds + 2);
  return new Promise((resolve, reject) => {
    scrypt(password, salt, keyBytes, { N, r: blockSize, p: rounds, maxmem }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
