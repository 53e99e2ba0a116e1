import { valueStructs } from '../schema/list-rules.js';
import { modelSchema, type Schema } from '../schema/schema.js';

const known = new Map<string, Readonly<Record<string, unknown>>>();

/** What is there of an object before anybody has set anything: what a create is compared with. Shared: never change it. */
export function emptyObject(model: string): Readonly<Record<string, unknown>> {
  let object = known.get(model);
  if (object === undefined) {
    object = emptyStruct(model, ['metadata', 'spec', 'status']);
    known.set(model, object);
  }
  return object;
}

function emptyStruct(model: string, always: readonly string[]): Readonly<Record<string, unknown>> {
  const { fields, required } = modelSchema(model);
  const result: Record<string, unknown> = {};
  for (const name of new Set([...required, ...always])) {
    const empty = emptyValue(fields.get(name));
    if (empty !== undefined) result[name] = empty;
  }
  return result;
}

function emptyValue(schema: Schema | undefined): unknown {
  if (schema?.type === 'ref') return emptyStruct(schema.model, valueStructs[schema.model] ?? []);
  return schema?.type === 'list' ? [] : undefined;
}
