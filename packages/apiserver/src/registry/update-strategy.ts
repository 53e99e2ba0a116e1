import {
  checkStatusUpdate,
  checkUpdate,
  cloneJson,
  type Definition,
  type Draft,
  type KubernetesObject,
  prepareForStatusUpdate,
  prepareForUpdate,
  statusErrors,
} from '@flotilla/api';

/** Which part of an object an update may change, and what is checked of it. */
export interface UpdateStrategy {
  /** Takes back what this path cannot change. */
  prepare(definition: Definition, draft: Draft<KubernetesObject>, old: KubernetesObject): void;
  check(definition: Definition, draft: Draft<KubernetesObject>, old: KubernetesObject): void;
}

const main: UpdateStrategy = { prepare: prepareForUpdate, check: checkUpdate };
const status: UpdateStrategy = { prepare: prepareForStatusUpdate, check: checkStatusUpdate };

/** `/finalize` of a Namespace: the one way to change spec.finalizers. */
const finalize: UpdateStrategy = {
  prepare(definition, draft, old) {
    const wanted = 'spec' in draft ? cloneJson(draft.spec) : {};
    prepareForStatusUpdate(definition, draft, old);
    Object.assign(draft, { spec: wanted });
    if ('status' in old) Object.assign(draft, { status: cloneJson(old.status) });
  },
  check: checkStatusUpdate,
};

/** @throws StatusError NotFound for a subresource that is no part of the object */
export function updateStrategy(definition: Definition, subresource: string | undefined): UpdateStrategy {
  if (subresource === undefined) return main;
  const exists = definition.subresources.some(({ name }) => name === subresource);
  if (exists && subresource === 'status') return status;
  if (exists && subresource === 'finalize') return finalize;
  throw statusErrors.notFoundPath();
}
