import { utf8Length, writeUtf8 } from '../values/utf8.js';

/**
 * Writes a message from its end to its beginning: the length of a part stands before the part, and is known once the part
 * is written.
 */
export type Encoder = (writer: ReverseWriter) => void;

class ReverseWriter {
  #bytes = new Uint8Array(1 << 16);
  /** Where the written part begins. */
  #start = this.#bytes.length;

  /** How many bytes are written. */
  get length(): number {
    return this.#bytes.length - this.#start;
  }

  text(text: string): void {
    const length = utf8Length(text);
    this.#reserve(length);
    writeUtf8(text, this.#bytes, this.#start);
  }

  varint(value: number): void {
    const length = value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;
    this.#reserve(length);
    for (let index = 0; index < length; index++) {
      this.#bytes[this.#start + index] = ((value >>> (7 * index)) & 127) | (index < length - 1 ? 128 : 0);
    }
  }

  written(): Uint8Array {
    return this.#bytes.slice(this.#start);
  }

  #reserve(length: number): void {
    if (length > this.#start) {
      const grown = new Uint8Array(this.#bytes.length * 2 + length);
      const start = grown.length - this.length;
      grown.set(this.#bytes.subarray(this.#start), start);
      this.#bytes = grown;
      this.#start = start;
    }
    this.#start -= length;
  }
}

const lengthDelimited = 2;

/** A field that is left out: proto3 does not write what has its default value. */
export const absent: Encoder = () => {};

/** A message of the fields, in the order given. */
export function message(...fields: readonly Encoder[]): Encoder {
  return (writer) => {
    for (let index = fields.length - 1; index >= 0; index--) fields[index]?.(writer);
  };
}

export function textField(number: number, text: string | undefined): Encoder {
  if (text === undefined || text === '') return absent;
  return messageField(number, (writer) => writer.text(text));
}

export function boolField(number: number, value: boolean | undefined): Encoder {
  if (value !== true) return absent;
  return (writer) => {
    writer.varint(1);
    writer.varint(number << 3);
  };
}

/** Written even when it is empty: that a message is there says something. */
export function messageField(number: number, content: Encoder): Encoder {
  return (writer) => {
    const before = writer.length;
    content(writer);
    writer.varint(writer.length - before);
    writer.varint((number << 3) | lengthDelimited);
  };
}

/** The values are looked at when they are written: a document has very many. */
export function repeated<T>(values: readonly T[], encode: (value: T) => Encoder): Encoder {
  return (writer) => {
    for (let index = values.length - 1; index >= 0; index--) {
      const value = values[index];
      if (value !== undefined) encode(value)(writer);
    }
  };
}

export function encodeMessage(content: Encoder): Uint8Array {
  const writer = new ReverseWriter();
  content(writer);
  return writer.written();
}
