import { defined } from '@flotilla/base';
import { descriptionsJson } from '../generated/descriptions.js';
import type { GroupVersionKind } from '../objects.js';
import { atomicMaps, atomicStructs, granularStructs, listRule } from '../schema/list-rules.js';
import { modelSchema, type Schema } from '../schema/schema.js';
import { customSchemas } from './custom-schemas.js';
import { modelClosure, modelsOf, scalarNames } from './model-names.js';
import type { Documented } from './operations.js';
import type { PlainOperation } from './plain-operations.js';
import { reference, type SchemaContext, type SchemaObject } from './schema-object.js';

type Descriptions = Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>>;

/** The published schemas of some kinds and of everything that they refer to, by their published names. */
export function schemasOf(
  definitions: readonly Documented[],
  plain: readonly PlainOperation[],
  context: SchemaContext,
): Record<string, SchemaObject> {
  const descriptions = JSON.parse(descriptionsJson) as Descriptions; // our own generator's text
  const kinds = kindsByModel(context.definitions);
  const shared = definitions.length === 0 ? [] : ['DeleteOptions', 'ListMeta', 'ObjectMeta', 'Status', 'WatchEvent'];
  const roots = [...definitions.flatMap(modelsOf), ...plain.map(({ answer }) => answer), ...shared];
  const schemas = Object.entries(scalarSchemas(context.dialect));
  for (const model of modelClosure(roots)) {
    const name = context.names.get(model);
    if (name !== undefined) schemas.push([name, modelObject(model, descriptions, kinds.get(model) ?? [], context)]);
  }
  for (const definition of definitions) {
    if (definition.schema !== undefined) schemas.push(...customSchemas(definition, definition.schema, context));
  }
  return Object.fromEntries(schemas.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function modelObject(
  model: string,
  descriptions: Descriptions,
  kinds: readonly GroupVersionKind[],
  context: SchemaContext,
): SchemaObject {
  const { fields, required } = modelSchema(model);
  const [description = '', fieldDescriptions = {}] = descriptions[model] ?? [];
  const properties: Record<string, SchemaObject> = {};
  for (const [field, schema] of fields) {
    // A member that is a model of its own has lost its description; the model's says what it is.
    const own = fieldDescriptions[field] ?? (schema.type === 'ref' ? descriptions[schema.model]?.[0] : undefined);
    properties[field] = { ...described(schemaObject(schema, context), own, context), ...extensions(model, field) };
  }
  return {
    ...(description === '' ? {} : { description }),
    type: 'object',
    ...(required.length > 0 ? { required: [...required] } : {}),
    ...(fields.size > 0 ? { properties } : {}),
    ...(kinds.length > 0 ? { 'x-kubernetes-group-version-kind': kinds } : {}),
    ...(atomicStructs.has(model) ? { 'x-kubernetes-map-type': 'atomic' } : {}),
  };
}

/** OpenAPI 3.0 lets nothing stand beside a $ref, so a described reference is wrapped. */
function described(schema: SchemaObject, description: string | undefined, { dialect }: SchemaContext): SchemaObject {
  if (description === undefined) return schema;
  return '$ref' in schema && dialect === 3 ? { allOf: [schema], description } : { ...schema, description };
}

function extensions(model: string, field: string): SchemaObject {
  const path = `${model}.${field}`;
  if (atomicMaps.has(path)) return { 'x-kubernetes-map-type': 'atomic' };
  if (granularStructs.has(path)) return { 'x-kubernetes-map-type': 'granular' };
  const rule = listRule(model, field);
  if (rule === undefined) return {};
  return {
    ...(rule.patchMergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': rule.patchMergeKey }),
    ...(rule.patchStrategy === undefined ? {} : { 'x-kubernetes-patch-strategy': rule.patchStrategy }),
    ...(rule.listMapKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': rule.listMapKeys }),
    ...(rule.listType === undefined ? {} : { 'x-kubernetes-list-type': rule.listType }),
  };
}

function schemaObject(schema: Schema, context: SchemaContext): SchemaObject {
  switch (schema.type) {
    case 'ref':
      return reference(defined(context.names.get(schema.model), `${schema.model} has a published name`), context.dialect);
    case 'list':
      return { type: 'array', items: schemaObject(schema.of, context) };
    case 'map':
      return { type: 'object', additionalProperties: schemaObject(schema.of, context) };
    case 'int32':
    case 'int64':
      return { type: 'integer', format: schema.type };
    case 'double':
      return { type: 'number', format: 'double' };
    case 'bytes':
      return { type: 'string', format: 'byte' };
    case 'any':
      return { type: 'object' };
    case 'string':
    case 'boolean':
      return { type: schema.type };
    default:
      return reference(scalarNames[schema.type], context.dialect);
  }
}

function scalarSchemas(dialect: SchemaContext['dialect']): Record<string, SchemaObject> {
  const either = (...types: readonly string[]) =>
    dialect === 3 ? { oneOf: types.map((type) => ({ type })) } : { type: 'string' };
  return {
    [scalarNames.quantity]: {
      description: 'Quantity is a fixed-point number with an optional suffix, such as 100m or 128Mi.',
      ...either('string', 'number'),
    },
    [scalarNames['int-or-string']]: {
      description: 'IntOrString holds an int32 or a string, such as the number or the name of a port.',
      ...either('integer', 'string'),
      format: 'int-or-string',
    },
    [scalarNames.time]: { description: 'Time is RFC 3339 in UTC, to the second.', type: 'string', format: 'date-time' },
    [scalarNames['micro-time']]: {
      description: 'MicroTime is RFC 3339 in UTC, to the microsecond.',
      type: 'string',
      format: 'date-time',
    },
    [scalarNames.patch]: { description: 'Patch is a patch of any of the supported types.', type: 'object' },
  };
}

function kindsByModel(definitions: readonly Documented[]): ReadonlyMap<string, readonly GroupVersionKind[]> {
  const kinds = new Map<string, GroupVersionKind[]>();
  const add = (model: string, group: string, kind: string, version: string) => {
    const known = kinds.get(model) ?? [];
    kinds.set(model, known);
    if (!known.some((other) => other.group === group && other.version === version && other.kind === kind))
      known.push({ group, kind, version });
  };
  for (const { group, version, kind, model, listKind, subresources } of definitions) {
    add(model, group, kind, version);
    if (listKind !== undefined) add(`${model}List`, group, listKind, version);
    for (const shared of ['DeleteOptions', 'WatchEvent']) add(shared, group, shared, version);
    for (const other of subresources) if (other.kind !== kind) add(other.kind, other.group, other.kind, other.version);
  }
  add('Status', '', 'Status', 'v1');
  return kinds;
}
