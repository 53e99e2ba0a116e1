import type { Definition } from '../definition.js';
import type { Action, Method } from './operations.js';

const actionWords: Readonly<Record<Action, string>> = {
  list: 'list',
  post: 'create',
  deletecollection: 'delete',
  get: 'read',
  put: 'replace',
  patch: 'patch',
  delete: 'delete',
  connect: 'connect',
};

/** `core_v1`, `apps_v1`: the groups of operations that client generators make classes of. */
export function tagOf({ group, version }: Pick<Definition, 'group' | 'version'>): string {
  return `${group === '' ? 'core' : groupWords(group).join('')}_${version}`;
}

/** `readCoreV1NamespacedPodStatus`: what Kubernetes calls the operation, and client generators a method. */
export function operationId(
  definition: Definition,
  spot: {
    readonly path: string;
    readonly method: Method;
    readonly action: Action;
    readonly subresource?: { readonly name: string };
  },
): string {
  const { path, method, action, subresource } = spot;
  const api = `${capitalized(definition.group === '' ? 'core' : groupWords(definition.group).join(''))}${capitalized(definition.version)}`;
  const within = path.includes('{namespace}') ? 'Namespaced' : '';
  const everywhere = definition.namespaced && within === '' ? 'ForAllNamespaces' : '';
  const collection = action === 'deletecollection' ? 'Collection' : '';
  const connectMethod = action === 'connect' ? capitalized(method) : '';
  const part = subresource === undefined ? '' : capitalized(subresource.name);
  return `${actionWords[action]}${api}${connectMethod}${collection}${within}${definition.kind}${part}${everywhere}`;
}

/** `rbac.authorization.k8s.io` is rbacAuthorization. */
function groupWords(group: string): string[] {
  return group
    .replace(/\.k8s\.io$/, '')
    .split('.')
    .map((word, index) => (index === 0 ? word : capitalized(word)));
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
