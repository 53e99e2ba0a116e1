import { microTimeText, type Schema, setMember, timeText } from '@flotilla/api';
import { bodyDepthMax } from '../../limits.js';
import { type Message, type MessageField, messageOf } from './messages.js';
import { WireError, WireReader, wireTypes } from './wire-reader.js';

const magic = Buffer.from('k8s\0');

/** What a protobuf body says of itself before its object is looked at. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Buffer;
}

/**
 * Opens Kubernetes' envelope: four magic bytes and a `runtime.Unknown`.
 * @throws WireError
 */
export function openEnvelope(body: Buffer): Envelope {
  if (!body.subarray(0, magic.length).equals(magic)) {
    throw new WireError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  const envelope = { apiVersion: '', kind: '', raw: Buffer.alloc(0) };
  const reader = new WireReader(body.subarray(magic.length));
  while (reader.next()) {
    if (reader.number === 1) {
      const typeMeta = new WireReader(reader.bytes());
      while (typeMeta.next()) {
        if (typeMeta.number === 1) envelope.apiVersion = typeMeta.text();
        else if (typeMeta.number === 2) envelope.kind = typeMeta.text();
        else typeMeta.skip();
      }
    } else if (reader.number === 2) envelope.raw = Buffer.from(reader.bytes());
    else reader.skip();
  }
  return envelope;
}

/**
 * The object of an envelope as JSON would have it: Go clients send what they write in this form.
 * @param model of the object's schema
 * @throws WireError
 */
export function decodeProtobuf(envelope: Envelope, model: string): Record<string, unknown> {
  const message = messageOf(model);
  if (message === undefined) throw new WireError(`no protobuf encoding of ${model} is known`);
  const { apiVersion, kind, raw } = envelope;
  return { apiVersion, kind, ...decodeMessage(raw, message, 0) };
}

function decodeMessage(bytes: Buffer, message: Message, depth: number): Record<string, unknown> {
  const target: Record<string, unknown> = {};
  readInto(target, bytes, message, depth);
  return target;
}

function readInto(target: Record<string, unknown>, bytes: Buffer, message: Message, depth: number): void {
  if (depth > bodyDepthMax) throw new WireError(`exceeded max depth of ${bodyDepthMax}`);
  const reader = new WireReader(bytes);
  while (reader.next()) {
    const field = message.fields.get(reader.number);
    if (field === undefined) reader.skip();
    else if ('fields' in field) readInto(target, reader.bytes(), field, depth + 1);
    else readField(target, reader, field, depth);
  }
}

function readField(
  target: Record<string, unknown>,
  reader: WireReader,
  { name, schema, keepsZero }: MessageField,
  depth: number,
): void {
  if (schema.type === 'list') {
    const list = (target[name] ?? []) as unknown[]; // only ever set here
    list.push(readValue(reader, schema.of, depth));
    target[name] = list;
    return;
  }
  if (schema.type === 'map') {
    const map = (target[name] ?? {}) as Record<string, unknown>; // only ever set here
    readEntry(map, reader, schema.of, depth);
    target[name] = map;
    return;
  }
  const value = readValue(reader, schema, depth);
  if (value === undefined || (!keepsZero && (value === '' || value === 0 || value === false))) return;
  target[name] = value;
}

function readEntry(map: Record<string, unknown>, reader: WireReader, of: Schema, depth: number): void {
  const entry = new WireReader(reader.bytes());
  let key = '';
  let value = emptyValue(of);
  while (entry.next()) {
    if (entry.number === 1) key = entry.text();
    else if (entry.number === 2)
      value = of.type === 'list' ? readItems(entry.bytes(), of.of, depth) : readValue(entry, of, depth);
    else entry.skip();
  }
  setMember(map, key, value);
}

/** A list as a map's value is a message of its own, whose field 1 repeats. */
function readItems(bytes: Buffer, of: Schema, depth: number): readonly unknown[] {
  const items: unknown[] = [];
  const reader = new WireReader(bytes);
  while (reader.next()) {
    if (reader.number === 1) items.push(readValue(reader, of, depth));
    else reader.skip();
  }
  return items;
}

/** Of an entry whose value is left out because it is zero. */
function emptyValue(schema: Schema): unknown {
  return schema.type === 'string' || schema.type === 'bytes' ? '' : schema.type === 'list' ? [] : undefined;
}

function readValue(reader: WireReader, schema: Schema, depth: number): unknown {
  switch (schema.type) {
    case 'ref': {
      const message = messageOf(schema.model);
      if (message !== undefined) return decodeMessage(reader.bytes(), message, depth + 1);
      reader.skip();
      return undefined;
    }
    case 'string':
      return reader.text();
    case 'bytes':
      return reader.bytes().toString('base64');
    case 'int32':
    case 'int64':
      return reader.integer();
    case 'boolean':
      return reader.integer() !== 0;
    case 'double':
      return reader.double();
    case 'time':
    case 'micro-time':
      return readTime(reader.bytes(), schema.type);
    case 'quantity':
      return readQuantity(reader.bytes());
    case 'int-or-string':
      return readIntOrString(reader.bytes());
    case 'any':
      return readRaw(reader.bytes());
    default:
      reader.skip();
      return undefined;
  }
}

/** Seconds and nanoseconds since the epoch; an empty message is no time at all. */
function readTime(bytes: Buffer, type: 'time' | 'micro-time'): string | undefined {
  if (bytes.length === 0) return undefined;
  const reader = new WireReader(bytes);
  let wallMs = 0;
  while (reader.next()) {
    if (reader.number === 1) wallMs += reader.integer() * 1_000;
    else if (reader.number === 2) wallMs += reader.integer() / 1e6;
    else reader.skip();
  }
  // Go's zero time, the year 1, stands for none.
  if (wallMs <= -62_135_596_800_000) return undefined;
  if (Math.abs(wallMs) > 8.64e15) throw new WireError('time out of range');
  return type === 'time' ? timeText(wallMs) : microTimeText(wallMs);
}

function readQuantity(bytes: Buffer): string {
  const reader = new WireReader(bytes);
  let text = '';
  while (reader.next()) {
    if (reader.number === 1) text = reader.text();
    else reader.skip();
  }
  return text === '' ? '0' : text;
}

function readIntOrString(bytes: Buffer): number | string {
  const reader = new WireReader(bytes);
  let isText = false;
  let number = 0;
  let text = '';
  while (reader.next()) {
    if (reader.number === 1) isText = reader.integer() === 1;
    else if (reader.number === 2) number = reader.integer();
    else if (reader.number === 3) text = reader.text();
    else reader.skip();
  }
  return isText ? text : number;
}

/** A RawExtension or FieldsV1: JSON in field 1. */
function readRaw(bytes: Buffer): unknown {
  const reader = new WireReader(bytes);
  let raw = '';
  while (reader.next()) {
    if (reader.number === 1 && reader.type === wireTypes.bytes) raw = reader.text();
    else reader.skip();
  }
  try {
    return raw === '' ? undefined : JSON.parse(raw);
  } catch {
    throw new WireError('a raw extension is not JSON');
  }
}
