import { type Definition, type Draft, decodeObject, type KubernetesObject, type StatusError, statusErrors } from '@flotilla/api';
import type { FieldValidation } from './registry.js';

export interface DecodedBody {
  readonly object: Draft<KubernetesObject>;
  readonly warnings: readonly string[];
}

type Decodable = Pick<Definition, 'group' | 'version' | 'kind' | 'model'>;

/** What a client is told of a body that is not what it should be. */
type Refuse = (why: string) => StatusError;

function cannotBeHandled({ kind, version }: Decodable, why: string): StatusError {
  return statusErrors.badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);
}

/**
 * The body of a write as an object of its kind.
 * @param problems what the parser noticed, such as duplicate fields
 * @param refuse makes the error of a strict validation
 * @throws StatusError BadRequest
 */
export function decodeBody(
  definition: Decodable,
  body: unknown,
  fieldValidation: FieldValidation,
  problems: readonly string[] = [],
  refuse: Refuse = (why) => cannotBeHandled(definition, why),
): DecodedBody {
  const decoded = decodeObject(definition, body, { fieldValidation: fieldValidation === 'Ignore' ? 'Ignore' : 'Warn' });
  if (fieldValidation === 'Ignore') return { object: decoded.object, warnings: [] };
  const found = [...decoded.warnings, ...problems];
  if (fieldValidation === 'Strict' && found.length > 0) {
    throw refuse(`strict decoding error: ${found.join(', ')}`);
  }
  return { object: decoded.object, warnings: found };
}

/** Fits name and namespace of the body to those of the URL. @throws StatusError BadRequest when they contradict each other */
export function fitToTarget(
  draft: Draft<KubernetesObject>,
  definition: Pick<Definition, 'namespaced'>,
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
