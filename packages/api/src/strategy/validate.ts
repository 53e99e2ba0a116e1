import type { Definition, PartUpdate } from '../definition.js';
import { type FieldError, firstErrors } from '../errors/field-error.js';
import { type StatusError, statusErrors } from '../errors/status-error.js';
import type { Draft, KubernetesObject } from '../objects.js';
import { validateObjectMeta, validateObjectMetaUpdate } from '../validation/object-meta.js';

/** @throws StatusError Invalid, with a cause for everything that is wrong */
export function checkCreate(definition: Definition, draft: Draft<KubernetesObject>): void {
  const meta = draft.metadata ?? {};
  raise(definition, meta.name ?? '', () => [
    ...validateObjectMeta(meta, definition),
    ...(definition.validate?.(draft) ?? []),
    ...(definition.validateCreate?.(draft) ?? []),
  ]);
}

/** @throws StatusError Invalid */
export function checkUpdate(definition: Definition, draft: Draft<KubernetesObject>, old: KubernetesObject): void {
  raise(definition, old.metadata.name ?? '', () => [
    ...validateObjectMetaUpdate(draft.metadata ?? {}, old.metadata, definition),
    ...(definition.validate?.(draft, old) ?? []),
    ...(definition.validateUpdate?.(draft, old) ?? []),
  ]);
}

/** @throws StatusError Invalid */
export function checkStatusUpdate(definition: Definition, draft: Draft<KubernetesObject>, old: KubernetesObject): void {
  raise(definition, old.metadata.name ?? '', () => [
    ...validateObjectMetaUpdate(draft.metadata ?? {}, old.metadata, definition),
    ...(definition.validateStatusUpdate?.(draft, old) ?? []),
  ]);
}

/** @throws StatusError Invalid */
export function checkPartUpdate(
  definition: Definition,
  part: PartUpdate,
  draft: Draft<KubernetesObject>,
  old: KubernetesObject,
): void {
  raise(definition, old.metadata.name ?? '', () => [
    ...validateObjectMetaUpdate(draft.metadata ?? {}, old.metadata, definition),
    ...part.validate(draft, old),
  ]);
}

function raise(definition: Definition, name: string, validate: () => readonly FieldError[]): void {
  // Those of a schema stop by themselves: judging alternatives makes errors that nobody hears of.
  const errors = definition.schema === undefined ? firstErrors(validate) : validate();
  if (errors.length > 0) throw invalidError(definition, name, errors);
}

function invalidError({ group, kind }: Definition, name: string, errors: readonly FieldError[]): StatusError {
  return statusErrors.invalid({ group, kind }, name, errors);
}
