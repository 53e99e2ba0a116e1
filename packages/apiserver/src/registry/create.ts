import {
  type Applied,
  applyDefaults,
  checkCreate,
  cloneJson,
  type Definition,
  type Draft,
  type KubernetesObject,
  prepareForCreate,
  StatusError,
  statusErrors,
  timeText,
} from '@flotilla/api';
import type { AdmissionRequest } from '../admission/admission.js';
import { generateNameAttemptsMax, updateAttemptsMax } from '../limits.js';
import { alone, type Companion } from '../storage/object-store.js';
import { storable } from '../storage/stored-object.js';
import { admissionRequest } from './admission-request.js';
import { answer, plainAnswer, shownAnswer } from './answers.js';
import { toStorage } from './convert.js';
import { decodeBody, fitToTarget } from './decode-body.js';
import { generateName, newUid } from './identity.js';
import { writeOptionsObject } from './options-object.js';
import { ownCreated, setOwners } from './ownership.js';
import type { CreateRequest, ObjectAnswer } from './registry.js';
import { type RegistryContext, resourceOf } from './registry-context.js';
import { warnOfObject } from './warn.js';

/** @param owned what is known of the owners of the object's fields; absent: whoever creates it owns what is in the request */
export async function createObject(
  context: RegistryContext,
  definition: Definition,
  request: CreateRequest,
  owned?: { readonly managedFields: Applied['managedFields'] },
): Promise<ObjectAnswer> {
  const { options, namespace } = request;
  const { object: draft, warnings } = decodeBody(definition, request.body, options.fieldValidation, request.bodyProblems);
  fitToTarget(draft, definition, { namespace, name: request.name });
  const meta = draft.metadata ?? {};
  if (meta.resourceVersion !== undefined && meta.resourceVersion !== '') {
    throw statusErrors.badRequest('resourceVersion should not be set on objects to be created');
  }
  applyDefaults(definition, draft);
  if (owned !== undefined) setOwners(draft, owned.managedFields);
  else await ownCreated(context, definition, draft, options.fieldManager);
  const admitted = admissionRequest(
    definition,
    { ...request, subresource: undefined, name: draft.metadata?.name },
    {
      operation: 'CREATE',
      object: draft,
      old: undefined,
      dryRun: options.dryRun,
      options: writeOptionsObject('CreateOptions', options),
    },
  );
  await context.admission.mutate(admitted);
  applyDefaults(definition, draft);
  meta.uid = newUid(context.random);
  meta.creationTimestamp = timeText(context.clock.wallMs());
  const created = await insert(context, definition, request, draft, admitted);
  return withWarnings(created, warnings);
}

/** Tries names until one is free, where the name is generated; and companions, where one stands in the way. */
async function insert(
  context: RegistryContext,
  definition: Definition,
  request: CreateRequest,
  prepared: Draft<KubernetesObject>,
  admitted: AdmissionRequest,
): Promise<ObjectAnswer> {
  const { name: wanted = '', generateName: base = '' } = prepared.metadata ?? {};
  const generated = wanted === '' && base !== '';
  const hook = context.hooks.get(definition.storagePath);
  const once = !generated && hook === undefined;
  let namesLeft = generateNameAttemptsMax;
  for (let attempt = 1; attempt <= updateAttemptsMax; attempt++) {
    const draft = once ? prepared : (cloneJson(prepared) as Draft<KubernetesObject>); // a copy has the type of its original
    const meta = draft.metadata ?? {};
    if (generated) meta.name = generateName(base, context.random);
    prepareForCreate(definition, draft);
    const name = meta.name ?? '';
    // Addresses are part of what is validated, so they are chosen first; nothing is taken before the write.
    const companion = (await hook?.create(draft)) ?? alone;
    checkCreate(definition, draft);
    warnOfObject(definition, request, draft);
    await context.admission.validate({ ...admitted, name, object: draft });
    const object = draft as KubernetesObject; // checkCreate has made sure
    const result = await put(context, definition, request, object, companion);
    if (result !== 'exists' && result !== 'companion') return result;
    if (result === 'companion') continue;
    if (!generated || --namesLeft === 0) throw exists(definition, name, generated);
  }
  throw statusErrors.serverTimeout(resourceOf(definition), 'create', 1);
}

async function put(
  { keys, objects, caches }: RegistryContext,
  definition: Definition,
  request: CreateRequest,
  object: KubernetesObject,
  companion: Companion,
): Promise<ObjectAnswer | 'exists' | 'companion'> {
  const key = keys.object(definition, request.namespace, object.metadata.name ?? '');
  if (request.options.dryRun) return (await objects.get(key)) === undefined ? plainAnswer(201, object) : 'exists';
  const stored = await toStorage(definition, object);
  const result = await objects.create(key, storable(stored), companion);
  if ('written' in result) return shownAnswer(201, caches.view(definition), result.written);
  return result.conflict.current === undefined ? 'companion' : 'exists';
}

function exists(definition: Definition, name: string, generated: boolean): StatusError {
  const error = statusErrors.alreadyExists(resourceOf(definition), name);
  if (!generated) return error;
  const advice = 'the server was not able to generate a unique name for the object';
  return new StatusError(error.code, error.reason, `${error.message}, ${advice}`, { ...error.details, retryAfterSeconds: 1 });
}

export function withWarnings(given: ObjectAnswer, warnings: readonly string[]): ObjectAnswer {
  return warnings.length === 0 ? given : answer(given.code, given, [...given.warnings, ...warnings]);
}
