import { equalJson, type KubernetesObject } from '@flotilla/api';
import type { PolicyRule } from '../../auth/authorizers/authorizer.js';
import { missingRules } from '../../auth/authorizers/rbac/covers.js';

export const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';

interface PolicyObject extends KubernetesObject {
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly object[] };
  readonly roleRef?: object;
  readonly subjects?: readonly Readonly<Record<string, unknown>>[] | null;
}

/**
 * What has to be done about a default role or binding that exists. Rules, subjects, labels and annotations that are missing
 * are added, what somebody else has added or given another value stays, and who has set the annotation to `false` keeps
 * theirs as it is. A role that is not to be aggregated is so no longer. What a binding binds cannot be changed, so a binding
 * of another role is made anew.
 */
export type Reconciled = 'keep' | 'recreate' | { readonly update: KubernetesObject };

export function reconcilePolicy(existing: KubernetesObject, wanted: object): Reconciled {
  const now = existing as PolicyObject; // roles and bindings only
  const goal = wanted as PolicyObject; // made by defaultPolicy
  if (now.metadata.annotations?.[autoupdate] === 'false') return 'keep';
  if (goal.roleRef !== undefined && !equalJson(now.roleRef, goal.roleRef)) return 'recreate';
  const metadata = {
    ...now.metadata,
    ...(goal.metadata.labels === undefined ? {} : { labels: { ...goal.metadata.labels, ...now.metadata.labels } }),
    ...(goal.metadata.annotations === undefined
      ? {}
      : { annotations: { ...goal.metadata.annotations, ...now.metadata.annotations } }),
  };
  const { aggregationRule: _, ...plain } = now;
  const kept = goal.aggregationRule === undefined ? plain : now;
  const update = { ...kept, metadata, ...(goal.roleRef === undefined ? roleParts(now, goal) : subjectParts(now, goal)) };
  return equalJson(update, now) ? 'keep' : { update };
}

function roleParts(now: PolicyObject, goal: PolicyObject): object {
  const selectors = goal.aggregationRule?.clusterRoleSelectors ?? [];
  if (selectors.length > 0) {
    const has = now.aggregationRule?.clusterRoleSelectors ?? [];
    const missing = selectors.filter((selector) => !has.some((one) => equalJson(one, selector)));
    // The rules are their controller's.
    return missing.length === 0 ? {} : { aggregationRule: { clusterRoleSelectors: [...has, ...missing] } };
  }
  const missing = missingRules(now.rules ?? [], goal.rules ?? []);
  return missing.length === 0 ? {} : { rules: [...(now.rules ?? []), ...missing] };
}

function subjectParts(now: PolicyObject, goal: PolicyObject): object {
  const has = now.subjects ?? [];
  const missing = (goal.subjects ?? []).filter((subject) => !has.some((one) => sameSubject(one, subject)));
  return missing.length === 0 ? {} : { subjects: [...has, ...missing] };
}

function sameSubject(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  return ['kind', 'name', 'namespace', 'apiGroup'].every((member) => (a[member] ?? '') === (b[member] ?? ''));
}
