import { isRecord } from '../json.js';
import { type ApplySchema, granularUntyped, type ListSchema, type MapSchema, untypedScalar } from './apply-schema.js';
import { modelApplySchema } from './model-apply-schema.js';

/**
 * How objects of a CustomResourceDefinition are applied, from the structural schema of one of its versions:
 * x-kubernetes-list-type, -list-map-keys, -map-type, -preserve-unknown-fields, -int-or-string and -embedded-resource.
 * @param schema `openAPIV3Schema`
 */
export function structuralApplySchema(schema: unknown): MapSchema {
  const root = isRecord(schema) ? mapSchema(schema) : { atomic: false, field: () => undefined, items: granularUntyped };
  return objectSchema(root);
}

/** Every object has these, whether its schema names them or not. */
function objectSchema({ atomic, field, items }: Omit<MapSchema, 'kind'>): MapSchema {
  const own: Readonly<Record<string, ApplySchema>> = {
    apiVersion: { kind: 'scalar', type: 'string' },
    kind: { kind: 'scalar', type: 'string' },
    metadata: modelApplySchema('ObjectMeta'),
  };
  return { kind: 'map', atomic, field: (name) => (Object.hasOwn(own, name) ? own[name] : field(name)), items };
}

function schemaOf(schema: unknown): ApplySchema {
  if (!isRecord(schema)) return granularUntyped;
  if (schema['x-kubernetes-int-or-string'] === true) return untypedScalar;
  switch (schema['type']) {
    case 'object': {
      const map = mapSchema(schema);
      return schema['x-kubernetes-embedded-resource'] === true ? objectSchema(map) : map;
    }
    case 'array':
      return listSchema(schema);
    case 'string':
    case 'boolean':
      return { kind: 'scalar', type: schema['type'] };
    case 'integer':
    case 'number':
      return { kind: 'scalar', type: 'numeric' };
    default:
      return granularUntyped;
  }
}

function mapSchema(schema: Record<string, unknown>): MapSchema {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {};
  const fields = new Map(Object.entries(properties).map(([name, property]) => [name, schemaOf(property)]));
  const items = itemsOfMap(schema, fields.size);
  return { kind: 'map', atomic: schema['x-kubernetes-map-type'] === 'atomic', field: (name) => fields.get(name), items };
}

function itemsOfMap(schema: Record<string, unknown>, fields: number): ApplySchema | undefined {
  const { additionalProperties } = schema;
  if (isRecord(additionalProperties)) return schemaOf(additionalProperties);
  const anything = additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields'] === true || fields === 0;
  return anything ? granularUntyped : undefined;
}

function listSchema(schema: Record<string, unknown>): ListSchema {
  const items = schema['items'];
  const type = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  return {
    kind: 'list',
    listType: type === 'set' || type === 'map' ? type : 'atomic',
    keys: Array.isArray(keys) ? keys.map(String) : [],
    keyDefaults: keyDefaultsOf(items, keys),
    items: schemaOf(items),
  };
}

function keyDefaultsOf(items: unknown, keys: unknown): Readonly<Record<string, unknown>> {
  const properties = isRecord(items) && isRecord(items['properties']) ? items['properties'] : {};
  const result: Record<string, unknown> = Object.create(null);
  for (const key of Array.isArray(keys) ? keys.map(String) : []) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (isRecord(property) && property['default'] !== undefined) result[key] = property['default'];
  }
  return result;
}
