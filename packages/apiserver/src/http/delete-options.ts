import { type FieldError, invalid, isRecord, notSupported, statusErrors } from '@flotilla/api';
import type { DeleteOptions } from '../registry/registry.js';
import type { Body } from './decode.js';
import { booleanParameter, type Exchange } from './exchange.js';
import { numberParameter } from './list-options.js';
import { dryRunProblems } from './write-options.js';

/**
 * DeleteOptions from the body when there is one, else from the query.
 * @throws StatusError BadRequest for what is none, Invalid with everything that is wrong in it
 */
export function deleteOptions(exchange: Exchange, body: Body): DeleteOptions {
  const source = isRecord(body.value) ? checkedBody(body.value) : fromQuery(exchange.query);
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions } = source;
  const dryRun = Array.isArray(source['dryRun']) ? source['dryRun'] : [];
  const errors = [...policyProblems(propagationPolicy, orphanDependents), ...dryRunProblems(dryRun)];
  if (errors.length > 0) throw statusErrors.invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  return {
    dryRun: dryRun.includes('All'),
    gracePeriodSeconds: typeof gracePeriodSeconds === 'number' ? gracePeriodSeconds : undefined,
    propagationPolicy: policyOf(propagationPolicy, orphanDependents),
    acceptedWhenPending: orphanDependents === false,
    preconditions: isRecord(preconditions)
      ? { uid: textOrUndefined(preconditions['uid']), resourceVersion: textOrUndefined(preconditions['resourceVersion']) }
      : undefined,
  };
}

function checkedBody(body: Record<string, unknown>): Record<string, unknown> {
  const { kind, gracePeriodSeconds } = body;
  if (typeof kind === 'string' && kind !== 'DeleteOptions') {
    throw statusErrors.badRequest(`the object provided is unrecognized (must be of type DeleteOptions): ${kind}`);
  }
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null && !Number.isInteger(gracePeriodSeconds)) {
    throw statusErrors.badRequest('gracePeriodSeconds: must be a whole number of seconds');
  }
  return body;
}

function fromQuery(query: URLSearchParams): Record<string, unknown> {
  return {
    gracePeriodSeconds: numberParameter(query, 'gracePeriodSeconds'),
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    orphanDependents: booleanParameter(query, 'orphanDependents'),
    dryRun: query.getAll('dryRun'),
  };
}

const policies = ['Foreground', 'Background', 'Orphan'] as const;

function policyProblems(policy: unknown, orphanDependents: unknown): readonly FieldError[] {
  const isGiven = policy !== undefined && policy !== null;
  if (isGiven && typeof orphanDependents === 'boolean') {
    return [invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set')];
  }
  if (!isGiven || policies.some((known) => known === policy)) return [];
  return [notSupported('propagationPolicy', policy, [...policies, 'nil'])];
}

function policyOf(policy: unknown, orphanDependents: unknown): DeleteOptions['propagationPolicy'] {
  if (typeof orphanDependents === 'boolean') return orphanDependents ? 'Orphan' : 'Background';
  return policies.find((known) => known === policy);
}

function textOrUndefined(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
