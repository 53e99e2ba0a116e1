import { isRecord } from '@flotilla/api';
import { parseDuration, parseTimestamp } from './time.js';
import { type CelType, celTypes, type ListType, listOf, type ObjectType } from './types.js';
import { CelError, type CelList, type CelMap, type CelObject, CelUint, type Value } from './values.js';

const anyList = listOf(celTypes.dyn);

/**
 * The value that a piece of JSON is, read as `type`. Read as `dyn`, a number without a fraction is an int, as in an object that
 * Kubernetes has decoded without its schema.
 * @throws CelError for text that is no time, duration or base64
 */
export function adapt(json: unknown, type: CelType): Value {
  if (json === undefined || json === null) return null;
  if (Array.isArray(json)) return new JsonList(json, type.kind === 'list' ? type : anyList);
  if (isRecord(json)) {
    if (type.kind === 'object') return new JsonObject(json, type);
    return new JsonMap(json, type.kind === 'map' ? type.value : celTypes.dyn);
  }
  if (typeof json === 'string') return adaptText(json, type);
  if (typeof json === 'number') return adaptNumber(json, type);
  if (typeof json === 'boolean') return json;
  throw new CelError(`unsupported conversion to ref.Val: (${typeof json})`);
}

function adaptText(text: string, type: CelType): Value {
  if (type.kind !== 'primitive') return text;
  switch (type.name) {
    case 'timestamp':
      // A date alone is its first moment.
      return parseTimestamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
    case 'duration':
      return parseDuration(text);
    case 'bytes':
      return Buffer.from(text, 'base64');
    default:
      return text;
  }
}

function adaptNumber(json: number, type: CelType): Value {
  const name = type.kind === 'primitive' ? type.name : 'dyn';
  if (name === 'double' || !Number.isInteger(json)) return json;
  return name === 'uint' ? new CelUint(BigInt(json)) : BigInt(json);
}

/** A JSON array. */
class JsonList implements CelList {
  readonly celKind = 'list';
  readonly type: ListType;
  readonly #items: readonly unknown[];

  constructor(items: readonly unknown[], type: ListType) {
    this.#items = items;
    this.type = type;
  }

  get size(): number {
    return this.#items.length;
  }

  at(index: number): Value | undefined {
    return index < 0 || index >= this.#items.length ? undefined : adapt(this.#items[index], this.type.element);
  }

  *[Symbol.iterator](): Iterator<Value> {
    for (const item of this.#items) yield adapt(item, this.type.element);
  }
}

/** A JSON object whose members are the entries of a map. */
class JsonMap implements CelMap {
  readonly celKind = 'map';
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #valueType: CelType;
  #keys: readonly string[] | undefined;

  constructor(members: Readonly<Record<string, unknown>>, value: CelType) {
    this.#members = members;
    this.#valueType = value;
  }

  get size(): number {
    return this.#names().length;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.#members, key) || this.#members[key] === undefined) return undefined;
    return adapt(this.#members[key], this.#valueType);
  }

  keys(): readonly string[] {
    return this.#names();
  }

  #names(): readonly string[] {
    this.#keys ??= Object.keys(this.#members).filter((name) => this.#members[name] !== undefined);
    return this.#keys;
  }
}

/** A JSON object that a schema describes. */
class JsonObject implements CelObject {
  readonly celKind = 'object';
  readonly type: ObjectType;
  readonly identity: Readonly<Record<string, unknown>>;

  constructor(members: Readonly<Record<string, unknown>>, type: ObjectType) {
    this.identity = members;
    this.type = type;
  }

  get(name: string): Value | undefined {
    const field = this.type.field(name);
    if (field === undefined || !Object.hasOwn(this.identity, field.property)) return undefined;
    const member = this.identity[field.property];
    return member === undefined ? undefined : adapt(member, field.type);
  }
}
