import { type Definition, hasReason, type KubernetesObject } from '@flotilla/api';
import { admissionRequest } from './admission-request.js';
import { answer, successStatus } from './answers.js';
import { checkPreconditions, planDeletion } from './deletion.js';
import { encodedList } from './encoded-list.js';
import { listObjects } from './list.js';
import { deleteOptionsObject } from './options-object.js';
import type { DeleteCollectionRequest, DeleteRequest, EncodedObject, ListAnswer, ObjectAnswer } from './registry.js';
import type { RegistryContext } from './registry-context.js';
import { removal } from './update.js';
import { type Step, type WriteOutcome, writeLoop } from './write-loop.js';

/** @param request `admitted`: plugins have been asked already, in another form */
export async function deleteObject(
  context: RegistryContext,
  definition: Definition,
  request: DeleteRequest & { readonly admitted?: boolean },
): Promise<ObjectAnswer> {
  const deleted = await remove(context, definition, request);
  if (!deleted.removed) return answer(request.options.acceptedWhenPending === true ? 202 : 200, deleted);
  if (definition.returnsDeleted === true) return answer(200, deleted);
  return successStatus(definition, deleted.object);
}

async function remove(
  context: RegistryContext,
  definition: Definition,
  request: DeleteRequest & { readonly admitted?: boolean },
): Promise<WriteOutcome> {
  const { options } = request;
  return writeLoop(context, definition, request, options.dryRun, async (old): Promise<Step> => {
    checkPreconditions(definition, old, options);
    if (request.admitted !== true) {
      const { dryRun } = options;
      const asked = { operation: 'DELETE', object: undefined, old, dryRun, options: deleteOptionsObject(options) } as const;
      await context.admission.admit(admissionRequest(definition, { ...request, subresource: undefined }, asked));
    }
    const plan = planDeletion(definition, old, options, context.clock.wallMs());
    return plan.vanishes ? { remove: old, companion: removal(context, definition, old) } : { write: plan.marked };
  });
}

const parallelDeletes = 8;

/** Not atomic: each object goes by itself, and what was deleted meanwhile is no failure. */
export async function deleteCollection(
  context: RegistryContext,
  definition: Definition,
  request: DeleteCollectionRequest,
): Promise<ListAnswer> {
  const list = await listObjects(context, definition, request);
  const left = [...list.items];
  const deleted: EncodedObject[] = [];
  const work = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      request.signal.throwIfAborted();
      const gone = await removeListed(context, definition, request, item.object);
      if (gone !== undefined) deleted.push(gone);
    }
  };
  await Promise.all(Array.from({ length: parallelDeletes }, work));
  return encodedList({ apiVersion: list.apiVersion, kind: list.kind, metadata: list.metadata, items: deleted });
}

async function removeListed(
  context: RegistryContext,
  definition: Definition,
  { user, signal, notes, options }: DeleteCollectionRequest,
  { metadata }: KubernetesObject,
): Promise<EncodedObject | undefined> {
  try {
    return await remove(context, definition, {
      user,
      signal,
      notes,
      options,
      namespace: metadata.namespace,
      name: metadata.name ?? '',
    });
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
