/** The bytes do not follow the protobuf wire format. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Reads the fields of one protobuf message, in order. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;
  /** Of the field that `next` has come to. */
  number = 0;
  type = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Moves to the next field; false at the end. Its value has to be read or skipped before the next call. */
  next(): boolean {
    if (this.#at >= this.#bytes.length) return false;
    const tag = Number(this.#varint());
    this.type = tag % 8;
    this.number = Math.floor(tag / 8);
    if (this.number === 0) throw new WireError('illegal tag 0');
    return true;
  }

  /** A signed 64-bit integer. Beyond 2^53 it loses precision, as JSON does. */
  integer(): number {
    this.#expect(wireTypes.varint);
    return Number(BigInt.asIntN(64, this.#varint()));
  }

  double(): number {
    this.#expect(wireTypes.fixed64);
    return this.#take(8).readDoubleLE();
  }

  bytes(): Buffer {
    this.#expect(wireTypes.bytes);
    const length = Number(this.#varint());
    return this.#take(length);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  skip(): void {
    if (this.type === wireTypes.varint) this.#varint();
    else if (this.type === wireTypes.fixed64) this.#take(8);
    else if (this.type === wireTypes.bytes) this.bytes();
    else if (this.type === wireTypes.fixed32) this.#take(4);
    else throw new WireError(`unknown wire type ${this.type}`);
  }

  #expect(type: number): void {
    if (this.type !== type) throw new WireError(`wrong wire type ${this.type} for field ${this.number}`);
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new WireError('unexpected EOF');
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('integer overflow');
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new WireError('unexpected EOF');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
