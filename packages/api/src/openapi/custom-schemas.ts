import { additionalSchema, type StructuralSchema } from '../structural/structural-schema.js';
import type { Documented } from './operations.js';
import { reference, type SchemaContext, type SchemaObject } from './schema-object.js';

const metaPackage = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const apiVersion = {
  type: 'string',
  description: 'The version of the schema that this representation of the object has, such as example.com/v1.',
};
const kind = { type: 'string', description: 'The REST resource that this object represents, in CamelCase. Cannot be updated.' };

/** The published schemas of a kind that was defined at run time: its own and that of its list. */
export function customSchemas(
  definition: Documented,
  schema: StructuralSchema,
  context: SchemaContext,
): [string, SchemaObject][] {
  const { group, version, kind: name, listKind = `${name}List`, model } = definition;
  const gvk = (of: string) => ({ 'x-kubernetes-group-version-kind': [{ group, version, kind: of }] });
  const own = { ...completed(shown(schema, context), context), ...gvk(name) };
  const list = {
    description: `${listKind} is a list of ${name}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion,
      items: { type: 'array', description: `The objects of kind ${name}.`, items: reference(model, context.dialect) },
      kind,
      metadata: meta('ListMeta', 'Standard list metadata.', context),
    },
    ...gvk(listKind),
  };
  return [
    [model, own],
    [`${model}List`, list],
  ];
}

/** An object's schema with what every object has. */
function completed(schema: SchemaObject, context: SchemaContext): SchemaObject {
  const properties = schema['properties'] as SchemaObject | undefined; // as `shown` makes it
  return {
    ...schema,
    properties: { ...properties, apiVersion, kind, metadata: meta('ObjectMeta', "Standard object's metadata.", context) },
  };
}

function meta(model: string, description: string, { dialect }: SchemaContext): SchemaObject {
  const target = reference(`${metaPackage}.${model}`, dialect);
  return dialect === 3 ? { allOf: [target], description } : { ...target, description };
}

const junctors = ['allOf', 'anyOf', 'oneOf', 'not', 'nullable'];

/**
 * A schema as a dialect can tell it. OpenAPI 2 knows neither nulls nor junctors, and clients of it refuse members of what may have
 * any: there such values have no type at all.
 */
function shown(schema: StructuralSchema, context: SchemaContext): SchemaObject {
  const { properties, items, additionalProperties, ...rest } = schema;
  const result: SchemaObject = { ...rest };
  if (context.dialect === 2) {
    for (const name of junctors) delete result[name];
    const untyped = schema.nullable === true || schema['x-kubernetes-int-or-string'] === true;
    if (untyped) delete result['type'];
    if (untyped || schema['x-kubernetes-preserve-unknown-fields'] === true) return result;
  }
  if (properties !== undefined) {
    result['properties'] = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, shown(one, context)]));
  }
  if (items !== undefined) result['items'] = shown(items, context);
  const additional = additionalSchema(schema);
  if (additional !== undefined) result['additionalProperties'] = shown(additional, context);
  else if (additionalProperties !== undefined) result['additionalProperties'] = additionalProperties;
  return schema['x-kubernetes-embedded-resource'] === true ? completed(result, context) : result;
}
