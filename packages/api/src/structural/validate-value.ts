import { type FieldError, fieldErrorsMax, invalid, required, tooMany } from '../errors/field-error.js';
import { equalJson, isRecord } from '../json.js';
import { checkEnum, checkNumber, checkString, checkType, type Place } from './scalar-rules.js';
import { additionalSchema, childPath, propertySchema, type StructuralSchema } from './structural-schema.js';
import { merged, resultOf, type ValueResult } from './value-result.js';

export interface ValidateOptions {
  /** Where the value lies, when it is not the whole object: `status`. */
  readonly field?: string;
  /**
   * What was there before an update. What has not changed is not judged again, so that a stricter schema does not stand in the way of
   * changes elsewhere (KEP-4008, validation ratcheting).
   */
  readonly old?: unknown;
}

/**
 * What the schema's value rules say of a value: types, ranges, lengths, patterns, formats, enums, required members, and the junctors.
 * Rules in CEL and list types are checked elsewhere.
 */
export function validateValue(schema: StructuralSchema, value: unknown, options: ValidateOptions = {}): readonly FieldError[] {
  const field = options.field ?? '';
  return judge(schema, value, options.old, { field, path: '' }).errors;
}

function judge(schema: StructuralSchema, value: unknown, old: unknown, place: Place): ValueResult {
  if (old !== undefined && equalJson(value, old)) return resultOf([]);
  const results = [resultOf(checkType(schema, value, place))];
  if (value !== null) {
    results.push(judgeJunctors(schema, value, old, place));
    if (typeof value === 'string') results.push(resultOf(checkString(schema, value, place)));
    if (typeof value === 'number') results.push(resultOf(checkNumber(schema, value, place)));
    if (Array.isArray(value)) results.push(judgeList(schema, value, old, place));
  }
  if (schema.enum !== undefined) results.push(resultOf(checkEnum(schema, value, place)));
  if (isRecord(value)) results.push(judgeObject(schema, value, old, place));
  return merged(results);
}

function judgeList(schema: StructuralSchema, items: readonly unknown[], old: unknown, place: Place): ValueResult {
  const { field, path } = place;
  const { items: itemSchema, minItems, maxItems } = schema;
  const results: ValueResult[] = [];
  if (itemSchema !== undefined) {
    const before = counterparts(schema, old);
    let errors = 0;
    for (const [index, item] of items.entries()) {
      const at = { field: `${field}[${index}]`, path: `${path}[${index}]` };
      const result = judge(itemSchema, item, before?.get(keyText(schema, item)), at);
      results.push(result);
      errors += result.errors.length;
      if (errors >= fieldErrorsMax) break;
    }
  }
  if (minItems !== undefined && items.length < minItems) {
    results.push(resultOf([invalid(field, items.length, `${path} in body should have at least ${minItems} items`)]));
  }
  if (maxItems !== undefined && items.length > maxItems) {
    results.push(resultOf([tooMany(field, items.length, maxItems)]));
  }
  return merged(results);
}

/** The items of the old list, by the keys that tell what a new one is a change of: only those of a list of type map do. */
function counterparts(schema: StructuralSchema, old: unknown): ReadonlyMap<string | undefined, unknown> | undefined {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old)) return undefined;
  // In reverse, so that of two the first stays.
  return new Map(
    old
      .filter(isRecord)
      .map((item) => [keyText(schema, item), item] as const)
      .reverse(),
  );
}

function keyText(schema: StructuralSchema, item: unknown): string | undefined {
  if (!isRecord(item)) return undefined;
  return JSON.stringify((schema['x-kubernetes-list-map-keys'] ?? []).map((key) => (Object.hasOwn(item, key) ? item[key] : null)));
}

function judgeObject(schema: StructuralSchema, value: Record<string, unknown>, old: unknown, place: Place): ValueResult {
  const { field, path } = place;
  const { minProperties, maxProperties } = schema;
  const results: ValueResult[] = [];
  const names = Object.keys(value);
  if (minProperties !== undefined && names.length < minProperties) {
    results.push(resultOf([invalid(field, names.length, `${path} in body should have at least ${minProperties} properties`)]));
  }
  if (maxProperties !== undefined && names.length > maxProperties) {
    results.push(resultOf([tooMany(field, names.length, maxProperties)]));
  }
  for (const name of names) {
    const member = propertySchema(schema, name) ?? additionalSchema(schema);
    const at = { field: childPath(field, name), path: childPath(path, name) };
    const before = isRecord(old) && Object.hasOwn(old, name) ? old[name] : undefined;
    if (member !== undefined) results.push(judge(member, value[name], before, at));
    else if (schema.additionalProperties === false) {
      results.push(resultOf([invalid(field, name, `${at.path} in body is a forbidden property`)]));
    }
  }
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
  results.push(resultOf(missing.map((name) => required(childPath(field, name)))));
  return merged(results);
}

/** allOf, anyOf, oneOf and not. What they say as a whole has no field of its own. */
function judgeJunctors(schema: StructuralSchema, value: unknown, old: unknown, place: Place): ValueResult {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const results: ValueResult[] = [];
  const whole = (detail: string) => results.push(resultOf([invalid('<nil>', '', `${JSON.stringify(place.path)} ${detail}`)]));
  if (anyOf.length > 0) {
    const judged = anyOf.map((alternative) => judge(alternative, value, old, place));
    if (!judged.some(isValid)) {
      whole('must validate at least one schema (anyOf)');
      results.push(...furthest(judged));
    }
  }
  if (oneOf.length > 0) {
    const judged = oneOf.map((alternative) => judge(alternative, value, old, place));
    const valid = judged.filter(isValid).length;
    if (valid !== 1) {
      const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
      whole(`must validate one and only one schema (oneOf). ${found}`);
      if (valid === 0) results.push(...furthest(judged));
    }
  }
  if (allOf.length > 0) {
    const judged = allOf.map((part) => judge(part, value, old, place));
    results.push(...judged);
    if (!judged.every(isValid)) {
      whole(`must validate all the schemas (allOf)${judged.some(isValid) ? '' : '. None validated'}`);
    }
  }
  if (not !== undefined && isValid(judge(not, value, old, place))) whole('must not validate the schema (not)');
  return merged(results);
}

function isValid(result: ValueResult): boolean {
  return result.errors.length === 0;
}

/** The alternative that passed the most rules before it failed. */
function furthest(results: readonly ValueResult[]): readonly ValueResult[] {
  const [first, ...others] = results;
  if (first === undefined) return [];
  return [others.reduce((best, result) => (result.matches > best.matches ? result : best), first)];
}
