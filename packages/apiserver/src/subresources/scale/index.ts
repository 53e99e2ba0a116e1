import {
  applyPatchType,
  cloneJson,
  type Definition,
  type Draft,
  type KubernetesObject,
  type Scale,
  statusErrors,
} from '@flotilla/api';
import { admissionRequest } from '../../registry/admission-request.js';
import { plainAnswer, shownAnswer } from '../../registry/answers.js';
import { decodeBody, fitToTarget } from '../../registry/decode-body.js';
import { readObject } from '../../registry/get.js';
import { writeOptionsObject } from '../../registry/options-object.js';
import { patched, patchType } from '../../registry/patch.js';
import type { NamedTarget, ObjectAnswer, WriteOptions } from '../../registry/registry.js';
import { type RegistryContext, resourceOf } from '../../registry/registry-context.js';
import { updateStep } from '../../registry/update.js';
import { writeLoop } from '../../registry/write-loop.js';
import { handler } from '../subresource.js';
import { applyScale } from './apply-scale.js';
import { checkScale, scaleDefinition, scaleOf, withReplicas } from './scale.js';

/** `/scale`: the replicas of an object, in one shape for every kind that has some. */
export const scale = handler({
  async get(context, definition, request) {
    const stored = await readObject(context, definition, request);
    if (stored === undefined) throw statusErrors.notFound(resourceOf(definition), request.name);
    const shown = await shownAnswer(200, context.caches.view(definition), stored);
    return plainAnswer(200, scaleOf(definition, shown.object));
  },

  async update(context, definition, request) {
    const { options } = request;
    const { object, warnings } = decodeBody(scaleDefinition, request.body, options.fieldValidation, request.bodyProblems);
    fitToTarget(object, definition, request);
    return write(context, definition, request, () => object, warnings);
  },

  async patch(context, definition, request) {
    if (request.contentType === applyPatchType) return applyScale(context, definition, request);
    const type = patchType(request.contentType, definition);
    return write(context, definition, request, (current) => patched(scaleDefinition, type, current, request).object, []);
  },
});

async function write(
  context: RegistryContext,
  definition: Definition,
  request: NamedTarget & { readonly options: WriteOptions },
  wanted: (current: Scale) => Draft<Scale>,
  warnings: readonly string[],
): Promise<ObjectAnswer> {
  const written = await writeLoop(context, definition, request, request.options.dryRun, async (old) => {
    const target = cloneJson(wanted(scaleOf(definition, old))) as Draft<Scale>; // a copy has the type of its original
    const admitted = admissionRequest(definition, request, {
      operation: 'UPDATE',
      kind: scaleDefinition,
      object: target,
      old: scaleOf(definition, old),
      dryRun: request.options.dryRun,
      options: writeOptionsObject('contentType' in request ? 'PatchOptions' : 'UpdateOptions', request.options),
    });
    await context.admission.mutate(admitted);
    checkScale(target, request.name);
    await context.admission.validate(admitted);
    const draft = withReplicas(definition, old, target);
    const self = { ...request, subresource: undefined, admitted: true };
    return updateStep(context, definition, self, draft, old, { subresource: 'scale' });
  });
  return plainAnswer(200, scaleOf(definition, written.object as KubernetesObject), warnings);
}
