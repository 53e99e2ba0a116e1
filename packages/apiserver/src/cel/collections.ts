import { equalValues } from './equality.js';
import { type CelType, celTypes, type ListType, listOf } from './types.js';
import {
  CelError,
  type CelList,
  type CelMap,
  type CelObject,
  CelUint,
  type MapKey,
  noSuchOverload,
  type Value,
} from './values.js';

/** A list that an expression has made. */
export class ValueList implements CelList {
  readonly celKind = 'list';
  readonly type: ListType;
  readonly #items: readonly Value[];

  constructor(items: readonly Value[], type: ListType = listOf(celTypes.dyn)) {
    this.#items = items;
    this.type = type;
  }

  get size(): number {
    return this.#items.length;
  }

  at(index: number): Value | undefined {
    return this.#items[index];
  }

  [Symbol.iterator](): Iterator<Value> {
    return this.#items[Symbol.iterator]();
  }
}

/** A map that an expression has made. Numbers are one key, whatever their type. */
export class ValueMap implements CelMap {
  readonly celKind = 'map';
  readonly #entries = new Map<string, { readonly key: MapKey; readonly value: Value }>();

  get size(): number {
    return this.#entries.size;
  }

  /** @throws CelError for a value that is no key, or a key that is there already */
  add(key: Value, value: Value): void {
    const identity = keyIdentity(key);
    if (identity === undefined || !isMapKey(key)) throw new CelError('unsupported key type');
    if (this.#entries.has(identity)) throw new CelError(`insert failed: key ${keyText(key)} already exists`);
    this.#entries.set(identity, { key, value });
  }

  get(key: Value): Value | undefined {
    const identity = keyIdentity(key);
    return identity === undefined ? undefined : this.#entries.get(identity)?.value;
  }

  *keys(): Iterable<MapKey> {
    for (const { key } of this.#entries.values()) yield key;
  }
}

/** An object whose fields are computed when they are first read, and only once. */
export class LazyObject implements CelObject {
  readonly celKind = 'object';
  readonly type: CelType;
  readonly identity: unknown = this;
  readonly #compute: (field: string) => Value | undefined;
  readonly #known = new Map<string, Value | undefined>();

  constructor(type: CelType, compute: (field: string) => Value | undefined) {
    this.type = type;
    this.#compute = compute;
  }

  get(field: string): Value | undefined {
    if (!this.#known.has(field)) this.#known.set(field, this.#compute(field));
    return this.#known.get(field);
  }
}

function isMapKey(value: Value): value is MapKey {
  return typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean' || value instanceof CelUint;
}

function keyIdentity(key: Value): string | undefined {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'boolean') return `b${key}`;
  if (typeof key === 'bigint') return `n${key}`;
  if (key instanceof CelUint) return `n${key.value}`;
  return typeof key === 'number' && Number.isInteger(key) ? `n${BigInt(key)}` : undefined;
}

export function keyText(key: Value): string {
  return key instanceof CelUint ? String(key.value) : String(key);
}

/** `a + b`. Of lists with an identity, elements of `b` replace those of `a` that they are the same as. */
export function concatenate(a: CelList, b: CelList): CelList {
  const type = a.type as ListType; // lists have list types
  const { identity } = type;
  if (identity === undefined) return new ValueList([...a, ...b]);
  const result = [...a];
  for (const item of b) {
    const at = result.findIndex((known) =>
      identity.by === 'value' ? equalValues(known, item) : identity.keys.every((key) => sameKey(known, item, key)),
    );
    if (at < 0) result.push(item);
    else if (identity.by === 'keys') result[at] = item;
  }
  return new ValueList(result, type);
}

function sameKey(a: Value, b: Value, key: string): boolean {
  return equalValues(memberOf(a, key) ?? null, memberOf(b, key) ?? null);
}

/** A field of an object or an entry of a map. */
export function memberOf(value: Value, name: string): Value | undefined {
  if (value === null || typeof value !== 'object' || !('celKind' in value) || value.celKind === 'list') throw noSuchOverload();
  return value.get(name);
}
