import {
  type DeleteOptions as ApiDeleteOptions,
  cloneJson,
  type Definition,
  type Draft,
  type Eviction,
  type Pod,
  statusErrors,
  timeText,
} from '@flotilla/api';
import { admissionRequest } from '../../registry/admission-request.js';
import { createdStatus } from '../../registry/answers.js';
import { decodeBody, fitToTarget } from '../../registry/decode-body.js';
import { deleteObject } from '../../registry/delete.js';
import { checkPreconditions } from '../../registry/deletion.js';
import { getObject } from '../../registry/get.js';
import { writeOptionsObject } from '../../registry/options-object.js';
import type { DeleteOptions, Target } from '../../registry/registry.js';
import type { RegistryContext } from '../../registry/registry-context.js';
import { writeLoop } from '../../registry/write-loop.js';
import { checkName, handler } from '../subresource.js';
import { spendDisruption } from './disruption-budget.js';

const evictionDefinition = { group: 'policy', version: 'v1', kind: 'Eviction', model: 'Eviction' } as const;

/** `pods/<name>/eviction`: a delete that asks the pod's disruption budget first. */
export const eviction = handler({
  async create(context, definition, request) {
    const { options, name = '' } = request;
    const decoded = decodeBody(evictionDefinition, request.body, options.fieldValidation, request.bodyProblems);
    fitToTarget(decoded.object, definition, { namespace: request.namespace });
    const admitted = admissionRequest(definition, request, {
      operation: 'CREATE',
      kind: evictionDefinition,
      object: decoded.object,
      old: undefined,
      dryRun: options.dryRun,
      options: writeOptionsObject('CreateOptions', options),
    });
    await context.admission.mutate(admitted);
    checkName(decoded.object, 'Eviction', name);
    await context.admission.validate(admitted);
    const { deleteOptions } = decoded.object as Draft<Eviction>; // just decoded as one
    const target = { user: request.user, signal: request.signal, notes: request.notes, namespace: request.namespace, name };
    const deletion = deleteOptionsOf(deleteOptions, options.dryRun);
    const { object } = await getObject(context, definition, { ...target, resourceVersion: '' });
    checkPreconditions(definition, object, deletion);
    await spendDisruption(context, object as Pod, target, deletion.dryRun); // pods alone have this subresource
    const marked = deletion.dryRun ? deletion : await markEvicted(context, definition, target, deletion);
    await deleteObject(context, definition, { ...target, options: marked, admitted: true });
    return createdStatus();
  },
});

/**
 * The pod tells why it goes (KEP-3329), for those that replace it.
 * @returns the options for the delete: a resourceVersion that was asked for has been checked, and is another one now
 */
async function markEvicted(
  context: RegistryContext,
  definition: Definition,
  target: Target & { readonly name: string },
  options: DeleteOptions,
): Promise<DeleteOptions> {
  const now = timeText(context.clock.wallMs());
  const { object } = await writeLoop(context, definition, target, false, async (current) => {
    checkPreconditions(definition, current, options);
    return { write: evicted(current as Pod, now) }; // pods alone have this subresource
  });
  const { preconditions } = options;
  if (preconditions?.resourceVersion === undefined) return options;
  return { ...options, preconditions: { ...preconditions, resourceVersion: object.metadata.resourceVersion ?? '' } };
}

function evicted(pod: Pod, now: string): Pod {
  const type = 'DisruptionTarget';
  const draft = cloneJson(pod) as Draft<Pod>;
  const conditions = draft.status?.conditions ?? [];
  const before = conditions.find((condition) => condition.type === type);
  const condition = {
    type,
    status: 'True',
    lastTransitionTime: (before?.status === 'True' ? before.lastTransitionTime : undefined) ?? now,
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  draft.status = { ...draft.status, conditions: [...conditions.filter((one) => one !== before), condition] };
  return draft as Pod;
}

function deleteOptionsOf(options: Draft<ApiDeleteOptions> | undefined, dryRun: boolean): DeleteOptions {
  const { gracePeriodSeconds, propagationPolicy, preconditions } = options ?? {};
  return {
    dryRun: dryRun || (options?.dryRun ?? []).includes('All'),
    gracePeriodSeconds,
    propagationPolicy: policyOf(propagationPolicy),
    preconditions,
  };
}

function policyOf(policy: string | undefined): DeleteOptions['propagationPolicy'] {
  if (policy === undefined || policy === 'Orphan' || policy === 'Background' || policy === 'Foreground') return policy;
  throw statusErrors.badRequest(`propagationPolicy: Unsupported value: ${JSON.stringify(policy)}`);
}
