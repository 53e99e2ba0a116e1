import { type Definition, type Draft, decodeObject, type KubernetesObject, statusErrors } from '@flotilla/api';
import type { FieldValidation } from './registry.js';

export interface DecodedBody {
  readonly object: Draft<KubernetesObject>;
  readonly warnings: readonly string[];
}

/**
 * The body of a write as an object of its kind.
 * @param problems what the parser noticed, such as duplicate fields
 * @throws StatusError BadRequest
 */
export function decodeBody(
  definition: Pick<Definition, 'group' | 'version' | 'kind' | 'model'>,
  body: unknown,
  fieldValidation: FieldValidation,
  problems: readonly string[] = [],
): DecodedBody {
  const decoded = decodeObject(definition, body, { fieldValidation: fieldValidation === 'Ignore' ? 'Ignore' : 'Warn' });
  if (fieldValidation === 'Ignore') return { object: decoded.object, warnings: [] };
  const found = [...decoded.warnings, ...problems];
  if (fieldValidation === 'Strict' && found.length > 0) {
    const { kind, version } = definition;
    const why = `strict decoding error: ${found.join(', ')}`;
    throw statusErrors.badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);
  }
  return { object: decoded.object, warnings: found };
}

/** Fits name and namespace of the body to those of the URL. @throws StatusError BadRequest when they contradict each other */
export function fitToTarget(
  draft: Draft<KubernetesObject>,
  definition: Definition,
  target: { readonly namespace?: string | undefined; readonly name?: string | undefined },
): void {
  const meta = draft.metadata ?? {};
  draft.metadata = meta;
  if (target.name !== undefined) {
    if (meta.name !== undefined && meta.name !== '' && meta.name !== target.name) {
      throw statusErrors.badRequest(`the name of the object (${meta.name}) does not match the name on the URL (${target.name})`);
    }
    meta.name = target.name;
  }
  if (!definition.namespaced) return;
  if (meta.namespace !== undefined && meta.namespace !== '' && meta.namespace !== target.namespace) {
    throw statusErrors.badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (target.namespace !== undefined) meta.namespace = target.namespace;
}
