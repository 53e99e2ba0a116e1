import type { Wire } from '../../etcd/wire.js';
import type { Field, MessageType } from './schema.js';

/** Bytes that are not the message they should be. The texts are those of etcd's own decoder. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** Transactions nest; nobody means to nest this deep, and each level costs stack. */
const depthMax = 100;

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/**
 * Decodes a message. Fields that were not sent are absent; 64-bit integers are numbers, or bigints where a number is
 * not exact; enums are numbers; byte strings are views on `bytes`. Unknown fields are skipped.
 * @throws DecodeError
 */
export function decodeMessage(type: MessageType, bytes: Buffer): Wire {
  return new Decoder(bytes).message(type, bytes.length, {}, 0);
}

class Decoder {
  readonly #bytes: Buffer;
  #at = 0;
  /** The halves of the last varint. */
  #low = 0;
  #high = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  message(type: MessageType, end: number, into: Record<string, unknown>, depth: number): Record<string, unknown> {
    if (depth > depthMax) throw new DecodeError('proto: message nested too deep');
    while (this.#at < end) {
      const tag = this.#varint32();
      const field = type.byNumber[tag >>> 3];
      if (tag >>> 3 === 0) throw new DecodeError(`proto: ${shortName(type)}: illegal tag 0 (wire type ${tag & 7})`);
      if (field === undefined) this.#skip(tag & 7, end, type, depth);
      else this.#field(field, tag & 7, end, into, depth);
    }
    if (this.#at > end) throw truncated();
    return into;
  }

  #field(field: Field, wireType: number, end: number, into: Record<string, unknown>, depth: number): void {
    const { name, type, repeated } = field;
    const lengthFirst = type.kind === 'message' || type.kind === 'bytes' || type.kind === 'string';
    const packed = repeated && !lengthFirst && wireType === wireTypes.bytes;
    if (!packed && wireType !== (lengthFirst ? wireTypes.bytes : wireTypes.varint)) {
      throw new DecodeError(`proto: wrong wireType = ${wireType} for field ${goName(name)}`);
    }
    if (packed) {
      const stop = this.#length(end);
      const list = listOf(into, name);
      while (this.#at < stop) list.push(this.#value(field, stop, undefined, depth));
      if (this.#at > stop) throw truncated();
    } else if (repeated) {
      listOf(into, name).push(this.#value(field, end, undefined, depth));
    } else {
      for (const other of field.alternatives ?? []) delete into[other]; // the last one sent counts
      into[name] = this.#value(field, end, into[name], depth);
    }
  }

  #value({ type }: Field, end: number, before: unknown, depth: number): unknown {
    switch (type.kind) {
      case 'message': {
        const into = (before ?? {}) as Record<string, unknown>; // a message field holds what this function made
        return this.message(type.message, this.#length(end), into, depth + 1);
      }
      case 'bytes': {
        const start = this.#skipBytes(end);
        return this.#bytes.subarray(start, this.#at);
      }
      case 'string': {
        const start = this.#skipBytes(end);
        return this.#bytes.toString('utf8', start, this.#at);
      }
      case 'bool':
        this.#varint();
        return this.#low !== 0 || this.#high !== 0;
      case 'uint32':
        return this.#varint32();
      case 'int32':
      case 'enum':
        return this.#varint32() | 0;
      case 'uint64':
        this.#varint();
        return this.#integer(this.#high);
      case 'int64':
        this.#varint();
        return this.#integer(this.#high | 0);
    }
  }

  /** @returns where the length-prefixed value that begins here ends */
  #length(end: number): number {
    this.#varint();
    const stop = this.#at + this.#high * 2 ** 32 + this.#low;
    if (stop > end) throw truncated();
    return stop;
  }

  /** @returns where the bytes begin; they end at `#at` */
  #skipBytes(end: number): number {
    const stop = this.#length(end);
    const start = this.#at;
    this.#at = stop;
    return start;
  }

  #skip(wireType: number, end: number, type: MessageType, depth: number): void {
    if (wireType === wireTypes.varint) this.#varint();
    else if (wireType === wireTypes.bytes) this.#skipBytes(end);
    else if (wireType === wireTypes.fixed64) this.#at += 8;
    else if (wireType === wireTypes.fixed32) this.#at += 4;
    else if (wireType === wireTypes.startGroup) this.#skipGroup(end, type, depth + 1);
    else throw new DecodeError(`proto: ${shortName(type)}: ${illegal(wireType)}`);
    if (this.#at > end) throw truncated();
  }

  #skipGroup(end: number, type: MessageType, depth: number): void {
    if (depth > depthMax) throw new DecodeError('proto: message nested too deep');
    for (let tag = this.#varint32(); (tag & 7) !== wireTypes.endGroup; tag = this.#varint32())
      this.#skip(tag & 7, end, type, depth);
  }

  #varint32(): number {
    const first = this.#bytes[this.#at] ?? 0x80;
    if (first < 0x80) {
      this.#at++;
      return first;
    }
    this.#varint();
    return this.#low;
  }

  #varint(): void {
    this.#low = 0;
    this.#high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw truncated();
      const bits = byte & 0x7f;
      if (shift < 32) this.#low |= bits << shift;
      if (shift === 28) this.#high = bits >> 4;
      if (shift > 28) this.#high |= bits << (shift - 32);
      if (byte >= 0x80) continue;
      this.#low >>>= 0;
      this.#high >>>= 0;
      return;
    }
    throw new DecodeError('proto: integer overflow');
  }

  /** @param high the upper half, signed or not */
  #integer(high: number): number | bigint {
    const value = high * 2 ** 32 + this.#low;
    return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(this.#low);
  }
}

function listOf(into: Record<string, unknown>, name: string): unknown[] {
  into[name] ??= [];
  return into[name] as unknown[]; // a repeated field holds nothing else
}

function shortName({ name }: MessageType): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** As the code that Go's protobuf compiler makes has it: `range_end` is `RangeEnd`. */
function goName(name: string): string {
  return name.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase());
}

function illegal(wireType: number): string {
  return wireType === wireTypes.endGroup ? 'wiretype end group for non-group' : `illegal wireType ${wireType}`;
}

function truncated(): DecodeError {
  return new DecodeError('unexpected EOF');
}
