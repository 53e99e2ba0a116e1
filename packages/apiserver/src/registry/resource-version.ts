import { type FieldError, forbidden, notSupported, statusErrors } from '@flotilla/api';
import type { ListRequest } from './registry.js';

/** Which state a read wants. */
export type Freshness = LatestFreshness | { readonly kind: 'exact'; readonly revision: number };

export type LatestFreshness =
  /** One that has every write acknowledged before the read began. */
  | { readonly kind: 'consistent' }
  /** Whatever is in memory. */
  | { readonly kind: 'any' }
  | { readonly kind: 'notOlderThan'; readonly revision: number };

/** @throws StatusError BadRequest; resource versions are opaque to clients, and ours are whole numbers */
export function parseRevision(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const quoted = JSON.stringify(text);
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  const problem = `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`;
  throw statusErrors.badRequest(`invalid resource version: ${problem}`);
}

export function freshnessOfGet(resourceVersion: string): LatestFreshness {
  if (resourceVersion === '') return { kind: 'consistent' };
  const revision = parseRevision(resourceVersion);
  return revision === 0 ? { kind: 'any' } : { kind: 'notOlderThan', revision };
}

/** The table "resourceVersion in list" of the Kubernetes API concepts. @throws StatusError Invalid, BadRequest */
export function freshnessOfList(request: ListRequest): Freshness {
  const { resourceVersion, resourceVersionMatch, limit } = request;
  raise(listProblems(request));
  if (request.continue !== '' || resourceVersion === '') return { kind: 'consistent' };
  const revision = parseRevision(resourceVersion);
  if (revision === 0) return { kind: 'any' };
  // Without a match, a limit makes it exact: that is what it meant before there were matches.
  const exact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && limit > 0);
  return { kind: exact ? 'exact' : 'notOlderThan', revision };
}

function listProblems(request: ListRequest): readonly FieldError[] {
  const { resourceVersion, resourceVersionMatch: match, sendInitialEvents } = request;
  const errors: FieldError[] = [];
  if (match !== '') {
    if (resourceVersion === '')
      errors.push(matchForbidden('resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (request.continue !== '') errors.push(matchForbidden('resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && resourceVersion === '0') {
      errors.push(matchForbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (sendInitialEvents !== undefined) errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

/** @throws StatusError Invalid */
export function checkWatchOptions(request: ListRequest): void {
  const { resourceVersionMatch: match, sendInitialEvents } = request;
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(matchForbidden('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match !== '') {
    if (sendInitialEvents === undefined) {
      errors.push(matchForbidden('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
    }
    if (match !== 'NotOlderThan') errors.push(notSupported('resourceVersionMatch', match, ['NotOlderThan']));
    if (request.continue !== '') errors.push(matchForbidden('resourceVersionMatch is forbidden when continue is provided'));
  }
  raise(errors);
}

function matchForbidden(detail: string): FieldError {
  return forbidden('resourceVersionMatch', detail);
}

function raise(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusErrors.invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}
