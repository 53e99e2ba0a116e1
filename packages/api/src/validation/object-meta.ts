import { type FieldError, forbidden, invalid, required, tooLong } from '../errors/field-error.js';
import type { ObjectMeta, OwnerReference } from '../generated/types.js';
import { equalButEmptyLists } from '../json.js';
import type { Draft } from '../objects.js';
import { utf8Length } from '../values/utf8.js';
import { isEmpty, problemsOf } from './check.js';
import { validateManagedFields } from './field-manager.js';
import { dns1123LabelProblems, labelValueProblems, qualifiedNameProblems } from './names.js';

/** What an object may carry of annotations, keys and values together. */
const annotationsBytesMax = 256 * 1024;
const standardFinalizers = ['orphan', 'foregroundDeletion', 'kubernetes'];
/** Two ways to deal with what an object owns, of which one only can be taken. */
const exclusiveFinalizers = ['orphan', 'foregroundDeletion'] as const;
export const immutableMessage = 'field is immutable';

interface MetaRules {
  readonly namespaced: boolean;
  /** Whether finalizers need no domain: of the kinds that came after the first ones. */
  readonly plainFinalizers?: boolean;
  nameProblems(name: string, prefix: boolean): readonly string[];
}

/** What metadata must fulfil on create, once a name has been generated. */
export function validateObjectMeta(meta: Draft<ObjectMeta>, rules: MetaRules): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', generateName = '' } = meta;
  if (generateName !== '') {
    for (const problem of rules.nameProblems(generateName, true))
      errors.push(invalid('metadata.generateName', generateName, problem));
  }
  if (name === '') errors.push(required('metadata.name', 'name or generateName is required'));
  else for (const problem of rules.nameProblems(name, false)) errors.push(invalid('metadata.name', name, problem));
  return [...errors, ...validateNamespace(meta.namespace, rules), ...validateMetaMembers(meta, rules)];
}

/** What metadata must fulfil on update. */
export function validateObjectMetaUpdate(
  meta: Draft<ObjectMeta>,
  old: ObjectMeta,
  rules: Pick<MetaRules, 'plainFinalizers'>,
): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) {
    const before = new Set(old.finalizers);
    const added = (meta.finalizers ?? []).filter((finalizer) => !before.has(finalizer)).sort();
    if (added.length > 0) {
      const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
      const why = 'no new finalizers can be added if the object is being deleted, found new finalizers';
      errors.push(forbidden('metadata.finalizers', `${why} ${list}`));
    }
  }
  for (const name of ['name', 'namespace', 'uid', 'creationTimestamp'] as const) {
    if ((meta[name] ?? '') !== (old[name] ?? '')) errors.push(invalid(`metadata.${name}`, meta[name] ?? '', immutableMessage));
  }
  return [...errors, ...validateMetaMembers(meta, rules)];
}

function validateNamespace(namespace: string | undefined, { namespaced }: MetaRules): FieldError[] {
  if (!namespaced) return isEmpty(namespace) ? [] : [forbidden('metadata.namespace', 'not allowed on this type')];
  if (namespace === undefined || namespace === '') return [required('metadata.namespace')];
  return dns1123LabelProblems(namespace).map((problem) => invalid('metadata.namespace', namespace, problem));
}

function validateMetaMembers(
  meta: Draft<ObjectMeta>,
  { plainFinalizers = false }: Pick<MetaRules, 'plainFinalizers'>,
): FieldError[] {
  return [
    ...validateLabels(meta.labels, 'metadata.labels'),
    ...validateAnnotations(meta.annotations, 'metadata.annotations'),
    ...validateOwnerReferences(meta.ownerReferences ?? []),
    ...validateFinalizerNames(meta.finalizers ?? [], 'metadata.finalizers'),
    ...validateManagedFields(meta.managedFields ?? [], 'metadata.managedFields'),
    ...(plainFinalizers ? [] : validateKnownFinalizers(meta.finalizers ?? [], 'metadata.finalizers')),
  ];
}

type Strings = Readonly<Record<string, string | undefined>>;

export function validateLabels(labels: Strings | undefined, field: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value = '']) => [
    ...qualifiedNameProblems(key).map((problem) => invalid(field, key, problem)),
    ...labelValueProblems(value).map((problem) => invalid(field, value, problem)),
  ]);
}

export function validateAnnotations(annotations: Strings | undefined, field: string): FieldError[] {
  let bytes = 0;
  const errors = Object.entries(annotations ?? {}).flatMap(([key, value = '']) => {
    bytes += utf8Length(key) + utf8Length(value);
    return qualifiedNameProblems(key.toLowerCase()).map((problem) => invalid(field, key, problem));
  });
  return bytes > annotationsBytesMax ? [...errors, tooLong(field, annotationsBytesMax)] : errors;
}

function validateOwnerReferences(references: readonly Draft<OwnerReference>[]): FieldError[] {
  const field = 'metadata.ownerReferences';
  const errors: FieldError[] = [];
  const controllers: string[] = [];
  for (const reference of references) {
    const { apiVersion = '', kind = '', name = '' } = reference;
    if (!/^([^/]*\/)?[^/]+$/.test(apiVersion)) {
      errors.push(invalid(`${field}.apiVersion`, apiVersion, 'version must not be empty'));
    }
    for (const member of ['kind', 'name', 'uid'] as const) {
      if (isEmpty(reference[member])) errors.push(invalid(`${field}.${member}`, '', 'must not be empty'));
    }
    if ((apiVersion === 'v1' || apiVersion === '/v1') && kind === 'Event') {
      errors.push(invalid(field, reference, '/v1, Kind=Event is disallowed from being an owner'));
    }
    if (reference.controller === true) controllers.push(`${kind}/${name}`);
  }
  if (controllers.length < 2) return errors;
  // Once, for it shows all of them.
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${controllers.slice(0, 2).join(' and ')}`;
  return [...errors, invalid(field, references, why)];
}

function validateFinalizerNames(finalizers: readonly string[], field: string): FieldError[] {
  const errors = finalizers.flatMap((finalizer) => problemsOf(field, finalizer, qualifiedNameProblems(finalizer)));
  if (!exclusiveFinalizers.every((name) => finalizers.includes(name))) return errors;
  return [...errors, invalid(field, finalizers, `finalizer ${exclusiveFinalizers.join(' and ')} cannot be both set`)];
}

/** A finalizer's owner shows in its name, but for those that Kubernetes itself knows. */
function validateKnownFinalizers(finalizers: readonly string[], field: string): FieldError[] {
  return finalizers.flatMap((finalizer, index) => validateKnown(finalizer, `${field}[${index}]`));
}

function validateKnown(finalizer: string, field: string): FieldError[] {
  if (finalizer.includes('/') || standardFinalizers.includes(finalizer)) return [];
  return [invalid(field, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
}

/** A finalizer of what an object holds: its name is a proper one, and known or qualified. */
export function validateFinalizer(finalizer: string, field: string): FieldError[] {
  return [...problemsOf(field, finalizer, qualifiedNameProblems(finalizer)), ...validateKnown(finalizer, field)];
}

/** @returns an error when the member has changed */
export function immutable(field: string, now: unknown, before: unknown): FieldError[] {
  return equalButEmptyLists(now, before) ? [] : [invalid(field, now, immutableMessage)];
}
