import { assert, defined } from '@flotilla/base';
import { schemasJson } from '../generated/schemas.js';
import { keptZeros } from './kept-zeros.js';

/**
 * What the wire allows for one value. `ref` names another model; `list` and `map` hold values of one type.
 * Scalars keep Kubernetes' distinctions: `int32` and `int64` are whole numbers, `quantity` is `100m` or a number,
 * `bytes` is base64, `time` and `micro-time` are RFC 3339, `any` is any JSON.
 */
export type Schema =
  | { readonly type: 'ref'; readonly model: string }
  | { readonly type: 'list' | 'map'; readonly of: Schema }
  | { readonly type: Scalar };

export type Scalar =
  | 'string'
  | 'bytes'
  | 'time'
  | 'micro-time'
  | 'quantity'
  | 'int-or-string'
  | 'int32'
  | 'int64'
  | 'double'
  | 'boolean'
  | 'any';

/** One object type, such as `PodSpec`. */
export interface ModelSchema {
  readonly name: string;
  readonly fields: ReadonlyMap<string, Schema>;
  /** As the published OpenAPI has it: missing members are reported by validation, not by decoding. */
  readonly required: readonly string[];
  /** Members that are absent to Go when they are an empty text, list or map, zero or false. */
  readonly omittable: ReadonlySet<string>;
}

/** `[]#Container`, `{}quantity`, `int32`: the notation of the generated schemas. */
type TypeText = string;

interface ModelText {
  readonly fields: Readonly<Record<string, TypeText>>;
  readonly required: readonly string[];
}

let texts: Readonly<Record<string, ModelText>> | undefined;
const models = new Map<string, ModelSchema>();
const schemas = new Map<TypeText, Schema>();

/** Parsed on first use, because most processes look at few models or none. */
export function modelSchema(name: string): ModelSchema {
  let model = models.get(name);
  if (model === undefined) {
    const text = defined(modelTexts()[name], `a model named ${name} exists`);
    const fields = new Map(Object.entries(text.fields).map(([field, type]) => [field, parseType(type)]));
    model = { name, fields, required: text.required, omittable: omittable(name, fields, text.required) };
    models.set(name, model);
  }
  return model;
}

function omittable(model: string, fields: ReadonlyMap<string, Schema>, required: readonly string[]): ReadonlySet<string> {
  const written = new Set([...required, ...(keptZeros[model]?.split(' ') ?? [])]);
  const names = [...fields].filter(([name, { type }]) => !written.has(name) && !neverZero.has(type)).map(([name]) => name);
  return new Set(names);
}

/** Structs, and what is a struct in Go. */
const neverZero: ReadonlySet<string> = new Set(['ref', 'any', 'int-or-string', 'quantity', 'time', 'micro-time']);

export function modelNames(): readonly string[] {
  return Object.keys(modelTexts());
}

function modelTexts(): Readonly<Record<string, ModelText>> {
  texts ??= JSON.parse(schemasJson) as Readonly<Record<string, ModelText>>; // our own generator's text
  return texts;
}

function parseType(text: TypeText): Schema {
  let schema = schemas.get(text);
  if (schema === undefined) {
    if (text.startsWith('[]')) schema = { type: 'list', of: parseType(text.slice(2)) };
    else if (text.startsWith('{}')) schema = { type: 'map', of: parseType(text.slice(2)) };
    else if (text.startsWith('#')) schema = { type: 'ref', model: text.slice(1) };
    else schema = { type: scalarOf(text) };
    schemas.set(text, schema);
  }
  return schema;
}

const scalars: ReadonlySet<string> = new Set<Scalar>([
  'string',
  'bytes',
  'time',
  'micro-time',
  'quantity',
  'int-or-string',
  'int32',
  'int64',
  'double',
  'boolean',
  'any',
]);

function scalarOf(text: string): Scalar {
  assert(scalars.has(text), `${text} is a scalar type of the generated schemas`);
  return text as Scalar; // the set holds nothing else
}
