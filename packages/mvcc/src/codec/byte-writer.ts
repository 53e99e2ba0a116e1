const two32 = 0x1_0000_0000;

const noBytes = new Uint8Array(0);

/** A buffer that grew beyond this is given away with its contents instead of being kept for the next use. */
const keptBytesMax = 1024 * 1024;

/**
 * Small results are cut from a common buffer of this size, because a buffer of its own costs each of them more than its
 * bytes do. It stays alive as long as any of them.
 */
const slabBytes = 32 * 1024;
const cutBytesMax = 2 * 1024;

/** Appends big-endian fields to a buffer that grows. Reusable: `finish` copies out and starts over. */
export class ByteWriter {
  readonly #capacity: number;
  #bytes: Uint8Array;
  #length = 0;
  #slab = noBytes;
  #slabUsed = 0;

  constructor(capacity = 256) {
    this.#capacity = capacity;
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#write32(value);
    return this;
  }

  /** A safe non-negative integer, in 8 bytes. */
  u53(value: number): this {
    this.#reserve(8);
    this.#write32(Math.floor(value / two32));
    this.#write32(value % two32);
    return this;
  }

  i64(value: bigint): this {
    this.#reserve(8);
    if (value === 0n) {
      this.#bytes.fill(0, this.#length, this.#length + 8);
      this.#length += 8;
      return this;
    }
    const unsigned = BigInt.asUintN(64, value);
    this.#write32(Number(unsigned >> 32n));
    this.#write32(Number(unsigned & 0xffff_ffffn));
    return this;
  }

  /** Length, then the bytes. */
  bytes(value: Uint8Array): this {
    this.#reserve(4 + value.length);
    this.#write32(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** The bytes alone. */
  raw(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** Overwrites a field written before: for lengths known only afterwards. */
  patchU32(offset: number, value: number): void {
    const end = this.#length;
    this.#length = offset;
    this.#write32(value);
    this.#length = end;
  }

  /** @returns what was written, in bytes that nobody else writes to; the writer is empty again */
  finish(): Uint8Array {
    const length = this.#length;
    this.#length = 0;
    if (length <= cutBytesMax) return this.#cut(length);
    if (this.#bytes.length <= keptBytesMax) return this.#bytes.slice(0, length);
    const out = this.#bytes.subarray(0, length);
    this.#bytes = new Uint8Array(this.#capacity);
    return out;
  }

  #cut(length: number): Uint8Array {
    if (this.#slabUsed + length > this.#slab.length) {
      this.#slab = new Uint8Array(slabBytes);
      this.#slabUsed = 0;
    }
    const from = this.#slabUsed;
    this.#slabUsed += length;
    this.#slab.set(this.#bytes.subarray(0, length), from);
    return this.#slab.subarray(from, this.#slabUsed);
  }

  #write32(value: number): void {
    const at = this.#length;
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
    this.#length = at + 4;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
