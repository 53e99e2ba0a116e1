import {
  type Definition,
  type FieldRequirement,
  fieldMatcher,
  matchesRequirements,
  parseFieldSelector,
  parseLabelSelector,
  SelectorError,
  statusErrors,
} from '@flotilla/api';
import type { StoredObject } from './stored-object.js';
import type { View } from './view.js';

/** Which objects of a resource a list or watch is about. */
export interface Selection {
  /** Of the keys. */
  readonly prefix: string;
  /** Whether selectors narrow it beyond the prefix. */
  readonly filtered: boolean;
  readonly fields: readonly FieldRequirement[];
  matches(object: StoredObject): boolean;
}

/** @throws StatusError BadRequest for a selector that cannot be read */
export function selectionOf(
  definition: Definition,
  view: View,
  prefix: string,
  selectors: { readonly labelSelector: string; readonly fieldSelector: string },
): Selection {
  try {
    const labels = selectors.labelSelector === '' ? [] : parseLabelSelector(selectors.labelSelector);
    const fields = selectors.fieldSelector === '' ? [] : parseFieldSelector(selectors.fieldSelector);
    const matchesFields = fields.length === 0 ? undefined : fieldMatcher(definition, fields);
    return {
      prefix,
      filtered: labels.length > 0 || fields.length > 0,
      fields,
      matches(object) {
        if (!object.key.startsWith(prefix)) return false;
        if (labels.length > 0 && !matchesRequirements(labels, object.object.metadata.labels ?? {})) return false;
        return matchesFields === undefined || matchesFields(view.of(object).object);
      },
    };
  } catch (error) {
    if (error instanceof SelectorError) throw statusErrors.badRequest(error.message);
    throw error;
  }
}
