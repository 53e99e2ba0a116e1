import { isRecord } from '../json.js';
import { additionalSchema, childPath, metaMembers, propertySchema, type StructuralSchema } from './structural-schema.js';

/**
 * Takes away what the schema does not know, and tells where it was: `spec.imag`, `spec.list[0].x`.
 * Where the schema says x-kubernetes-preserve-unknown-fields, unknown members stay.
 * @param value an object of the kind; changed in place
 */
export function pruneObject(value: Record<string, unknown>, schema: StructuralSchema): readonly string[] {
  const unknown: string[] = [];
  prune(value, asResource(schema), '', unknown);
  return unknown.sort();
}

/** For a value that is not a whole object, such as a default. */
export function pruneValue(value: unknown, schema: StructuralSchema): readonly string[] {
  const unknown: string[] = [];
  prune(value, schema, '', unknown);
  return unknown.sort();
}

/** The root of an object is an embedded resource of its own: its apiVersion, kind and metadata are not the schema's business. */
function asResource(schema: StructuralSchema): StructuralSchema {
  return schema['x-kubernetes-embedded-resource'] === true ? schema : { ...schema, 'x-kubernetes-embedded-resource': true };
}

function prune(value: unknown, schema: StructuralSchema | undefined, path: string, unknown: string[]): void {
  const keeps = schema?.['x-kubernetes-preserve-unknown-fields'] === true;
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      // What stands in a list that preserves is preserved too, unless its own schema knows better.
      if (keeps && schema.items === undefined) return;
      prune(item, keeps ? preserving(schema.items) : schema?.items, `${path}[${index}]`, unknown);
    });
    return;
  }
  if (!isRecord(value)) return;
  for (const name of Object.keys(value)) {
    if (schema?.['x-kubernetes-embedded-resource'] === true && metaMembers.has(name)) continue;
    const property = propertySchema(schema, name);
    const at = childPath(path, name);
    if (property !== undefined) prune(value[name], property, at, unknown);
    else if (schema?.additionalProperties === true) continue;
    else if (additionalSchema(schema) !== undefined) prune(value[name], additionalSchema(schema), at, unknown);
    else if (!keeps) {
      unknown.push(at);
      delete value[name];
    }
  }
}

function preserving(schema: StructuralSchema | undefined): StructuralSchema | undefined {
  return schema === undefined ? undefined : { ...schema, 'x-kubernetes-preserve-unknown-fields': true };
}
