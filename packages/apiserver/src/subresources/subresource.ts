import { type Definition, type Draft, type KubernetesObject, statusErrors } from '@flotilla/api';
import type { CreateRequest, GetRequest, ObjectAnswer, PatchRequest, UpdateRequest } from '../registry/registry.js';
import { type RegistryContext, resourceOf } from '../registry/registry-context.js';

/** A path under an object that speaks another kind than the object. Verbs that make no sense are refused. */
export interface SubresourceHandler {
  create(context: RegistryContext, definition: Definition, request: CreateRequest): Promise<ObjectAnswer>;
  get(context: RegistryContext, definition: Definition, request: GetRequest): Promise<ObjectAnswer>;
  update(context: RegistryContext, definition: Definition, request: UpdateRequest): Promise<ObjectAnswer>;
  patch(context: RegistryContext, definition: Definition, request: PatchRequest): Promise<ObjectAnswer>;
}

export function handler(verbs: Partial<SubresourceHandler>): SubresourceHandler {
  const refuse = (verb: string) => async (_context: RegistryContext, definition: Definition) => {
    throw statusErrors.methodNotAllowed(resourceOf(definition), verb);
  };
  return { create: refuse('create'), get: refuse('get'), update: refuse('update'), patch: refuse('patch'), ...verbs };
}

/** @throws StatusError BadRequest when a body of this kind is about another object than its URL */
export function checkName({ metadata }: Draft<KubernetesObject>, kind: string, name: string): void {
  if (metadata?.name === name) return;
  throw statusErrors.badRequest(`name in URL does not match name in ${kind} object`);
}
