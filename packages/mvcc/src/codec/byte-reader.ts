const two32 = 0x1_0000_0000;

/** The bytes are not what the codec writes: a broken peer or a damaged disk. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

/** Reads what `ByteWriter` wrote. Byte strings come out as views on the input, not copies. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
  }

  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    this.#need(1);
    return this.#bytes[this.#at++] ?? 0;
  }

  u32(): number {
    this.#need(4);
    const b = this.#bytes;
    const at = this.#at;
    this.#at = at + 4;
    return (b[at] ?? 0) * 0x1000000 + (((b[at + 1] ?? 0) << 16) | ((b[at + 2] ?? 0) << 8) | (b[at + 3] ?? 0));
  }

  u53(): number {
    const high = this.u32();
    if (high >= 0x20_0000) throw new CodecError('integer beyond 2^53');
    return high * two32 + this.u32();
  }

  i64(): bigint {
    const high = this.u32();
    const low = this.u32();
    if (high === 0 && low === 0) return 0n;
    return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
  }

  bytes(): Uint8Array {
    return this.raw(this.u32());
  }

  raw(length: number): Uint8Array {
    this.#need(length);
    const from = this.#at;
    this.#at = from + length;
    return this.#bytes.subarray(from, from + length);
  }

  rest(): Uint8Array {
    return this.raw(this.remaining);
  }

  #need(length: number): void {
    if (length > this.#end - this.#at) throw new CodecError(`${length} bytes wanted, ${this.#end - this.#at} left`);
  }
}
