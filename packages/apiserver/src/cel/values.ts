import { type CelType, celTypes, typeText } from './types.js';

/**
 * What expressions compute with. Ints are `bigint`, doubles `number`; everything else that JavaScript has no own type for is a
 * class. Lists and maps may be views of plain JSON, of which elements are converted as they are read.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | CelUint
  | CelTimestamp
  | CelDuration
  | CelList
  | CelMap
  | CelObject
  | CelOptional
  | CelTypeValue
  | CelOpaque;

/** An evaluation that has no result. Logical operators may still find one on their other side. */
export class CelError extends Error {
  override readonly name = 'CelError';
}

export function noSuchOverload(): CelError {
  return new CelError('no such overload');
}

export class CelUint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds since 1970, in UTC. */
export class CelTimestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class CelDuration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export interface CelList extends Iterable<Value> {
  readonly celKind: 'list';
  readonly type: CelType;
  readonly size: number;
  /** Undefined beyond the end. */
  at(index: number): Value | undefined;
}

/** Keys are of one of the four types that CEL allows. */
export type MapKey = string | bigint | boolean | CelUint;

export interface CelMap {
  readonly celKind: 'map';
  readonly size: number;
  get(key: Value): Value | undefined;
  keys(): Iterable<MapKey>;
}

/** Fields by name. Those without a value are absent. */
export interface CelObject {
  readonly celKind: 'object';
  readonly type: CelType;
  get(field: string): Value | undefined;
  /** What equality compares. */
  readonly identity: unknown;
}

export class CelOptional {
  static readonly none = new CelOptional(undefined);
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
}

export class CelTypeValue {
  /** As `type(x)` names it; lists are `list`, whatever they hold. */
  readonly typeName: string;
  constructor(typeName: string) {
    this.typeName = typeName;
  }
}

/** A value of a library's own type. */
export abstract class CelOpaque {
  abstract readonly type: CelType;
  abstract equals(other: CelOpaque): boolean;
  /** What cost counts it for. */
  get size(): number {
    return 1;
  }
}

export function isList(value: Value): value is CelList {
  return typeof value === 'object' && value !== null && 'celKind' in value && value.celKind === 'list';
}

export function isMap(value: Value): value is CelMap {
  return typeof value === 'object' && value !== null && 'celKind' in value && value.celKind === 'map';
}

export function isObject(value: Value): value is CelObject {
  return typeof value === 'object' && value !== null && 'celKind' in value && value.celKind === 'object';
}

/** The type of a value as overloads see it: that of a list or map says nothing of what is in it. */
export function valueType(value: Value): CelType {
  switch (typeof value) {
    case 'boolean':
      return celTypes.bool;
    case 'bigint':
      return celTypes.int;
    case 'number':
      return celTypes.double;
    case 'string':
      return celTypes.string;
    default:
  }
  if (value === null) return celTypes.null;
  if (value instanceof Uint8Array) return celTypes.bytes;
  if (value instanceof CelUint) return celTypes.uint;
  if (value instanceof CelTimestamp) return celTypes.timestamp;
  if (value instanceof CelDuration) return celTypes.duration;
  if (value instanceof CelOptional) return anyOptional;
  if (value instanceof CelTypeValue) return anyType;
  if (value instanceof CelOpaque) return value.type;
  if (value.celKind === 'list') return anyList;
  return value.celKind === 'map' ? anyMap : value.type;
}

const { dyn } = celTypes;
const anyList: CelType = { kind: 'list', element: dyn };
const anyMap: CelType = { kind: 'map', key: dyn, value: dyn };
const anyType: CelType = { kind: 'type', of: dyn };
const anyOptional: CelType = { kind: 'opaque', name: 'optional_type', parameters: [dyn] };

/** Whether an overload that declares this parameter takes the value. */
export function fits(value: Value, type: CelType): boolean {
  if (type.kind === 'param' || (type.kind === 'primitive' && type.name === 'dyn')) return true;
  const actual = valueType(value);
  if (actual.kind !== type.kind) return false;
  return !('name' in actual && 'name' in type) || actual.name === type.name;
}

/** What a size-dependent cost counts: characters, bytes, elements; 1 for everything else. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length;
  if (value === null || typeof value !== 'object') return 1;
  if (value instanceof CelOptional) return value.value === undefined ? 1 : sizeOf(value.value);
  if (value instanceof CelOpaque) return value.size;
  return isList(value) || isMap(value) ? value.size : 1;
}

/** For messages: the name of a value's type. */
export function valueTypeText(value: Value): string {
  const type = valueType(value);
  return type.kind === 'list' || type.kind === 'map' || type.kind === 'type' ? type.kind : typeText(type);
}
