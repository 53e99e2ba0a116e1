import { isRecord, statusErrors } from '@flotilla/api';
import type { DeleteOptions, FieldValidation, ListRequest, WriteOptions } from '../registry/registry.js';
import type { Body } from './decode.js';
import { booleanParameter, type Exchange } from './exchange.js';

/** CreateOptions, UpdateOptions and PatchOptions from the query. */
export function writeOptions(exchange: Exchange): WriteOptions {
  const { query } = exchange;
  return {
    dryRun: dryRun(query.getAll('dryRun')),
    fieldValidation: fieldValidation(query.get('fieldValidation') ?? ''),
    fieldManager: query.get('fieldManager') ?? managerOfUserAgent(exchange.header('user-agent') ?? ''),
  };
}

/** As Kubernetes names a manager that did not name itself: the first part of its user agent. */
function managerOfUserAgent(userAgent: string): string {
  return (userAgent.split('/')[0] ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 128);
}

function dryRun(values: readonly string[]): boolean {
  for (const value of values) {
    if (value !== 'All' && value !== '') {
      throw statusErrors.badRequest(`invalid dryRun ${JSON.stringify(value)}: supported values: "All"`);
    }
  }
  return values.includes('All');
}

function fieldValidation(value: string): FieldValidation {
  if (value === '') return 'Warn';
  if (value === 'Ignore' || value === 'Warn' || value === 'Strict') return value;
  throw statusErrors.badRequest(
    `fieldValidation: Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Strict", "Warn"`,
  );
}

/** DeleteOptions from the body when there is one, else from the query. */
export function deleteOptions(exchange: Exchange, body: Body): DeleteOptions {
  const { query } = exchange;
  const source: Record<string, unknown> = isRecord(body.value)
    ? body.value
    : {
        gracePeriodSeconds: numberParameter(query, 'gracePeriodSeconds'),
        propagationPolicy: query.get('propagationPolicy') ?? undefined,
        orphanDependents: booleanParameter(query, 'orphanDependents'),
        dryRun: query.getAll('dryRun'),
      };
  if (isRecord(body.value) && typeof source['kind'] === 'string' && source['kind'] !== 'DeleteOptions') {
    throw statusErrors.badRequest(`the object provided is unrecognized (must be of type DeleteOptions): ${source['kind']}`);
  }
  const { gracePeriodSeconds, preconditions } = source;
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null && !Number.isInteger(gracePeriodSeconds)) {
    throw statusErrors.badRequest('gracePeriodSeconds: must be a whole number of seconds');
  }
  const rawDryRun = source['dryRun'];
  return {
    dryRun: dryRun(Array.isArray(rawDryRun) ? rawDryRun.map(String) : []),
    gracePeriodSeconds: typeof gracePeriodSeconds === 'number' ? gracePeriodSeconds : undefined,
    propagationPolicy: propagationPolicy(source['propagationPolicy'], source['orphanDependents']),
    preconditions: isRecord(preconditions)
      ? { uid: textOrUndefined(preconditions['uid']), resourceVersion: textOrUndefined(preconditions['resourceVersion']) }
      : undefined,
  };
}

function propagationPolicy(policy: unknown, orphanDependents: unknown): DeleteOptions['propagationPolicy'] {
  if (policy === undefined || policy === null || policy === '') {
    if (typeof orphanDependents !== 'boolean') return undefined;
    return orphanDependents ? 'Orphan' : 'Background';
  }
  if (policy === 'Orphan' || policy === 'Background' || policy === 'Foreground') return policy;
  throw statusErrors.badRequest(
    `propagationPolicy: Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan"`,
  );
}

function textOrUndefined(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** ListOptions from the query; `name` narrows to one object, for legacy watch paths. */
export function listParameters(exchange: Exchange): Omit<ListRequest, 'user' | 'signal'> {
  const { query, info } = exchange;
  const limit = numberParameter(query, 'limit') ?? 0;
  if (limit < 0) throw statusErrors.badRequest(`limit: Invalid value: ${limit}: must be greater than or equal to 0`);
  const fieldSelector = query.get('fieldSelector') ?? '';
  return {
    namespace: info.namespace === '' ? undefined : info.namespace,
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: fieldSelector === '' && info.name !== '' ? `metadata.name=${info.name}` : fieldSelector,
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    limit,
    continue: query.get('continue') ?? '',
  };
}

/** @throws StatusError BadRequest when the text is no whole number */
export function numberParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text)) {
    throw statusErrors.badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}
