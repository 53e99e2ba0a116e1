import {
  checkPartUpdate,
  checkStatusUpdate,
  checkUpdate,
  type Definition,
  type Draft,
  type KubernetesObject,
  prepareForPartUpdate,
  prepareForStatusUpdate,
  prepareForUpdate,
  statusErrors,
} from '@flotilla/api';

/** Which part of an object an update may change, and what is checked of it. */
export interface UpdateStrategy {
  /** Takes back what this path cannot change. `now`: RFC 3339. */
  prepare(definition: Definition, draft: Draft<KubernetesObject>, old: KubernetesObject, now: string): void;
  check(definition: Definition, draft: Draft<KubernetesObject>, old: KubernetesObject): void;
}

const main: UpdateStrategy = { prepare: prepareForUpdate, check: checkUpdate };
const status: UpdateStrategy = { prepare: prepareForStatusUpdate, check: checkStatusUpdate };

/** @throws StatusError NotFound for a subresource that is no part of the object */
export function updateStrategy(definition: Definition, subresource: string | undefined): UpdateStrategy {
  if (subresource === undefined) return main;
  const found = definition.subresources.find(({ name }) => name === subresource);
  if (found?.name === 'status') return status;
  if (found?.part === undefined) throw statusErrors.notFoundPath();
  const { part } = found;
  return {
    prepare: (_definition, draft, old, now) => prepareForPartUpdate(definition, part, draft, old, now),
    check: (_definition, draft, old) => checkPartUpdate(definition, part, draft, old),
  };
}
