import {
  type Applied,
  apiVersionOf,
  applyConfig,
  applySchemaOf,
  configProblems,
  type Definition,
  emptyObjectOf,
  type GroupVersionKind,
  hasReason,
  isRecord,
  type KubernetesObject,
  type Ownership,
  parseApiVersion,
  statusErrors,
} from '@flotilla/api';
import { updateAttemptsMax } from '../limits.js';
import { answer } from './answers.js';
import { createObject } from './create.js';
import { type DecodedBody, decodeBody, fitToTarget } from './decode-body.js';
import { owning, setOwners } from './ownership.js';
import type { ObjectAnswer, PatchRequest } from './registry.js';
import { type RegistryContext, resourceOf } from './registry-context.js';
import { updateStep } from './update.js';
import { writeLoop } from './write-loop.js';

/**
 * Server-side apply: the object becomes what the configuration says, in those fields that it names. An object that is not there
 * is created, unless the path is a subresource's.
 */
export async function applyObject(
  context: RegistryContext,
  definition: Definition,
  request: PatchRequest,
): Promise<ObjectAnswer> {
  const config = checkedConfig(definition, applySchemaOf(definition), request.body);
  for (let attempt = 1; attempt <= updateAttemptsMax; attempt++) {
    try {
      return await applyToPresent(context, definition, request, config);
    } catch (error) {
      if (!hasReason(error, 'NotFound') || request.subresource !== undefined) throw error;
    }
    try {
      return await applyToNothing(context, definition, request, config);
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error; // somebody else has just created it
    }
  }
  throw statusErrors.serverTimeout(resourceOf(definition), 'patch', 1);
}

async function applyToPresent(
  context: RegistryContext,
  definition: Definition,
  request: PatchRequest,
  config: Record<string, unknown>,
): Promise<ObjectAnswer> {
  const { options } = request;
  let warnings: readonly string[] = [];
  const written = await writeLoop(context, definition, request, options.dryRun, async (old) => {
    const decoded = await appliedDraft(context, definition, request, old, config);
    warnings = decoded.warnings;
    return updateStep(context, definition, request, decoded.object, old, 'decided');
  });
  return answer(200, written, warnings);
}

/**
 * The object with the configuration in it, and with its new owners.
 * @param request `owners`: the subresource that the fields belong to, where it is not the one that is written
 * @throws StatusError Conflict, BadRequest
 */
export async function appliedDraft(
  context: RegistryContext,
  definition: Definition,
  request: PatchRequest & { readonly owners?: string },
  old: KubernetesObject,
  config: Record<string, unknown>,
): Promise<DecodedBody> {
  const applied = await apply(context, definition, request, old, config);
  const decoded = decodeBody(definition, applied.object, request.options.fieldValidation, request.bodyProblems);
  fitToTarget(decoded.object, definition, request);
  setOwners(decoded.object, applied.managedFields);
  return decoded;
}

async function applyToNothing(
  context: RegistryContext,
  definition: Definition,
  request: PatchRequest,
  config: Record<string, unknown>,
): Promise<ObjectAnswer> {
  const uid = isRecord(config['metadata']) ? config['metadata']['uid'] : undefined;
  if (typeof uid === 'string' && uid !== '') {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw statusErrors.conflict(resourceOf(definition), request.name, why);
  }
  await request.mayCreate?.();
  const nothing = { metadata: {}, ...emptyObjectOf(definition) } as KubernetesObject; // of the right kind, as far as anything is there
  const { managedFields } = await apply(context, definition, request, nothing, config);
  return createObject(context, definition, { ...request, subresource: undefined, body: config }, { managedFields });
}

function apply(
  context: RegistryContext,
  definition: Definition,
  { options, force, subresource = '', owners = subresource }: PatchRequest & { readonly owners?: string },
  live: KubernetesObject,
  config: unknown,
): Promise<Applied> {
  const how = { manager: options.fieldManager, force: force === true };
  return owning(context, definition, owners, (ownership) => applyConfig(ownership, live, config, how));
}

/** @throws StatusError BadRequest for what is no configuration of the kind */
export function checkedConfig(definition: GroupVersionKind, schema: Ownership['schema'], body: unknown): Record<string, unknown> {
  if (!isRecord(body)) throw statusErrors.badRequest('error decoding YAML: the configuration is not an object');
  const kind = kindText(body);
  if (body['apiVersion'] !== apiVersionOf(definition) || body['kind'] !== definition.kind) {
    throw statusErrors.badRequest(`invalid object type: ${kind}`);
  }
  const metadata = isRecord(body['metadata']) ? body['metadata'] : {};
  if (metadata['managedFields'] !== undefined && metadata['managedFields'] !== null) {
    throw statusErrors.badRequest('metadata.managedFields must be nil');
  }
  const problems = configProblems(schema, body);
  if (problems.length === 0) return body;
  const what = problems.length === 1 ? problems[0] : ['errors:', ...problems.map((problem) => `  ${problem}`)].join('\n');
  const where = `${textOf(metadata['namespace'])}/${textOf(metadata['name'])}; ${kind}`;
  throw statusErrors.badRequest(`failed to create typed patch object (${where}): ${what}`);
}

/** `apps/v1, Kind=Deployment`, as Go prints a kind. */
function kindText({ apiVersion, kind }: Record<string, unknown>): string {
  const { group, version } = parseApiVersion(textOf(apiVersion));
  return `${group}/${version}, Kind=${textOf(kind)}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
