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
  /** A fresh object: unknown members and nulls are gone, quantities and times are in their canonical form. */
  readonly value: Record<string, unknown>;
  /** Paths of the members that the schema does not know, such as `spec.containers[0].imag`. */
  readonly unknownFields: readonly string[];
}

/**
 * Reads `input` (the result of a JSON or YAML parser) as an object of the model.
 * @throws DecodeError at the first value of a wrong type
 */
export function decodeModel(model: string, input: unknown): Decoded {
  const walk: Walk = { unknown: [], names: [] };
  const value = decodeValue({ type: 'ref', model }, input, { path: '', struct: '' }, walk);
  return { value: isRecord(value) ? value : {}, unknownFields: walk.unknown };
}

interface Walk {
  readonly unknown: string[];
  /** The names of the members down to the present one, without indexes and keys: what Go's messages show. */
  readonly names: string[];
}

interface Place {
  /** With indexes, for unknown fields. */
  readonly path: string;
  /** The innermost model that the value is a member of. */
  readonly struct: string;
}

function decodeValue(schema: Schema, input: unknown, place: Place, walk: Walk): unknown {
  switch (schema.type) {
    case 'ref':
      return decodeStruct(schema.model, input, place, walk);
    case 'list':
      if (!Array.isArray(input)) throw wrongType(input, schema, place, walk);
      return input.map((item, index) =>
        item === null ? zeroOf(schema.of) : decodeValue(schema.of, item, { ...place, path: `${place.path}[${index}]` }, walk),
      );
    case 'map':
      if (!isRecord(input)) throw wrongType(input, schema, place, walk);
      return decodeMap(schema.of, input, place, walk);
    default:
      return decodeScalar(schema.type, input, () => wrongType(input, schema, place, walk));
  }
}

function decodeStruct(model: string, input: unknown, place: Place, walk: Walk): Record<string, unknown> {
  if (!isRecord(input)) throw wrongType(input, { type: 'ref', model }, place, walk);
  const { fields } = modelSchema(model);
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(input)) {
    const path = place.path === '' ? name : `${place.path}.${name}`;
    const schema = fields.get(name);
    if (schema === undefined) walk.unknown.push(path);
    else if (member !== null && member !== undefined) {
      walk.names.push(name);
      result[name] = decodeValue(schema, member, { path, struct: model }, walk);
      walk.names.pop();
    }
  }
  return result;
}

function decodeMap(of: Schema, input: Record<string, unknown>, place: Place, walk: Walk): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(input)) {
    const path = `${place.path}.${key}`;
    setMember(result, key, member === null ? zeroOf(of) : decodeValue(of, member, { ...place, path }, walk));
  }
  return result;
}

function decodeScalar(type: Scalar, input: unknown, wrong: () => DecodeError): unknown {
  switch (type) {
    case 'any':
      return input;
    case 'string':
      if (typeof input !== 'string') throw wrong();
      return input;
    case 'boolean':
      if (typeof input !== 'boolean') throw wrong();
      return input;
    case 'double':
      if (typeof input !== 'number') throw wrong();
      return input;
    case 'int32':
    case 'int64':
      if (typeof input !== 'number' || !isWithin(input, type)) throw wrong();
      return input;
    case 'int-or-string':
      if (typeof input === 'string' || (typeof input === 'number' && isWithin(input, 'int32'))) return input;
      throw unnamed(input, 'int32');
    case 'quantity':
      return decodeQuantity(input);
    case 'bytes':
      if (typeof input !== 'string') throw wrong();
      return decodeBytes(input);
    case 'time':
    case 'micro-time':
      return decodeTime(type, input);
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
  const bad = /^(?:[A-Za-z0-9+/\r\n])*={0,2}[\r\n]*$/.test(input) ? -1 : input.search(/[^A-Za-z0-9+/\r\n]/);
  const text = input.replace(/[\r\n]/g, '');
  if (bad >= 0 || text.length % 4 !== 0)
    throw new DecodeError(`illegal base64 data at input byte ${bad >= 0 ? bad : text.length}`);
  return text;
}

function decodeTime(type: 'time' | 'micro-time', input: unknown): string {
  if (typeof input !== 'string') throw unnamed(input, 'string');
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

function wrongType(input: unknown, schema: Schema, { struct }: Place, { names }: Walk): DecodeError {
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
