import { type Definition, type KubernetesObject, kinds } from '@flotilla/api';
import { type FollowOptions, follow, type GoneObject } from '../../followed-resource.js';
import type { PolicyIndex, StoredBinding, StoredRole } from './policy-index.js';

/** Keeps the index as the stored roles and bindings are. Resolves once all of them are in it. */
export async function followPolicy(policy: PolicyIndex, options: Omit<FollowOptions, 'definition' | 'follower'>): Promise<void> {
  // The registry has decoded and validated what it hands out, so the objects are of these kinds.
  const role = {
    set: (object: KubernetesObject) => policy.setRole(object as StoredRole),
    delete: (gone: GoneObject) => policy.deleteRole(gone),
  };
  const binding = {
    set: (object: KubernetesObject) => policy.setBinding(object as unknown as StoredBinding),
    delete: (gone: GoneObject) => policy.deleteBinding(gone),
  };
  const followed = [
    { definition: kinds.clusterRoles, follower: role },
    { definition: kinds.roles, follower: role },
    { definition: kinds.clusterRoleBindings, follower: binding },
    { definition: kinds.roleBindings, follower: binding },
  ];
  await Promise.all(
    followed.map(({ definition, follower }) => follow({ ...options, follower, definition: definition as unknown as Definition })),
  );
}
