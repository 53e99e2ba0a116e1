import { isRecord, modelSchema, type Schema } from '@flotilla/api';
import { type CelType, celTypes, type ListIdentity, listOf, mapOf, type ObjectField, type ObjectType } from './types.js';

const reserved: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** How an expression writes a member's name that is no identifier: `a-b` is `a__dash__b`. Undefined: it cannot. */
export function escapedName(property: string): string | undefined {
  if (reserved.has(property)) return `__${property}__`;
  if (!/^[A-Za-z_][A-Za-z0-9_.\-/]*$/.test(property)) return undefined;
  const words: Readonly<Record<string, string>> = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' };
  return property.replace(/__|[.\-/]/g, (part) => words[part] ?? part);
}

/** The type of one of our models, such as `Deployment`. */
export function modelType(model: string): ObjectType {
  return lazyObject(`io.k8s.${model}`, () =>
    [...modelSchema(model).fields].map(([property, schema]) => [property, ofSchema(schema)]),
  );
}

function ofSchema(schema: Schema): CelType {
  switch (schema.type) {
    case 'ref':
      return modelType(schema.model);
    case 'list':
      return listOf(ofSchema(schema.of));
    case 'map':
      return mapOf(celTypes.string, ofSchema(schema.of));
    case 'int32':
    case 'int64':
      return celTypes.int;
    case 'boolean':
      return celTypes.bool;
    case 'time':
    case 'micro-time':
      return celTypes.timestamp;
    case 'string':
    case 'bytes':
    case 'double':
      return celTypes[schema.type];
    default:
      return celTypes.dyn;
  }
}

/** A node of a CustomResourceDefinition's structural schema. */
export type StructuralSchema = Readonly<Record<string, unknown>>;

/**
 * The type of `self` where a rule stands in a structural schema.
 * @param root of the resource itself, or of an embedded one: apiVersion, kind, and the two names in metadata can be read too
 * @returns undefined where nothing can be said of the value, and rules cannot reach it
 */
export function structuralType(schema: StructuralSchema, root = false, name = 'object'): CelType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return celTypes.dyn;
  const { type, format } = schema;
  switch (type) {
    case 'array':
      return arrayType(schema, name);
    case 'object':
      return structuralObject(schema, root || schema['x-kubernetes-embedded-resource'] === true, name);
    case 'boolean':
      return celTypes.bool;
    case 'number':
      return celTypes.double;
    case 'integer':
      return celTypes.int;
    case 'string':
      return textType(format);
    default:
      return undefined;
  }
}

function textType(format: unknown): CelType {
  if (format === 'byte') return celTypes.bytes;
  if (format === 'duration') return celTypes.duration;
  return format === 'date' || format === 'date-time' ? celTypes.timestamp : celTypes.string;
}

function arrayType(schema: StructuralSchema, name: string): CelType | undefined {
  const { items } = schema;
  const element = isRecord(items) ? structuralType(items, false, `${name}.@idx`) : undefined;
  return element === undefined ? undefined : listOf(element, identityOf(schema));
}

function identityOf(schema: StructuralSchema): ListIdentity | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'set') return { by: 'value' };
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(keys)) return undefined;
  return { by: 'keys', keys: keys.filter((key) => typeof key === 'string') };
}

function structuralObject(schema: StructuralSchema, root: boolean, name: string): CelType | undefined {
  const { properties, additionalProperties } = schema;
  if (isRecord(additionalProperties)) {
    const value = structuralType(additionalProperties, false, `${name}.@elem`);
    return value === undefined ? undefined : mapOf(celTypes.string, value);
  }
  return lazyObject(name, () => {
    const declared = Object.entries(isRecord(properties) ? properties : {}).flatMap(([property, inner]): [string, CelType][] => {
      const type = isRecord(inner) ? structuralType(inner, false, `${name}.${property}`) : undefined;
      return type === undefined ? [] : [[property, type]];
    });
    return root ? [...declared, ...rootFields(name)] : declared;
  });
}

function rootFields(name: string): readonly (readonly [string, CelType])[] {
  const { string } = celTypes;
  const metadata = lazyObject(`${name}.metadata`, () => [
    ['name', string],
    ['generateName', string],
  ]);
  return [
    ['apiVersion', string],
    ['kind', string],
    ['metadata', metadata],
  ];
}

/** Fields are worked out on first use: schemas are large, some without end, and rules look at little of them. */
function lazyObject(name: string, entries: () => readonly (readonly [string, CelType])[]): ObjectType {
  let fields: ReadonlyMap<string, ObjectField> | undefined;
  return {
    kind: 'object',
    name,
    field(field) {
      fields ??= new Map(
        entries().flatMap(([property, type]): [string, ObjectField][] => {
          const escaped = escapedName(property);
          return escaped === undefined ? [] : [[escaped, { type, property }]];
        }),
      );
      return fields.get(field);
    },
  };
}
