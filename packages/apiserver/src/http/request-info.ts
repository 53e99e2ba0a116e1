/**
 * What a request asks for, read from its method, path and query alone (no lookup of kinds): the input of
 * authorization, routing, metrics and audit.
 *
 * `GET /apis/apps/v1/namespaces/default/deployments/web/status` →
 * `{ verb: 'get', apiPrefix: 'apis', apiGroup: 'apps', apiVersion: 'v1', namespace: 'default',
 *    resource: 'deployments', name: 'web', subresource: 'status' }`
 *
 * Source: "Determine the Request Verb" of the Kubernetes authorization reference.
 */
export interface RequestInfo {
  /** False for `/healthz`, `/version`, discovery and the like: then only `path` and `verb` mean anything. */
  readonly isResourceRequest: boolean;
  /** The path as sent, without query, percent-encoding undone. */
  readonly path: string;
  /** get list watch create update patch delete deletecollection; for non-resource requests the method in lower case. */
  readonly verb: string;
  /** `api` (the core group) or `apis`. */
  readonly apiPrefix: string;
  /** Empty: the core group. */
  readonly apiGroup: string;
  readonly apiVersion: string;
  /** Empty: cluster-scoped, or across all namespaces. */
  readonly namespace: string;
  /** Plural, lower case: `pods`. */
  readonly resource: string;
  readonly subresource: string;
  /** Empty: the request is about the collection. On list and watch: the one name that is wanted. */
  readonly name: string;
  /** The query parameter, where it narrows a list or watch; empty otherwise. */
  readonly fieldSelector: string;
  /** What follows the subresource, for `proxy`: `/api/v1/nodes/n/proxy/metrics/cadvisor` → `metrics/cadvisor`. */
  readonly subpath: string;
}

const verbOfMethod: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** What a request says of a resource that is about none. */
export const noResource = {
  apiGroup: '',
  apiVersion: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  fieldSelector: '',
} as const;

/** Subresources of a Namespace: `/api/v1/namespaces/x/status` is not a resource called `status` in x. */
const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize']);

/**
 * @param method HTTP method, upper case
 * @param path percent-decoded path, without query
 * @param query for `watch=true` and a `metadata.name=` field selector on lists
 */
export function parseRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const parts = path.split('/');
  const prefix = parts[1];
  if (prefix === 'api' && parts.length > 3 && parts[3] !== '') return resourceRequest(method, path, query, '', 2, parts);
  if (prefix === 'apis' && parts.length > 4 && parts[4] !== '') {
    return resourceRequest(method, path, query, parts[2] ?? '', 3, parts);
  }
  return { isResourceRequest: false, path, verb: method.toLowerCase(), apiPrefix: '', ...noResource, subpath: '' };
}

function resourceRequest(
  method: string,
  path: string,
  query: URLSearchParams,
  apiGroup: string,
  versionAt: number,
  parts: readonly string[],
): RequestInfo {
  let at = versionAt + 1;
  let verb = verbOfMethod[method] ?? '';
  // `/api/v1/watch/…` and `/api/v1/proxy/…`: the forms from before subresources and `?watch=1`.
  const legacyVerb = parts[at];
  if ((legacyVerb === 'watch' || legacyVerb === 'proxy') && parts.length > at + 1) {
    verb = legacyVerb;
    at += 1;
  }
  let namespace = '';
  let resource = parts[at] ?? '';
  if (resource === 'namespaces') {
    namespace = parts[at + 1] ?? '';
    const below = parts[at + 2] ?? '';
    if (below !== '' && !namespaceSubresources.has(below)) {
      resource = below;
      at += 2;
    }
  }
  const name = parts[at + 1] ?? '';
  const subresource = parts[at + 2] ?? '';
  return {
    isResourceRequest: true,
    path,
    verb: verbOnCollection(verb, name, query),
    apiPrefix: parts[1] ?? '',
    apiGroup,
    apiVersion: parts[versionAt] ?? '',
    namespace,
    resource,
    subresource,
    name: name === '' && verb === 'get' ? nameInFieldSelector(query) : name,
    fieldSelector: name === '' && (verb === 'get' || verb === 'watch') ? (query.get('fieldSelector') ?? '') : '',
    subpath: parts.slice(at + 3).join('/'),
  };
}

function verbOnCollection(verb: string, name: string, query: URLSearchParams): string {
  if (name !== '') return verb;
  if (verb === 'get') return isWatch(query) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** `?watch`, `?watch=1` and `?watch=true` ask for a watch; `0` and `false` do not. */
function isWatch(query: URLSearchParams): boolean {
  const value = query.get('watch');
  return value !== null && value !== 'false' && value !== '0';
}

/** A list of one name is authorized as a request for that name, so that RBAC `resourceNames` can allow it. */
function nameInFieldSelector(query: URLSearchParams): string {
  const selector = query.get('fieldSelector');
  if (selector === null) return '';
  const match = /(?:^|,)metadata\.name={1,2}([^,=]+)(?:,|$)/.exec(selector);
  return match?.[1] ?? '';
}
