import {
  applyPatch,
  applyPatchType,
  type Definition,
  goText,
  invalid,
  isRecord,
  type KubernetesObject,
  type PatchType,
  patchTypes,
  statusErrors,
} from '@flotilla/api';
import { answer } from './answers.js';
import { applyObject } from './apply.js';
import { decodeBody, fitToTarget } from './decode-body.js';
import type { ObjectAnswer, PatchRequest } from './registry.js';
import type { RegistryContext } from './registry-context.js';
import { updateStep } from './update.js';
import { writeLoop } from './write-loop.js';

/**
 * A patch is applied to whatever is there when it is written: a lost race only means that it is applied again.
 * A resourceVersion in it makes it conditional, as in an update.
 */
export function patchObject(context: RegistryContext, definition: Definition, request: PatchRequest): Promise<ObjectAnswer> {
  return request.contentType === applyPatchType
    ? applyObject(context, definition, request)
    : patchPresent(context, definition, request);
}

async function patchPresent(context: RegistryContext, definition: Definition, request: PatchRequest): Promise<ObjectAnswer> {
  const type = patchType(request.contentType, definition);
  const { options } = request;
  let warnings: readonly string[] = [];
  const written = await writeLoop(context, definition, request, options.dryRun, async (old) => {
    const decoded = patched(definition, type, old, request);
    warnings = decoded.warnings;
    fitToTarget(decoded.object, definition, request);
    return updateStep(context, definition, request, decoded.object, old, { subresource: request.subresource ?? '' });
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
  const target = namesOwners(type, request.body) ? old : withoutOwners(old);
  const result = applyPatch(definition, type, target, request.body);
  return decodeBody(definition, result, request.options.fieldValidation, request.bodyProblems, (why) => {
    // Kubernetes shows the patch of a strategic merge in Go's notation, else the patched object.
    const shown = type === patchTypes.strategic ? goText(request.body) : JSON.stringify(result);
    return statusErrors.invalid({ group: '', kind: '' }, '', [invalid('patch', shown, why)]);
  });
}

/** managedFields are large, and few patches touch them: those that do not are spared the copy. */
function namesOwners(type: PatchType, patch: unknown): boolean {
  if (type === patchTypes.json)
    return Array.isArray(patch) && patch.some((operation) => isRecord(operation) && pointsAtOwners(operation));
  if (!isRecord(patch)) return false;
  const { metadata } = patch;
  return isRecord(metadata) && Object.hasOwn(metadata, 'managedFields');
}

function pointsAtOwners({ path, from }: Record<string, unknown>): boolean {
  return [path, from].some((pointer) => typeof pointer === 'string' && /^(\/?|\/metadata(\/managedFields.*)?)$/.test(pointer));
}

function withoutOwners(object: KubernetesObject): KubernetesObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/**
 * @param definition of what is patched: lists of custom resources have no keys that a strategic merge could go by
 * @throws StatusError UnsupportedMediaType
 */
export function patchType(contentType: string, definition: Pick<Definition, 'schema'>): PatchType {
  const types = Object.values(patchTypes).filter((type) => definition.schema === undefined || type !== patchTypes.strategic);
  const type = types.find((candidate) => candidate === contentType);
  if (type === undefined) throw statusErrors.unsupportedMediaType([...types, applyPatchType]);
  return type;
}
