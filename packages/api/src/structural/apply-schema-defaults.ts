import { cloneJson, isRecord, setMember } from '../json.js';
import { additionalSchema, memberSchema, type StructuralSchema } from './structural-schema.js';

/**
 * Fills in the schema's defaults, also below what other defaults have filled in. A null where none is allowed counts as missing.
 * @param value changed in place
 */
export function applySchemaDefaults(value: unknown, schema: StructuralSchema | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      if (isForbiddenNull(item, schema.items)) value[index] = cloneJson(schema.items?.default ?? null);
      applySchemaDefaults(value[index], schema.items);
    });
  } else if (isRecord(value)) {
    defaultMembers(value, schema);
  }
}

function defaultMembers(value: Record<string, unknown>, schema: StructuralSchema): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined || property.default === null) continue;
    if (!Object.hasOwn(value, name) || isForbiddenNull(value[name], property)) {
      setMember(value, name, cloneJson(property.default));
    }
  }
  for (const name of Object.keys(value)) {
    const additional = additionalSchema(schema);
    if (additional !== undefined && isForbiddenNull(value[name], additional)) {
      setMember(value, name, cloneJson(additional.default ?? null));
    }
    applySchemaDefaults(value[name], memberSchema(schema, name));
  }
}

/** Nulls that mean nothing: neither allowed by the schema, nor replaced by a default. */
export function dropForbiddenNulls(value: unknown, schema: StructuralSchema | undefined): void {
  if (Array.isArray(value)) for (const item of value) dropForbiddenNulls(item, schema?.items);
  if (!isRecord(value)) return;
  for (const name of Object.keys(value)) {
    const member = memberSchema(schema, name);
    if (isForbiddenNull(value[name], member) && (member?.default ?? null) === null) delete value[name];
    else dropForbiddenNulls(value[name], member);
  }
}

function isForbiddenNull(value: unknown, schema: StructuralSchema | undefined): boolean {
  return value === null && schema !== undefined && schema.nullable !== true;
}
