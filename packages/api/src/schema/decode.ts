import { errorMessage } from '@flotilla/base';
import { isRecord, setMember } from '../json.js';
import { canonicalQuantity } from '../values/quantity.js';
import { parseTime, timeText } from '../values/time.js';
import { modelSchema, type Scalar, type Schema } from './schema.js';

/** A value of the wrong type; the message is what Go's JSON decoder says of it. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

export interface Decoded {
  /** A fresh object: unknown members, nulls and what says nothing are gone, quantities and times are in their canonical form. */
  readonly value: Record<string, unknown>;
  /** Paths of the members that the schema does not know, such as `spec.containers[0].imag`. */
  readonly unknownFields: readonly string[];
}

/**
 * Reads `input` (the result of a JSON or YAML parser) as an object of the model.
 * @throws DecodeError at the first value of a wrong type
 */
export function decodeModel(model: string, input: unknown): Decoded {
  const walk: Walk = { unknown: [], path: [], names: [] };
  const value = decodeStruct(model, input, '', walk);
  return { value, unknownFields: walk.unknown };
}

/** Texts are only made of it for what is wrong. */
interface Walk {
  readonly unknown: string[];
  /** Names, keys and indexes down to the present value. */
  readonly path: (string | number)[];
  /** The names of members alone: what Go's messages show. */
  readonly names: string[];
}

/** @param struct the innermost model that the value is a member of */
function decodeValue(schema: Schema, input: unknown, struct: string, walk: Walk): unknown {
  switch (schema.type) {
    case 'ref':
      return decodeStruct(schema.model, input, struct, walk);
    case 'list':
      if (!Array.isArray(input)) throw wrongType(input, schema, struct, walk);
      return input.map((item, index) => decodeMember(schema.of, item, index, struct, walk));
    case 'map':
      if (!isRecord(input)) throw wrongType(input, schema, struct, walk);
      return decodeMap(schema.of, input, struct, walk);
    default:
      return decodeScalar(schema.type, input, struct, walk);
  }
}

function decodeStruct(model: string, input: unknown, struct: string, walk: Walk): Record<string, unknown> {
  if (!isRecord(input)) throw wrongType(input, { type: 'ref', model }, struct, walk);
  const { fields, omittable } = modelSchema(model);
  const result: Record<string, unknown> = {};
  for (const name in input) {
    const member = input[name];
    const schema = fields.get(name);
    if (schema === undefined) walk.unknown.push(pathText([...walk.path, name]));
    else if (member !== null && member !== undefined) {
      walk.path.push(name);
      walk.names.push(name);
      const value = decodeValue(schema, member, model, walk);
      if (!(isZero(value) && omittable.has(name))) result[name] = value;
      walk.names.pop();
      walk.path.pop();
    }
  }
  return result;
}

function isZero(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === '' || value === 0 || value === false;
  for (const _ in value) return false;
  return true;
}

function decodeMap(of: Schema, input: Record<string, unknown>, struct: string, walk: Walk): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key in input) setMember(result, key, decodeMember(of, input[key], key, struct, walk));
  return result;
}

/** Of a list or a map. */
function decodeMember(of: Schema, input: unknown, at: string | number, struct: string, walk: Walk): unknown {
  if (input === null) return zeroOf(of);
  walk.path.push(at);
  const value = decodeValue(of, input, struct, walk);
  walk.path.pop();
  return value;
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((at, index) => (typeof at === 'number' ? `[${at}]` : index === 0 ? at : `.${at}`)).join('');
}

function decodeScalar(type: Scalar, input: unknown, struct: string, walk: Walk): unknown {
  switch (type) {
    case 'any':
      return input;
    case 'int-or-string':
      if (typeof input === 'string' || (typeof input === 'number' && isWithin(input, 'int32'))) return input;
      throw unnamed(input, 'int32');
    case 'quantity':
      return decodeQuantity(input);
    case 'time':
    case 'micro-time':
      return decodeTime(type, input);
    default:
      if (!isPlain(type, input)) throw wrongType(input, { type }, struct, walk);
      return type === 'bytes' ? decodeBytes(input as string) : input; // isPlain has looked
  }
}

/** Whether a value has the type that JSON itself has for it. */
function isPlain(type: 'string' | 'bytes' | 'boolean' | 'double' | 'int32' | 'int64', input: unknown): boolean {
  switch (type) {
    case 'string':
    case 'bytes':
      return typeof input === 'string';
    case 'boolean':
      return typeof input === 'boolean';
    case 'double':
      return typeof input === 'number';
    default:
      return typeof input === 'number' && isWithin(input, type);
  }
}

function isWithin(value: number, type: 'int32' | 'int64'): boolean {
  return Number.isInteger(value) && Math.abs(value) <= (type === 'int32' ? 2 ** 31 - (value < 0 ? 0 : 1) : 2 ** 63);
}

function decodeQuantity(input: unknown): string {
  if (typeof input !== 'string' && typeof input !== 'number') throw new DecodeError(quantityTypeProblem(input));
  try {
    return canonicalQuantity(typeof input === 'string' ? input.trim() : input);
  } catch (error) {
    throw new DecodeError(errorMessage(error));
  }
}

function quantityTypeProblem(input: unknown): string {
  return isRecord(input) || Array.isArray(input)
    ? "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    : unnamed(input, 'string').message;
}

function decodeBytes(input: string): string {
  const text = input.replace(/[\r\n]/g, '');
  const bad = /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? -1 : input.search(/[^A-Za-z0-9+/\r\n]/);
  if (bad >= 0 || text.length % 4 !== 0)
    throw new DecodeError(`illegal base64 data at input byte ${bad >= 0 ? bad : text.length}`);
  return text;
}

/** A time in the form that it is stored in, of a day that every month has: most are. */
const storedTime = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

function decodeTime(type: 'time' | 'micro-time', input: unknown): string {
  if (typeof input !== 'string') throw unnamed(input, 'string');
  if (type === 'time' && storedTime.test(input)) return input;
  const wallMs = parseTime(input);
  if (wallMs === undefined) {
    const layout = type === 'time' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
    throw new DecodeError(
      `parsing time ${JSON.stringify(input)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(input)} as "2006"`,
    );
  }
  const seconds = timeText(wallMs);
  if (type === 'time') return seconds;
  const fraction = /[.,](\d+)/.exec(input)?.[1] ?? '';
  return `${seconds.slice(0, -1)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

/** What Go leaves where a list or map has a null. */
function zeroOf(schema: Schema): unknown {
  if (schema.type === 'ref' || schema.type === 'map') return {};
  if (schema.type === 'list') return [];
  if (schema.type === 'boolean') return false;
  if (schema.type === 'int32' || schema.type === 'int64' || schema.type === 'double') return 0;
  if (schema.type === 'quantity') return '0';
  return schema.type === 'any' ? null : '';
}

function wrongType(input: unknown, schema: Schema, struct: string, { names }: Walk): DecodeError {
  const target = goType(schema, struct);
  if (names.length === 0) return unnamed(input, target);
  return new DecodeError(
    `json: cannot unmarshal ${jsonType(input, schema)} into Go struct field ${struct}.${names.join('.')} of type ${target}`,
  );
}

/** For the types that decode themselves: Go then no longer knows which field it is at. */
function unnamed(input: unknown, target: string): DecodeError {
  return new DecodeError(`json: cannot unmarshal ${jsonType(input)} into Go value of type ${target}`);
}

function jsonType(input: unknown, schema?: Schema): string {
  if (Array.isArray(input)) return 'array';
  if (typeof input === 'number') {
    return schema?.type === 'int32' || schema?.type === 'int64' || schema === undefined ? `number ${input}` : 'number';
  }
  return typeof input === 'boolean' ? 'bool' : typeof input;
}

function goType(schema: Schema, struct: string): string {
  switch (schema.type) {
    case 'ref':
      return `${schema.model.startsWith('V2') || struct.startsWith('V2') ? 'v2' : 'v1'}.${schema.model.replace(/^V2/, '')}`;
    case 'list':
      return `[]${goType(schema.of, struct)}`;
    case 'map':
      return `map[string]${goType(schema.of, struct)}`;
    case 'boolean':
      return 'bool';
    case 'double':
      return 'float64';
    case 'bytes':
      return '[]uint8';
    default:
      return schema.type;
  }
}
