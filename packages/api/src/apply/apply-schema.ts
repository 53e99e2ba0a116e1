/**
 * What server-side apply has to know of a value: what has an owner of its own, and what is owned as a whole.
 * Made from our models and their list rules, or from a structural schema with x-kubernetes-* extensions.
 */
export type ApplySchema = ScalarSchema | MapSchema | ListSchema | UntypedSchema;

export interface ScalarSchema {
  readonly kind: 'scalar';
  /** `untyped`: any scalar, such as an int-or-string. */
  readonly type: 'string' | 'numeric' | 'boolean' | 'untyped';
}

/** A struct, a map, or both. */
export interface MapSchema {
  readonly kind: 'map';
  /** One owner for all of it. */
  readonly atomic: boolean;
  /** Of the declared fields; undefined for any other name. */
  field(name: string): ApplySchema | undefined;
  /** Of the members that are not declared; undefined: there may be none. */
  readonly items: ApplySchema | undefined;
}

export interface ListSchema {
  readonly kind: 'list';
  /** `set`: of scalars, each with owners of its own; `map`: of maps that `keys` tell apart. */
  readonly listType: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
  /** What a key counts as where an item lacks it: `{ protocol: 'TCP' }`. */
  readonly keyDefaults: Readonly<Record<string, unknown>>;
  readonly items: ApplySchema;
}

/** Any JSON. */
export interface UntypedSchema {
  readonly kind: 'untyped';
  /** False: maps in it are merged member by member. */
  readonly atomic: boolean;
}

export const untypedScalar: ScalarSchema = { kind: 'scalar', type: 'untyped' };
export const atomicUntyped: UntypedSchema = { kind: 'untyped', atomic: true };
export const granularUntyped: UntypedSchema = { kind: 'untyped', atomic: false };

const atomicMapOfAny: MapSchema = { kind: 'map', atomic: true, field: () => undefined, items: atomicUntyped };
const granularMapOfAny: MapSchema = { kind: 'map', atomic: false, field: () => undefined, items: granularUntyped };
const listOfAny: ListSchema = { kind: 'list', listType: 'atomic', keys: [], keyDefaults: {}, items: atomicUntyped };

/** The schema that a value of a schema without types has by itself. */
export function resolved(schema: ApplySchema, value: unknown): Exclude<ApplySchema, UntypedSchema> {
  if (schema.kind !== 'untyped') return schema;
  if (Array.isArray(value)) return listOfAny;
  if (typeof value !== 'object' || value === null) return untypedScalar;
  return schema.atomic ? atomicMapOfAny : granularMapOfAny;
}

export function memberSchema(schema: MapSchema, name: string): ApplySchema {
  return schema.field(name) ?? schema.items ?? granularUntyped;
}
