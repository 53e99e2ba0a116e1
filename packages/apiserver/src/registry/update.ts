import {
  applyDefaults,
  cloneJson,
  type Definition,
  type Draft,
  hasReason,
  invalid,
  type KubernetesObject,
  statusErrors,
  timeText,
} from '@flotilla/api';
import { admissionRequest } from './admission-request.js';
import { answer } from './answers.js';
import { createObject, withWarnings } from './create.js';
import { decodeBody, fitToTarget } from './decode-body.js';
import { readyToVanish } from './deletion.js';
import { writeOptionsObject } from './options-object.js';
import { changesNothing, type Owners, ownChanged } from './ownership.js';
import type { NamedTarget, ObjectAnswer, UpdateRequest, WriteOptions } from './registry.js';
import { type RegistryContext, resourceOf } from './registry-context.js';
import { updateStrategy } from './update-strategy.js';
import { warnOfObject } from './warn.js';
import { type Step, writeLoop } from './write-loop.js';

export async function updateObject(
  context: RegistryContext,
  definition: Definition,
  request: UpdateRequest,
): Promise<ObjectAnswer> {
  const { options, subresource } = request;
  const { object: sent, warnings } = decodeBody(definition, request.body, options.fieldValidation, request.bodyProblems);
  fitToTarget(sent, definition, request);
  try {
    const written = await writeLoop(context, definition, request, options.dryRun, (old) => {
      const draft = cloneJson(sent) as Draft<KubernetesObject>; // a copy has the type of its original
      return updateStep(context, definition, request, draft, old, { subresource: subresource ?? '' });
    });
    return answer(200, written, warnings);
  } catch (error) {
    const creates = definition.allowCreateOnUpdate && subresource === undefined && hasReason(error, 'NotFound');
    if (!creates) throw error;
    return withWarnings(await createObject(context, definition, request), []);
  }
}

/**
 * From what the client wants and what is there to what is written.
 * @param request `admitted`: plugins have seen the change already, in another form
 * @param draft of this attempt alone; with the managedFields to be stored when the owners are decided, else with those that the client sent
 * @throws StatusError Conflict when the client has seen another version, Invalid, Forbidden
 */
export async function updateStep(
  context: RegistryContext,
  definition: Definition,
  request: NamedTarget & { readonly options: WriteOptions; readonly admitted?: boolean },
  draft: Draft<KubernetesObject>,
  old: KubernetesObject,
  owners: Owners,
): Promise<Step> {
  const strategy = updateStrategy(definition, request.subresource);
  checkVersion(context, definition, request, draft, old);
  applyDefaults(definition, draft);
  if (owners !== 'decided') {
    const manager = request.options.fieldManager;
    await ownChanged(context, definition, owners.subresource, { draft, old, manager });
  }
  const admitted = admissionRequest(definition, request, {
    operation: 'UPDATE',
    object: draft,
    old,
    dryRun: request.options.dryRun,
    options: writeOptionsObject('contentType' in request ? 'PatchOptions' : 'UpdateOptions', request.options),
  });
  if (request.admitted !== true) await context.admission.mutate(admitted);
  applyDefaults(definition, draft);
  strategy.prepare(definition, draft, old, timeText(context.clock.wallMs()));
  const companion =
    request.subresource === undefined ? await context.hooks.get(definition.storagePath)?.update(draft, old) : undefined;
  strategy.check(definition, draft, old);
  if (request.subresource === undefined) warnOfObject(definition, request, draft, old);
  if (request.admitted !== true) await context.admission.validate(admitted);
  const object = draft as KubernetesObject; // the checks have made sure
  if (readyToVanish(object)) return { remove: object, companion: removal(context, definition, object) };
  if (companion !== undefined && companion.operations.length > 0) return { write: object, companion };
  return changesNothing(draft, old) ? { keep: true } : { write: object };
}

export function removal(context: RegistryContext, definition: Definition, object: KubernetesObject) {
  return context.hooks.get(definition.storagePath)?.delete(object) ?? { compare: [], operations: [] };
}

function checkVersion(
  { keys }: RegistryContext,
  definition: Definition,
  target: NamedTarget,
  draft: Draft<KubernetesObject>,
  old: KubernetesObject,
): void {
  const { resourceVersion = '', uid = '' } = draft.metadata ?? {};
  const name = old.metadata.name ?? '';
  if (uid !== '' && uid !== old.metadata.uid) {
    const key = keys.object(definition, target.namespace, name);
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`;
    const error = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
    throw statusErrors.conflict(resourceOf(definition), name, error);
  }
  if (resourceVersion === '' || resourceVersion === '0') {
    if (definition.allowUnconditionalUpdate) return;
    const error = invalid('metadata.resourceVersion', 0, 'must be specified for an update');
    throw statusErrors.invalid({ group: definition.group, kind: definition.plural }, name, [error]);
  }
  if (resourceVersion !== old.metadata.resourceVersion) throw statusErrors.conflict(resourceOf(definition), name);
}
