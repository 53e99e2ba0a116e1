import { utf8Length, writeUtf8 } from '../values/utf8.js';

/** One protobuf message, as its bytes and how many they are: lengths stand before contents, so they are known first. */
export interface Encoded {
  readonly length: number;
  write(target: Uint8Array, offset: number): number;
}

/** A message of the fields, in the order given. */
export function message(...fields: readonly Encoded[]): Encoded {
  const length = fields.reduce((sum, field) => sum + field.length, 0);
  return { length, write: (target, offset) => fields.reduce((at, field) => field.write(target, at), offset) };
}

/** A field that is left out: proto3 does not write what has its default value. */
export const absent: Encoded = { length: 0, write: (_target, offset) => offset };

export function textField(number: number, text: string | undefined): Encoded {
  if (text === undefined || text === '') return absent;
  const length = utf8Length(text);
  const head = [...varint((number << 3) | 2), ...varint(length)];
  return { length: head.length + length, write: (target, offset) => writeUtf8(text, target, writeBytes(head, target, offset)) };
}

export function boolField(number: number, value: boolean | undefined): Encoded {
  return value === true ? bytesOf([...varint(number << 3), 1]) : absent;
}

/** Written even when it is empty: that a message is there says something. */
export function messageField(number: number, content: Encoded): Encoded {
  const head = bytesOf([...varint((number << 3) | 2), ...varint(content.length)]);
  return message(head, content);
}

export function repeated<T>(values: readonly T[], encode: (value: T) => Encoded): Encoded {
  return message(...values.map(encode));
}

export function encodeMessage(content: Encoded): Uint8Array {
  const target = new Uint8Array(content.length);
  content.write(target, 0);
  return target;
}

function bytesOf(bytes: readonly number[]): Encoded {
  return { length: bytes.length, write: (target, offset) => writeBytes(bytes, target, offset) };
}

function writeBytes(bytes: readonly number[], target: Uint8Array, offset: number): number {
  target.set(bytes, offset);
  return offset + bytes.length;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}
