import type { Definition } from '../definition.js';
import { StatusError } from '../errors/status-error.js';
import { cloneJson } from '../json.js';
import type { Draft, KubernetesObject } from '../objects.js';
import { decodeObject } from '../strategy/decode-object.js';
import {
  applyDefaults,
  prepareForCreate,
  prepareForPartUpdate,
  prepareForStatusUpdate,
  prepareForUpdate,
} from '../strategy/prepare.js';
import { checkCreate, checkPartUpdate, checkStatusUpdate, checkUpdate } from '../strategy/validate.js';

/** When updates are made. */
export const now = '2026-01-02T03:04:05Z';

/** An object by the name x as it is stored. @throws StatusError */
export function created(definition: Definition, body: object): KubernetesObject {
  const { object } = decodeObject(definition, body);
  object.metadata = { ...(definition.namespaced ? { namespace: 'default' } : {}), name: 'x', ...object.metadata };
  applyDefaults(definition, object);
  prepareForCreate(definition, object);
  checkCreate(definition, object);
  return object as KubernetesObject; // it was checked
}

/**
 * What an update makes of `old` when it sends it back with these members changed.
 * @param path `main`, or the name of a subresource that is a part of the object
 * @throws StatusError
 */
export function updated(definition: Definition, old: KubernetesObject, change: object, path = 'main'): KubernetesObject {
  const draft: Draft<KubernetesObject> = decodeObject(definition, { ...cloneJson(old), ...change }).object;
  draft.metadata = { ...cloneJson(old.metadata), ...draft.metadata };
  applyDefaults(definition, draft);
  const part = definition.subresources.find(({ name }) => name === path)?.part;
  if (part !== undefined) {
    prepareForPartUpdate(definition, part, draft, old, now);
    checkPartUpdate(definition, part, draft, old);
  } else if (path === 'status') {
    prepareForStatusUpdate(definition, draft, old, now);
    checkStatusUpdate(definition, draft, old);
  } else {
    prepareForUpdate(definition, draft, old);
    checkUpdate(definition, draft, old);
  }
  return draft as KubernetesObject; // it was checked
}

/** What is said of an object by the name x, and of its update when there is one; empty when it is accepted. */
export function refusal(definition: Definition, body: object, change?: object, path = 'main'): string {
  try {
    const old = created(definition, body);
    if (change !== undefined) updated(definition, old, change, path);
    return '';
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}

/** The same, without the kind and the name. */
export function complaint(definition: Definition, body: object, change?: object, path = 'main'): string {
  return refusal(definition, body, change, path).replace(/^.*? is invalid: /, '');
}
