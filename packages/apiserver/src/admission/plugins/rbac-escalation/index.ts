import { equalJson, type KubernetesObject, type StatusError, statusErrors } from '@flotilla/api';
import type { Authorizer, PolicyRule } from '../../../auth/authorizers/authorizer.js';
import { describeRules, missingRules, quotedList } from '../../../auth/authorizers/rbac/covers.js';
import { systemMasters } from '../../../auth/user-info.js';
import type { AdmissionPlugin, AdmissionReads, AdmissionRequest } from '../../admission.js';

const group = 'rbac.authorization.k8s.io';

interface RoleLike extends KubernetesObject {
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly unknown[] } | null;
}

interface BindingLike extends KubernetesObject {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
}

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Nobody gives what they do not have: who writes a role has to hold its rules, and who binds one has to hold what it
 * grants, unless they may `escalate` or `bind`. Always on, whatever the plugins that are enabled.
 */
export function rbacEscalation(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    handles: ({ definition, operation, user, subresource }) =>
      definition.group === group && operation !== 'DELETE' && subresource === '' && !user.groups.includes(systemMasters),

    async validate(request, reads) {
      if (request.old !== undefined && onlyForDeletion(request.object, request.old)) return;
      if (request.definition.plural.endsWith('bindings')) await checkBinding(request, reads, authorizer);
      else await checkRole(request, authorizer);
    },
  };
}

async function checkRole(request: AdmissionRequest, authorizer: Authorizer): Promise<void> {
  const role = request.object as RoleLike; // the definition says so, and it has been validated
  if (await may(request, 'escalate', request.definition.plural, request.name, authorizer)) return;
  confirmNoEscalation(request, role.rules ?? [], authorizer);
  if (!aggregates(role) && !aggregates(request.old as RoleLike | undefined)) return;
  if (missingRules(authorizer.rulesFor(request.user, request.namespace).rules, everything).length > 0) {
    throw refuse(request, 'must have cluster-admin privileges to use an aggregationRule');
  }
}

async function checkBinding(request: AdmissionRequest, reads: AdmissionReads, authorizer: Authorizer): Promise<void> {
  const { roleRef } = request.object as unknown as BindingLike; // the definition says so, and it has been validated
  const plural = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (await may(request, 'bind', plural, roleRef.name, authorizer)) return;
  const namespace = plural === 'roles' ? request.namespace : '';
  const role = (await readRole(reads, plural, namespace, roleRef.name)) as RoleLike | undefined; // the definition says so
  if (role === undefined) throw statusErrors.notFound({ group, resource: plural }, roleRef.name);
  confirmNoEscalation(request, role.rules ?? [], authorizer);
}

/** A role that was made a moment ago may not have reached the cache. */
async function readRole(reads: AdmissionReads, plural: string, namespace: string, name: string) {
  const resource = { group, plural };
  return (await reads.cached(resource)).get(namespace, name) ?? (await reads.live(resource, namespace, name));
}

function confirmNoEscalation(request: AdmissionRequest, wanted: readonly PolicyRule[], authorizer: Authorizer): void {
  const { user, namespace } = request;
  const { rules, error } = authorizer.rulesFor(user, namespace);
  const missing = missingRules(rules, wanted);
  if (missing.length === 0) return;
  const who = `user ${JSON.stringify(user.username)} (groups=${quotedList(user.groups)})`;
  const unresolved = error === '' ? '' : `; resolution errors: [${error}]`;
  throw refuse(
    request,
    `${who} is attempting to grant RBAC permissions not currently held:\n${describeRules(missing).join('\n')}${unresolved}`,
  );
}

async function may(
  { user, namespace }: AdmissionRequest,
  verb: 'bind' | 'escalate',
  resource: string,
  name: string,
  authorizer: Authorizer,
): Promise<boolean> {
  const decision = await authorizer.authorize({
    ...{ user, verb, namespace, resource, name, apiGroup: group, apiVersion: 'v1', subresource: '' },
    ...{ isResourceRequest: true, path: '', fieldSelector: '' },
  });
  return decision.verdict === 'allow';
}

/** Finalizers and owners may be taken off whatever the rules are: the object has to be able to go. */
function onlyForDeletion(draft: unknown, old: KubernetesObject): boolean {
  const bare = (object: unknown) => {
    const { metadata, ...rest } = object as KubernetesObject; // any object has metadata
    const { finalizers: _f, ownerReferences: _o, managedFields: _m, resourceVersion: _r, ...kept } = metadata;
    return { ...rest, metadata: kept };
  };
  return equalJson(bare(draft), bare(old));
}

function aggregates(role: RoleLike | undefined): boolean {
  return (role?.aggregationRule?.clusterRoleSelectors ?? []).length > 0;
}

function refuse({ definition, name }: AdmissionRequest, why: string): StatusError {
  return statusErrors.forbidden({ group: definition.group, resource: definition.plural }, name, why);
}
