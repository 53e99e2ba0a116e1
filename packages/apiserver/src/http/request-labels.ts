import { isLongRunning } from './in-flight.js';
import type { RequestInfo } from './request-info.js';

/** What Kubernetes tells requests apart by. */
export const requestLabelNames = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const;

export type RequestLabels = Readonly<Record<(typeof requestLabelNames)[number], string>>;

const component = 'apiserver';

const unknownResource: RequestLabels = {
  ...{ verb: '', group: '', version: '', resource: 'unknown', subresource: '', scope: '', component },
};

const servedPaths = /^\/(api|apis|healthz|livez|readyz|version|metrics|openapi)?(?=\/|$)/;

/** Kubernetes' verbs for HTTP methods, and what they are counted as. */
const verbs: Readonly<Record<string, string>> = {
  ...{ get: 'GET', list: 'LIST', watch: 'WATCH' },
  ...{ create: 'POST', post: 'POST', update: 'PUT', put: 'PUT', patch: 'PATCH' },
  ...{ delete: 'DELETE', deletecollection: 'DELETECOLLECTION' },
};

/**
 * Labels take their values from what the server serves, never from what a client may invent without end.
 * @param known whether the resource is one that is served
 * @param applies a patch that is a server-side apply
 */
export function labelsOf(info: RequestInfo, known: boolean, applies: boolean): RequestLabels {
  const { isResourceRequest, name, namespace, apiGroup, apiVersion, resource, subresource, path } = info;
  if (isResourceRequest && !known) return unknownResource;
  return {
    verb: applies ? 'APPLY' : verbOf(info),
    group: apiGroup,
    version: apiVersion,
    resource: isResourceRequest ? resource : '',
    subresource: isResourceRequest ? subresource : (servedPaths.exec(path)?.[0] ?? 'other'),
    scope: !isResourceRequest ? '' : name !== '' ? 'resource' : namespace !== '' ? 'namespace' : 'cluster',
    component,
  };
}

function verbOf(info: RequestInfo): string {
  if (info.verb !== 'watch' && isLongRunning(info)) return 'CONNECT';
  return verbs[info.verb] ?? 'other';
}
