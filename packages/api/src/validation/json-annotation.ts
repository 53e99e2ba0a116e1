import { type FieldError, invalid } from '../errors/field-error.js';
import { jsonTypeName, readJson } from '../json.js';
import { DecodeError, decodeModel } from '../schema/decode.js';

/**
 * What is wrong with a list that stands in an annotation, from before there was a member for it.
 * @param model of the items, which Kubernetes' own programs call the same
 */
export function checkListAnnotation(
  annotations: Readonly<Record<string, string | undefined>>,
  field: string,
  key: string,
  model: string,
  check: (items: Record<string, unknown>[], field: string) => FieldError[],
): FieldError[] {
  const { [key]: text = '' } = annotations;
  if (text === '') return [];
  const list = readList(text, model);
  return typeof list === 'string' ? [invalid(field, key, list)] : check(list, `${field}.${key}`);
}

function readList(text: string, model: string): Record<string, unknown>[] | string {
  const { value, problem } = readJson(text);
  if (problem !== undefined) return problem;
  if (value === null) return [];
  if (!Array.isArray(value)) return `json: cannot unmarshal ${jsonTypeName(value)} into Go value of type []core.${model}`;
  try {
    return value.map((item) => decodeModel(model, item ?? {}).value);
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}
