import { cloneJson, isRecord } from '../json.js';
import { type Decoded, DecodeError, decodeModel } from '../schema/decode.js';
import { pruneObject } from '../structural/prune.js';
import { memberSchema, type StructuralSchema } from '../structural/structural-schema.js';

/**
 * Reads `input` as an object whose kind was defined at run time. Its metadata is decoded like that of every kind; of the rest
 * only unknown members are taken away, for the types of the others are a matter of validation.
 * @throws DecodeError when the metadata has a wrong type
 */
export function decodeCustom(schema: StructuralSchema, input: Record<string, unknown>): Decoded {
  const value = cloneJson(input);
  const unknown: string[] = [];
  for (const name of ['apiVersion', 'kind']) {
    if (value[name] !== undefined && typeof value[name] !== 'string') {
      throw new DecodeError(`Object '${name}' must be a string`);
    }
  }
  if (value['metadata'] !== undefined && value['metadata'] !== null) {
    const meta = decodeModel('ObjectMeta', value['metadata']);
    value['metadata'] = meta.value;
    for (const path of meta.unknownFields) unknown.push(`metadata.${path}`);
  } else {
    delete value['metadata'];
  }
  for (const path of pruneObject(value, schema)) unknown.push(path); // there may be more than a function takes arguments
  for (const name of Object.keys(value)) decodeEmbedded(value[name], memberSchema(schema, name));
  return { value, unknownFields: unknown };
}

/** What is wrong with the metadata of an embedded object is for validation to say. */
function decodeEmbedded(value: unknown, schema: StructuralSchema | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) for (const item of value) decodeEmbedded(item, schema.items);
  if (!isRecord(value)) return;
  if (schema['x-kubernetes-embedded-resource'] === true && value['metadata'] !== undefined) {
    try {
      value['metadata'] = decodeModel('ObjectMeta', value['metadata']).value;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
  for (const name of Object.keys(value)) decodeEmbedded(value[name], memberSchema(schema, name));
}
