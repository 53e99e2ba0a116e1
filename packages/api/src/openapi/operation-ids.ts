import type { GroupVersion } from '../objects.js';
import type { Action, Documented, Method } from './operations.js';

const actionWords: Readonly<Record<Action, string>> = {
  list: 'list',
  post: 'create',
  deletecollection: 'delete',
  get: 'read',
  put: 'replace',
  patch: 'patch',
  delete: 'delete',
  connect: 'connect',
  watch: 'watch',
  watchlist: 'watch',
};

/** `core`, `apps`, `rbacAuthorization`. */
export function groupTag(group: string): string {
  return group === '' ? 'core' : groupWords(group).join('');
}

/** `core_v1`, `apps_v1`: the groups of operations that client generators make classes of. */
export function tagOf({ group, version }: GroupVersion): string {
  return `${groupTag(group)}_${version}`;
}

/** `readCoreV1NamespacedPodStatus`: what Kubernetes calls the operation, and client generators a method. */
export function operationId(
  definition: Documented,
  spot: {
    readonly path: string;
    readonly method: Method;
    readonly action: Action;
    readonly subresource?: { readonly name: string };
    readonly onward?: boolean;
  },
): string {
  const { path, method, action, subresource, onward } = spot;
  const api = apiWords(definition);
  const within = path.includes('{namespace}') ? 'Namespaced' : '';
  const everywhere = definition.namespaced && within === '' ? 'ForAllNamespaces' : '';
  const collection = action === 'deletecollection' ? 'Collection' : '';
  const connectMethod = action === 'connect' ? capitalized(method) : '';
  const part = subresource === undefined ? '' : capitalized(subresource.name);
  const list = action === 'watchlist' ? 'List' : '';
  const withPath = onward === true ? 'WithPath' : '';
  return `${actionWords[action]}${api}${connectMethod}${collection}${within}${definition.kind}${list}${part}${withPath}${everywhere}`;
}

/** `CoreV1`, `AppsV1`. */
export function apiWords({ group, version }: GroupVersion): string {
  return `${capitalized(groupTag(group))}${capitalized(version)}`;
}

/** `rbac.authorization.k8s.io` is rbacAuthorization. */
function groupWords(group: string): string[] {
  return group
    .replace(/\.k8s\.io$/, '')
    .split('.')
    .map((word, index) => (index === 0 ? word : capitalized(word)));
}

export function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
