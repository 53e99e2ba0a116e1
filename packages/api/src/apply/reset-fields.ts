import type { Definition } from '../definition.js';
import { apiVersionOf } from '../objects.js';
import type { ApplySchema } from './apply-schema.js';
import { emptyObject } from './empty-object.js';
import { type FieldSet, noFields, setOf } from './field-set.js';
import { modelApplySchema } from './model-apply-schema.js';

export function applySchemaOf(definition: Definition): ApplySchema {
  return definition.applySchema ?? modelApplySchema(definition.model);
}

/** What a new object of the kind is compared with, to see what its creator has set. */
export function emptyObjectOf(definition: Definition): object {
  return definition.applySchema === undefined
    ? emptyObject(definition.model)
    : { apiVersion: apiVersionOf(definition), metadata: {} };
}

const status = setOf(['f:status']);

/**
 * Fields that a path of an object cannot write.
 * @param subresource empty: the object itself
 */
export function resetFieldsOf(definition: Definition, subresource: string): FieldSet {
  if (subresource === 'status') return resetByStatus(definition);
  return subresource === '' && definition.subresources.some(({ name }) => name === 'status') ? status : noFields;
}

/** What an update of the status takes back: see `prepareForStatusUpdate`. */
function resetByStatus({ statusKeeps = [] }: Definition): FieldSet {
  return setOf(['f:spec'], ...statusKeeps.map((name) => ['f:metadata', `f:${name}`]));
}
