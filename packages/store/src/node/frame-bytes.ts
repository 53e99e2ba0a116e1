/** Collects the parts of one frame; large byte strings are copied once, at the end. */
export class FrameWriter {
  readonly #parts: Uint8Array[] = [];
  #head = Buffer.allocUnsafe(128);
  #used = 0;

  u8(value: number): void {
    this.#reserve(1);
    this.#used = this.#head.writeUInt8(value, this.#used);
  }

  flag(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  /** An integer that a float64 holds exactly: indexes, terms, counts. */
  number(value: number): void {
    this.#reserve(8);
    this.#used = this.#head.writeDoubleBE(value, this.#used);
  }

  id(value: bigint): void {
    this.#reserve(8);
    this.#used = this.#head.writeBigUInt64BE(value, this.#used);
  }

  bytes(value: Uint8Array): void {
    this.#reserve(4);
    this.#used = this.#head.writeUInt32BE(value.length, this.#used);
    if (value.length === 0) return;
    this.#parts.push(this.#head.subarray(0, this.#used), value);
    this.#head = this.#head.subarray(this.#used);
    this.#used = 0;
  }

  finish(): Buffer {
    return Buffer.concat([...this.#parts, this.#head.subarray(0, this.#used)]);
  }

  #reserve(bytes: number): void {
    if (this.#head.length - this.#used >= bytes) return;
    this.#parts.push(this.#head.subarray(0, this.#used));
    this.#head = Buffer.allocUnsafe(1_024);
    this.#used = 0;
  }
}

/** Reads what a FrameWriter wrote. Byte strings are views into the frame. */
export class FrameReader {
  readonly #frame: Buffer;
  #at = 0;

  constructor(frame: Buffer) {
    this.#frame = frame;
  }

  u8(): number {
    return this.#frame.readUInt8(this.#advance(1));
  }

  flag(): boolean {
    return this.u8() === 1;
  }

  number(): number {
    const value = this.#frame.readDoubleBE(this.#advance(8));
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('frame: not an index, term or count');
    return value;
  }

  id(): bigint {
    return this.#frame.readBigUInt64BE(this.#advance(8));
  }

  bytes(): Uint8Array {
    const length = this.#frame.readUInt32BE(this.#advance(4));
    const from = this.#advance(length);
    return this.#frame.subarray(from, from + length);
  }

  get finished(): boolean {
    return this.#at === this.#frame.length;
  }

  #advance(bytes: number): number {
    const from = this.#at;
    this.#at += bytes;
    if (this.#at > this.#frame.length) throw new RangeError('frame: shorter than its message');
    return from;
  }
}
