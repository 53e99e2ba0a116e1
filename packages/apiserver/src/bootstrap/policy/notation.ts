import type { PolicyRule } from '../../auth/authorizers/authorizer.js';

/** A role or cluster role as the tables write it. */
export interface RoleSpec {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Cluster roles with one of these label sets are added to this one. */
  readonly aggregates?: readonly Readonly<Record<string, string>>[];
}

/** A rule in one line: `allow('get list watch', 'apps', 'deployments replicasets')`; `core` is the group without a name. */
export function allow(verbs: string, groups: string, resources: string, resourceNames?: string): PolicyRule {
  return {
    apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
    resources: resources.split(' '),
    verbs: verbs.split(' '),
    ...(resourceNames === undefined ? {} : { resourceNames: resourceNames.split(' ') }),
  };
}

export function allowPaths(verbs: string, paths: string): PolicyRule {
  return { verbs: verbs.split(' '), nonResourceURLs: paths.split(' ') };
}

export const read = 'get list watch';
export const readWrite = 'create delete deletecollection get list patch update watch';
export const write = 'create delete deletecollection patch update';
/** Both homes of events. */
export const events = allow('create patch update', 'core events.k8s.io', 'events');
