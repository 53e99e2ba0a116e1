import { applyPatch, type Definition, type KubernetesObject, type PatchType, patchTypes, statusErrors } from '@flotilla/api';
import { answer } from './answers.js';
import { decodeBody, fitToTarget } from './decode-body.js';
import type { ObjectAnswer, PatchRequest } from './registry.js';
import type { RegistryContext } from './registry-context.js';
import { updateStep } from './update.js';
import { writeLoop } from './write-loop.js';

/**
 * A patch is applied to whatever is there when it is written: a lost race only means that it is applied again.
 * A resourceVersion in it makes it conditional, as in an update.
 */
export async function patchObject(
  context: RegistryContext,
  definition: Definition,
  request: PatchRequest,
): Promise<ObjectAnswer> {
  const type = patchType(request.contentType);
  const { options } = request;
  let warnings: readonly string[] = [];
  const written = await writeLoop(context, definition, request, options.dryRun, async (old) => {
    const decoded = patched(definition, type, old, request);
    warnings = decoded.warnings;
    fitToTarget(decoded.object, definition, request);
    return updateStep(context, definition, request, decoded.object, old);
  });
  return answer(200, written, warnings);
}

/** The patched object, decoded. @throws StatusError */
export function patched(
  definition: Pick<Definition, 'group' | 'version' | 'kind' | 'model'>,
  type: PatchType,
  old: KubernetesObject,
  request: PatchRequest,
) {
  const result = applyPatch(definition, type, old, request.body);
  return decodeBody(definition, result, request.options.fieldValidation, request.bodyProblems);
}

/** @throws StatusError UnsupportedMediaType; server-side apply is not among what is served */
export function patchType(contentType: string): PatchType {
  const types = Object.values(patchTypes);
  const type = types.find((candidate) => candidate === contentType);
  if (type === undefined) throw statusErrors.unsupportedMediaType(types);
  return type;
}
