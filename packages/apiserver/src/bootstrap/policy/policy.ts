import { type Definition, kinds } from '@flotilla/api';
import { clusterRoleBindings, namespacedRoles, roleBindings, type Subject } from './bindings.js';
import { componentRoles } from './component-roles.js';
import { allControllersRole, controllerRoles } from './controller-roles.js';
import type { RoleSpec } from './notation.js';
import { autoupdate } from './reconcile.js';
import { userRoles } from './user-roles.js';

/** An object that has to exist. */
export interface Wanted {
  readonly definition: Definition;
  readonly object: object & { readonly metadata: { readonly name: string; readonly namespace?: string } };
}

const rbacGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${rbacGroup}/v1`;
const bootstrapLabel = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const metadataOf = (name: string, namespace?: string, labels: Readonly<Record<string, string>> = {}) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  labels: { ...bootstrapLabel, ...labels },
  annotations: { [autoupdate]: 'true' },
});

/** Every default role and binding, roles first. */
export function defaultPolicy(): readonly Wanted[] {
  // Kinds are declared with their own object types; here all are treated alike.
  const definitions = kinds as unknown as Readonly<Record<keyof typeof kinds, Definition>>;
  return [
    ...[...userRoles, ...componentRoles, ...controllerRoles, allControllersRole].map((role) => ({
      definition: definitions.clusterRoles,
      object: clusterRole(role),
    })),
    ...namespacedRoles.map(({ namespace, name, rules }) => ({
      definition: definitions.roles,
      object: { apiVersion, kind: 'Role', metadata: metadataOf(name, namespace), rules },
    })),
    ...clusterRoleBindings.map(({ name, role, subjects }) => ({
      definition: definitions.clusterRoleBindings,
      object: { apiVersion, kind: 'ClusterRoleBinding', metadata: metadataOf(name), ...binding('ClusterRole', role, subjects) },
    })),
    ...roleBindings.map(({ namespace, name, role, subjects }) => ({
      definition: definitions.roleBindings,
      object: { apiVersion, kind: 'RoleBinding', metadata: metadataOf(name, namespace), ...binding('Role', role, subjects) },
    })),
  ];
}

function clusterRole({ name, rules, labels, aggregates }: RoleSpec) {
  return {
    apiVersion,
    kind: 'ClusterRole',
    metadata: metadataOf(name, undefined, labels),
    rules,
    ...(aggregates === undefined
      ? {}
      : { aggregationRule: { clusterRoleSelectors: aggregates.map((matchLabels) => ({ matchLabels })) } }),
  };
}

function binding(kind: 'Role' | 'ClusterRole', name: string, subjects: readonly Subject[]) {
  return {
    roleRef: { apiGroup: rbacGroup, kind, name },
    subjects: subjects.map((subject) => (subject.kind === 'ServiceAccount' ? subject : { apiGroup: rbacGroup, ...subject })),
  };
}
