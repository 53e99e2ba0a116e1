import { type FieldError, invalid, required } from '../errors/field-error.js';
import type { ObjectMeta } from '../generated/types.js';
import { isRecord } from '../json.js';
import type { Draft } from '../objects.js';
import { DecodeError, decodeModel } from '../schema/decode.js';
import { dns1035LabelProblems, pathSegmentProblems } from '../validation/names.js';
import { validateObjectMeta } from '../validation/object-meta.js';
import { additionalSchema, childPath, propertySchema, type StructuralSchema } from './structural-schema.js';

/** The apiVersion, kind and metadata of objects within the object: x-kubernetes-embedded-resource. */
export function validateEmbedded(path: string, value: unknown, schema: StructuralSchema | undefined): FieldError[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => validateEmbedded(`${path}[${index}]`, item, schema.items));
  }
  if (!isRecord(value)) return [];
  const own = schema['x-kubernetes-embedded-resource'] === true ? validateResource(path, value) : [];
  const below = Object.entries(value).flatMap(([name, member]) => {
    const property = propertySchema(schema, name);
    return property === undefined
      ? validateEmbedded(`${path}[${name}]`, member, additionalSchema(schema))
      : validateEmbedded(childPath(path, name), member, property);
  });
  return [...own, ...below];
}

function validateResource(path: string, value: Record<string, unknown>): FieldError[] {
  return [
    ...validateText(childPath(path, 'apiVersion'), value['apiVersion'], (text) =>
      text.split('/').length > 2 ? `unexpected GroupVersion string: ${text}` : undefined,
    ),
    ...validateText(childPath(path, 'kind'), value['kind'], (text) => {
      const problems = dns1035LabelProblems(text.toLowerCase());
      return problems.length === 0 ? undefined : `may have mixed case, but should otherwise match: ${problems.join(',')}`;
    }),
    ...validateMeta(childPath(path, 'metadata'), value['metadata']),
  ];
}

function validateText(field: string, value: unknown, problem: (text: string) => string | undefined): FieldError[] {
  if (value === undefined) return [required(field)];
  if (typeof value !== 'string') return [invalid(field, value, 'must be a string')];
  if (value === '') return [invalid(field, value, 'must not be empty')];
  const found = problem(value);
  return found === undefined ? [] : [invalid(field, value, found)];
}

function validateMeta(field: string, value: unknown): FieldError[] {
  if (value === undefined) return [];
  try {
    const meta = decodeModel('ObjectMeta', value).value as Draft<ObjectMeta>; // decoded as that model
    const named = { ...meta, name: meta.name === undefined || meta.name === '' ? 'unnamed' : meta.name };
    const namespaced = meta.namespace !== undefined && meta.namespace !== '';
    return validateObjectMeta(named, { namespaced, plainFinalizers: true, nameProblems: pathSegmentProblems }).map((error) => ({
      ...error,
      field: error.field.replace(/^metadata/, field),
    }));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return [invalid(field, value, error.message)];
  }
}
