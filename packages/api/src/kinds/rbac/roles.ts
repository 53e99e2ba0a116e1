import { ageColumn, createdAtColumn, nameColumn, textColumn, wide } from '../../columns/column.js';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding, Subject } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { pathSegmentProblems } from '../../validation/names.js';
import { define } from '../define.js';
import {
  validateBindingUpdate,
  validateClusterRole,
  validateClusterRoleBinding,
  validateRole,
  validateRoleBinding,
} from './rbac-validation.js';

const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', allowCreateOnUpdate: true, nameProblems: pathSegmentProblems };

export const roles = define<Role>({
  ...rbac,
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
  columns: [nameColumn, createdAtColumn],
  validate: validateRole,
});

export const clusterRoles = define<ClusterRole>({
  ...rbac,
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
  columns: [nameColumn, createdAtColumn],
  validate: validateClusterRole,
});

type Binding = RoleBinding | ClusterRoleBinding;

const roleColumn = textColumn('Role', 'The role that is granted.', ({ roleRef }: Binding) => `${roleRef.kind}/${roleRef.name}`);
const subjectColumns = [
  wide(textColumn('Users', 'The users that it is granted to.', (binding: Binding) => subjectsText(binding, 'User'))),
  wide(textColumn('Groups', 'The groups that it is granted to.', (binding: Binding) => subjectsText(binding, 'Group'))),
  wide(
    textColumn('ServiceAccounts', 'The service accounts that it is granted to.', (binding: Binding) =>
      subjectsText(binding, 'ServiceAccount'),
    ),
  ),
];

export const roleBindings = define<RoleBinding>({
  ...rbac,
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
  columns: [nameColumn, roleColumn, ageColumn, ...subjectColumns],
  defaults: defaultBinding,
  validate: validateRoleBinding,
  validateUpdate: validateBindingUpdate,
});

export const clusterRoleBindings = define<ClusterRoleBinding>({
  ...rbac,
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
  columns: [nameColumn, roleColumn, ageColumn, ...subjectColumns],
  defaults: defaultBinding,
  validate: validateClusterRoleBinding,
  validateUpdate: validateBindingUpdate,
});

function defaultBinding(draft: Draft<Binding>): void {
  draft.roleRef ??= {};
  draft.roleRef.apiGroup ||= rbac.group;
  for (const subject of draft.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbac.group;
  }
}

function subjectsText(binding: Binding, kind: string): string {
  return (binding.subjects ?? [])
    .filter((subject: Subject) => subject.kind === kind)
    .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');
}
