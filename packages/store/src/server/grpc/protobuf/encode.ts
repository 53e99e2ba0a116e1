import type { Wire } from '../../etcd/wire.js';
import type { Field, MessageType } from './schema.js';

const firstBytes = 4_096;
/** A buffer that grew beyond this is not kept for the next message. */
const keptBytesMax = 1024 * 1024;
const keyBits = 3;
const wireTypes = { varint: 0, bytes: 2 } as const;

/**
 * Writes messages from their end to their beginning, because then the length of a nested message is known when it is
 * due. One writer serves all; what it returns is a copy.
 */
class ReverseWriter {
  #bytes: Buffer = Buffer.allocUnsafe(firstBytes);
  /** What is written begins here. */
  #at = firstBytes;

  /** How much is written. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  finish(): Buffer {
    const done = Buffer.allocUnsafe(this.length);
    this.#bytes.copy(done, 0, this.#at);
    this.reset();
    return done;
  }

  reset(): void {
    if (this.#bytes.length > keptBytesMax) this.#bytes = Buffer.allocUnsafe(firstBytes);
    this.#at = this.#bytes.length;
  }

  uint32BE(value: number): void {
    this.#take(4);
    this.#bytes.writeUInt32BE(value, this.#at);
  }

  byte(value: number): void {
    this.#take(1);
    this.#bytes[this.#at] = value;
  }

  raw(value: Uint8Array): void {
    this.#take(value.length);
    this.#bytes.set(value, this.#at);
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.#take(length);
    this.#bytes.write(value, this.#at);
  }

  /** @param low and high: the halves of 64 bits, both unsigned */
  varint(low: number, high: number): void {
    let length = high === 0 ? 1 : 5;
    for (let rest = high === 0 ? low >>> 7 : high >>> 3; rest > 0; rest >>>= 7) length++;
    this.#take(length);
    let at = this.#at;
    for (; high !== 0 || low >= 128; at++) {
      this.#bytes[at] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#bytes[at] = low;
  }

  #take(length: number): void {
    if (length > this.#at) this.#grow(length);
    this.#at -= length;
  }

  #grow(length: number): void {
    const used = this.length;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, used + length));
    this.#bytes.copy(larger, larger.length - used, this.#at);
    this.#bytes = larger;
    this.#at = larger.length - used;
  }
}

const writer = new ReverseWriter();

/**
 * Encodes a message behind gRPC's prefix: a byte that says it is not compressed, and its length. 64-bit integers may be
 * numbers, bigints or decimal strings; enums names or numbers.
 * @throws Error on a value that its field cannot hold
 */
export function encodeFramed(type: MessageType, message: Wire): Buffer {
  writer.reset(); // an encoding that failed may have left something
  writeMessage(type, message);
  writePrefix(0);
  return writer.finish();
}

/**
 * Several messages in a row, as `encodeFramed` encodes one: each has fields of its own, and those that they share.
 * @throws Error on a value that its field cannot hold
 */
export function encodeEach(type: MessageType, own: readonly Wire[], shared: Wire): Buffer {
  const encoded = encodeAlone(type, shared);
  for (let i = own.length - 1; i >= 0; i--) {
    const before = writer.length;
    writeMessage(type, own[i] ?? {});
    writer.raw(encoded); // the order of a message's fields is free
    writePrefix(before);
  }
  return writer.finish();
}

function encodeAlone(type: MessageType, message: Wire): Buffer {
  writer.reset();
  writeMessage(type, message);
  return writer.finish();
}

/** @param before how much had been written before the message */
function writePrefix(before: number): void {
  writer.uint32BE(writer.length - before);
  writer.byte(0);
}

function writeMessage({ fields }: MessageType, message: Wire): void {
  for (let i = fields.length - 1; i >= 0; i--) {
    const field = fields[i];
    const value = field === undefined ? undefined : message[field.name];
    if (field === undefined || value === undefined || value === null) continue;
    if (!field.repeated) writeField(field, value, field.alternatives !== undefined);
    else if (Array.isArray(value)) for (let k = value.length - 1; k >= 0; k--) writeField(field, value[k], true);
    else throw unfit(field);
  }
}

/** @param always a default too */
function writeField(field: Field, value: unknown, always: boolean): void {
  const before = writer.length;
  const { type } = field;
  switch (type.kind) {
    case 'message':
      if (typeof value !== 'object' || value === null) throw unfit(field);
      writeMessage(type.message, value as Wire); // an object whose fields are all unknown
      break;
    case 'bytes':
      if (!(value instanceof Uint8Array)) throw unfit(field);
      if (value.length === 0 && !always) return;
      writer.raw(value);
      break;
    case 'string':
      if (typeof value !== 'string') throw unfit(field);
      if (value === '' && !always) return;
      writer.text(value);
      break;
    default:
      writeNumber(field, numberOf(field, value), always);
      return;
  }
  writer.varint(writer.length - before, 0);
  writer.varint((field.number << keyBits) | wireTypes.bytes, 0);
}

function writeNumber(field: Field, value: number | bigint, always: boolean): void {
  if (!always && (value === 0 || value === 0n)) return;
  if (typeof value === 'bigint') writer.varint(Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n)));
  else writer.varint(value >>> 0, Math.floor(value / 2 ** 32) >>> 0);
  writer.varint((field.number << keyBits) | wireTypes.varint, 0);
}

function numberOf(field: Field, value: unknown): number | bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const { type } = field;
  const named = type.kind === 'enum' ? type.values.get(String(value)) : undefined;
  if (named !== undefined) return named;
  if (typeof value !== 'string' || !/^-?\d+$/.test(value)) throw unfit(field);
  return value.length < 16 ? Number(value) : BigInt(value);
}

function unfit({ name, type }: Field): Error {
  return new Error(`field ${name} must be of type ${type.kind}`);
}
