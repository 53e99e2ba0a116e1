import { type DeleteOptions as ApiDeleteOptions, type Draft, type Eviction, statusErrors } from '@flotilla/api';
import { createdStatus } from '../../registry/answers.js';
import { decodeBody, fitToTarget } from '../../registry/decode-body.js';
import { deleteObject } from '../../registry/delete.js';
import type { DeleteOptions } from '../../registry/registry.js';
import { handler } from '../subresource.js';

const evictionDefinition = { group: 'policy', version: 'v1', kind: 'Eviction', model: 'Eviction' } as const;

/** `pods/<name>/eviction`: a delete that asks politely. */
export const eviction = handler({
  async create(context, definition, request) {
    const { options, name = '' } = request;
    const decoded = decodeBody(evictionDefinition, request.body, options.fieldValidation, request.bodyProblems);
    fitToTarget(decoded.object, definition, { namespace: request.namespace, name });
    const { deleteOptions } = decoded.object as Draft<Eviction>; // just decoded as one
    await deleteObject(context, definition, {
      user: request.user,
      signal: request.signal,
      namespace: request.namespace,
      name,
      options: deleteOptionsOf(deleteOptions, options.dryRun),
    });
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
