import {
  type Definition,
  type FieldRequirement,
  fieldMatcher,
  type KubernetesObject,
  matchesRequirements,
  parseFieldSelector,
  parseLabelSelector,
  type Requirement,
  SelectorError,
  statusErrors,
} from '@flotilla/api';
import type { ReadIndexed } from './object-index.js';
import type { StoredObject } from './stored-object.js';
import type { View } from './view.js';

/** That a label or a field has one value: by this, a watch cache finds objects without looking at all of them. */
interface ExactMatch {
  /** Stands for `read`. */
  readonly name: string;
  readonly read: ReadIndexed;
  readonly value: string;
}

/** Which objects of a resource a list or watch is about. */
export interface Selection {
  /** Of the keys. */
  readonly prefix: string;
  /** Whether selectors narrow it beyond the prefix. */
  readonly filtered: boolean;
  readonly fields: readonly FieldRequirement[];
  /** There where it depends on more than metadata, and somebody else converts the rest: has to be awaited before `matches`. */
  readonly prepare: ((objects: readonly StoredObject[]) => Promise<void>) | undefined;
  /** One of the conditions, if there is such a one. */
  readonly exact: ExactMatch | undefined;
  matches(object: StoredObject): boolean;
}

interface SelectorTexts {
  readonly labelSelector: string;
  readonly fieldSelector: string;
}

/** @throws StatusError BadRequest for a selector that cannot be read */
export function selectionOf(definition: Definition, view: View, prefix: string, selectors: SelectorTexts): Selection {
  const { labels, fields, matches } = selectorsOf(definition, selectors);
  const inMetadata = fields.every(({ field }) => field.startsWith('metadata.'));
  return {
    prefix,
    filtered: labels.length > 0 || fields.length > 0,
    fields,
    prepare: inMetadata ? undefined : view.prepare?.bind(view),
    exact: exactLabel(labels) ?? (view.prepare === undefined ? exactField(definition, view, fields) : undefined),
    matches: (object) =>
      object.key.startsWith(prefix) && matches(object.object, inMetadata ? undefined : () => view.of(object).object),
  };
}

/** What is asked for by labels and fields. */
interface Selectors {
  readonly labels: readonly Requirement[];
  readonly fields: readonly FieldRequirement[];
  /** @param shown what clients see of the object, where that is another version; read only when fields are asked for */
  matches(object: KubernetesObject, shown?: () => KubernetesObject): boolean;
}

/** @throws StatusError BadRequest for a selector that cannot be read */
export function selectorsOf(definition: Definition, { labelSelector, fieldSelector }: SelectorTexts): Selectors {
  try {
    const labels = labelSelector === '' ? [] : parseLabelSelector(labelSelector);
    const fields = fieldSelector === '' ? [] : parseFieldSelector(fieldSelector);
    const matchesFields = fields.length === 0 ? undefined : fieldMatcher<KubernetesObject>(definition, fields);
    return {
      labels,
      fields,
      matches(object, shown) {
        if (labels.length > 0 && !matchesRequirements(labels, object.metadata.labels ?? {})) return false;
        return matchesFields === undefined || matchesFields(shown?.() ?? object);
      },
    };
  } catch (error) {
    if (error instanceof SelectorError) throw statusErrors.badRequest(error.message);
    throw error;
  }
}

function exactLabel(requirements: readonly Requirement[]): ExactMatch | undefined {
  for (const { key, operator, values } of requirements) {
    const [value] = values;
    if (value === undefined || values.length > 1 || !(operator === '=' || operator === '==' || operator === 'in')) continue;
    return { name: `label ${key}`, read: ({ object }) => labelOf(object.metadata.labels, key), value };
  }
  return undefined;
}

function labelOf(labels: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function exactField(definition: Definition, view: View, requirements: readonly FieldRequirement[]): ExactMatch | undefined {
  for (const { field, operator, value } of requirements) {
    const read = definition.selectableFields[field];
    if (operator !== '=' || read === undefined) continue;
    return { name: `field ${definition.version} ${field}`, read: (stored) => read(view.of(stored).object), value };
  }
  return undefined;
}
