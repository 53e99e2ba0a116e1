import { type FieldError, invalid } from '../errors/field-error.js';
import { cloneJson } from '../json.js';
import { pruneObject, pruneValue } from './prune.js';
import type { StructuralSchema } from './structural-schema.js';
import { validateEmbedded } from './validate-embedded.js';
import { validateValue } from './validate-value.js';

/** Defaults have to fulfil the schema that they stand in: nobody could create an object otherwise. */
export function checkDefaults(path: string, schema: StructuralSchema): FieldError[] {
  const own = schema.default === undefined || schema.default === null ? [] : checkDefault(`${path}.default`, schema);
  const items = schema.items === undefined ? [] : checkDefaults(`${path}.items`, schema.items);
  const properties = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    checkDefaults(`${path}.properties[${name}]`, property),
  );
  return [...own, ...items, ...properties];
}

function checkDefault(field: string, schema: StructuralSchema): FieldError[] {
  const value = cloneJson(schema.default);
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const unknown =
    embedded && typeof value === 'object' ? pruneObject(value as Record<string, unknown>, schema) : pruneValue(value, schema);
  if (unknown.length > 0) return [invalid(field, schema.default, 'must not have unknown fields')];
  const errors = validateEmbedded(field, value, schema);
  return errors.length > 0 ? errors : [...validateValue(schema, value, { field })];
}
