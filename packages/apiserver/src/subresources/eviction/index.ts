import { type DeleteOptions as ApiDeleteOptions, type Draft, type Eviction, type Pod, statusErrors } from '@flotilla/api';
import { admissionRequest } from '../../registry/admission-request.js';
import { createdStatus } from '../../registry/answers.js';
import { decodeBody, fitToTarget } from '../../registry/decode-body.js';
import { deleteObject } from '../../registry/delete.js';
import { checkPreconditions } from '../../registry/deletion.js';
import { getObject } from '../../registry/get.js';
import { writeOptionsObject } from '../../registry/options-object.js';
import type { DeleteOptions } from '../../registry/registry.js';
import { handler } from '../subresource.js';
import { spendDisruption } from './disruption-budget.js';

const evictionDefinition = { group: 'policy', version: 'v1', kind: 'Eviction', model: 'Eviction' } as const;

/** `pods/<name>/eviction`: a delete that asks the pod's disruption budget first. */
export const eviction = handler({
  async create(context, definition, request) {
    const { options, name = '' } = request;
    const decoded = decodeBody(evictionDefinition, request.body, options.fieldValidation, request.bodyProblems);
    fitToTarget(decoded.object, definition, { namespace: request.namespace, name });
    const admitted = admissionRequest(definition, request, {
      operation: 'CREATE',
      kind: evictionDefinition,
      object: decoded.object,
      old: undefined,
      dryRun: options.dryRun,
      options: writeOptionsObject('CreateOptions', options),
    });
    await context.admission.admit(admitted);
    const { deleteOptions } = decoded.object as Draft<Eviction>; // just decoded as one
    const target = { user: request.user, signal: request.signal, notes: request.notes, namespace: request.namespace, name };
    const deletion = deleteOptionsOf(deleteOptions, options.dryRun);
    const { object } = await getObject(context, definition, { ...target, resourceVersion: '' });
    checkPreconditions(definition, object, deletion);
    await spendDisruption(context, object as Pod, target, deletion.dryRun); // pods alone have this subresource
    await deleteObject(context, definition, { ...target, options: deletion, admitted: true });
    return createdStatus();
  },
});

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
