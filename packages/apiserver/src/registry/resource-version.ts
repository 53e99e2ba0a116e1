import { forbidden, invalid, notSupported, type StatusError, statusErrors } from '@flotilla/api';
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
  if (!/^\d{1,15}$/.test(text)) {
    throw statusErrors.badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

export function freshnessOfGet(resourceVersion: string): LatestFreshness {
  if (resourceVersion === '') return { kind: 'consistent' };
  const revision = parseRevision(resourceVersion);
  return revision === 0 ? { kind: 'any' } : { kind: 'notOlderThan', revision };
}

/** The table "resourceVersion in list" of the Kubernetes API concepts. */
export function freshnessOfList(request: ListRequest): Freshness {
  const { resourceVersion, resourceVersionMatch, limit } = request;
  if (request.continue !== '') {
    if (resourceVersionMatch !== '') throw invalidOptions('resourceVersionMatch is forbidden when continue is provided');
    if (resourceVersion !== '' && resourceVersion !== '0') {
      throw statusErrors.badRequest('specifying resource version is not allowed when using continue');
    }
    return { kind: 'consistent' };
  }
  checkMatch(resourceVersion, resourceVersionMatch);
  if (resourceVersion === '') return { kind: 'consistent' };
  const revision = parseRevision(resourceVersion);
  if (revision === 0) return { kind: 'any' };
  // Without a match, a limit makes it exact: that is what it meant before there were matches.
  const exact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && limit > 0);
  return { kind: exact ? 'exact' : 'notOlderThan', revision };
}

function checkMatch(resourceVersion: string, match: string): void {
  if (match === '') return;
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    const error = notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']);
    throw statusErrors.invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [error]);
  }
  if (resourceVersion === '') throw invalidOptions('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (match === 'Exact' && resourceVersion === '0') {
    throw invalidOptions('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
}

export function checkWatchOptions(match: string, sendInitialEvents: boolean | undefined): void {
  const kind = { group: 'meta.k8s.io', kind: 'ListOptions' };
  if (sendInitialEvents === undefined) {
    if (match !== '') throw invalidOptions('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
    return;
  }
  if (match === '') {
    throw statusErrors.invalid(kind, '', [
      forbidden('sendInitialEvents', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    ]);
  }
  if (match !== 'NotOlderThan')
    throw statusErrors.invalid(kind, '', [
      invalid('resourceVersionMatch', match, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    ]);
}

function invalidOptions(detail: string): StatusError {
  return statusErrors.invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [forbidden('resourceVersionMatch', detail)]);
}
