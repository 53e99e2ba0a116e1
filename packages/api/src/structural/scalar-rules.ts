import { type FieldError, invalid, notSupported, tooLong, typeInvalid } from '../errors/field-error.js';
import { equalJson, isRecord } from '../json.js';
import { hasFormat } from './formats.js';
import { compilePattern } from './patterns.js';
import type { StructuralSchema } from './structural-schema.js';

/** A value's place: as error fields name it, and as the sentences do, which begin with it. */
export interface Place {
  readonly field: string;
  readonly path: string;
}

/** The messages are those of kube-openapi, which a Kubernetes API server passes on. */
export function checkType(schema: StructuralSchema, value: unknown, place: Place): FieldError[] {
  const wanted = wantedTypes(schema);
  const actual = jsonType(value);
  if (value === null) {
    return wanted.length === 0 || schema.nullable === true ? [] : [wrongType(place, wanted.join(','), 'null')];
  }
  // Formats of strings are checked by themselves, and then also say what the type is.
  const numeric = wanted.includes('number') || wanted.includes('integer');
  if (schema.format !== undefined && schema.format !== '' && typeof value === 'string' && !numeric) return [];
  const fits = wanted.includes(actual) || (actual === 'integer' && wanted.includes('number'));
  return wanted.length === 0 || fits ? [] : [wrongType(place, wanted.join(','), actual)];
}

function wantedTypes(schema: StructuralSchema): readonly string[] {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string'];
  return schema.type === undefined || schema.type === '' ? [] : [schema.type];
}

function wrongType({ field, path }: Place, wanted: string, actual: string): FieldError {
  return typeInvalid(field, actual, `${path} in body must be of type ${wanted}: ${JSON.stringify(actual)}`);
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isRecord(value)) return 'object';
  return typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : typeof value;
}

export function checkString(schema: StructuralSchema, value: string, { field, path }: Place): FieldError[] {
  const errors: FieldError[] = [];
  const { maxLength, minLength, pattern, format } = schema;
  const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length;
  if (maxLength !== undefined && length > maxLength) errors.push(tooLong(field, maxLength));
  if (minLength !== undefined && length < minLength) {
    errors.push(invalid(field, value, `${path} in body should be at least ${minLength} chars long`));
  }
  if (pattern !== undefined && pattern !== '' && compilePattern(pattern)?.test(value) !== true) {
    errors.push(invalid(field, value, `${path} in body should match '${pattern}'`));
  }
  if (format !== undefined && format !== '' && !hasFormat(value, format)) {
    errors.push(typeInvalid(field, value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`));
  }
  return errors;
}

export function checkNumber(schema: StructuralSchema, value: number, { field, path }: Place): FieldError[] {
  const errors: FieldError[] = [];
  const { multipleOf, maximum, minimum, exclusiveMaximum = false, exclusiveMinimum = false } = schema;
  const fail = (what: string) => errors.push(invalid(field, value, `${path} in body should be ${what}`));
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) fail(`a multiple of ${multipleOf}`);
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    fail(`less than${exclusiveMaximum ? '' : ' or equal to'} ${maximum}`);
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    fail(`greater than${exclusiveMinimum ? '' : ' or equal to'} ${minimum}`);
  }
  return [...errors, ...checkNumberFormat(schema, value, { field, path })];
}

function checkNumberFormat({ type, format }: StructuralSchema, value: number, { field, path }: Place): FieldError[] {
  if (type === 'integer' && format === 'int32' && (value > 2 ** 31 - 1 || value < -(2 ** 31))) {
    return [invalid(field, '', `Checked value must be of type integer with format int32 in ${path}`)];
  }
  return [];
}

/** Decimal fractions are not exact: 0.3 is a multiple of 0.1. */
function isMultiple(value: number, factor: number): boolean {
  if (factor <= 0) return true;
  const times = value / factor;
  return Number.isInteger(times) || Math.abs(times - Math.round(times)) < 1e-9;
}

const scalars = new WeakMap<readonly unknown[], ReadonlySet<unknown>>();

/** There may be thousands of values allowed, for a list of thousands. */
function isAmong(allowed: readonly unknown[], value: unknown): boolean {
  if (typeof value === 'object') return allowed.some((one) => equalJson(one, value));
  let known = scalars.get(allowed);
  if (known === undefined) {
    known = new Set(allowed);
    scalars.set(allowed, known);
  }
  return known.has(value);
}

export function checkEnum(schema: StructuralSchema, value: unknown, { field }: Place): FieldError[] {
  const allowed = schema.enum;
  if (allowed === undefined || allowed.length === 0 || isAmong(allowed, value)) return [];
  if (value === null && schema.nullable === true && allowed.includes(null)) return [];
  const texts = allowed.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  return [notSupported(field, value, texts)];
}
