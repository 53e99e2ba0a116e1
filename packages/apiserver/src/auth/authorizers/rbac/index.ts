import type { UserInfo } from '../../user-info.js';
import type { Attributes, Authorizer, Decision, PolicyRule, RuleSet } from '../authorizer.js';
import type { Grant, PolicyIndex } from './policy-index.js';
import { ruleAllows } from './rule-matching.js';

/** Role-based access control: denies by default, grants add up. Decides on what is stored, from memory. */
export function rbacAuthorizer(policy: PolicyIndex): Authorizer {
  return {
    name: 'RBAC',
    authorize(attributes: Attributes): Decision {
      let missing: string[] | undefined;
      for (const grant of policy.grants(attributes.user, attributes.isResourceRequest ? attributes.namespace : '')) {
        if (grant.rules === undefined) {
          missing = missing ?? [];
          missing.push(notFoundText(grant));
          continue;
        }
        for (const rule of grant.rules) {
          if (ruleAllows(rule, attributes)) return { verdict: 'allow', reason: reasonOf(grant) };
        }
      }
      return { verdict: 'no-opinion', reason: missing === undefined ? '' : `RBAC: ${reasonsOf(missing)}` };
    },
    rulesFor(user: UserInfo, namespace: string): RuleSet {
      const rules: PolicyRule[] = [];
      const missing: string[] = [];
      for (const grant of policy.grants(user, namespace)) {
        if (grant.rules === undefined) missing.push(notFoundText(grant));
        else rules.push(...grant.rules);
      }
      return { rules, incomplete: false, error: missing.length === 0 ? '' : reasonsOf(missing) };
    },
  };
}

function notFoundText({ roleKind, roleName }: Grant): string {
  return `${roleKind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(roleName)} not found`;
}

function reasonOf(grant: Grant): string {
  const binding =
    grant.bindingNamespace === ''
      ? `ClusterRoleBinding ${JSON.stringify(grant.bindingName)}`
      : `RoleBinding ${JSON.stringify(`${grant.bindingName}/${grant.bindingNamespace}`)}`;
  return `RBAC: allowed by ${binding} of ${grant.roleKind} ${JSON.stringify(grant.roleName)} to ${grant.subject}`;
}

/** Several missing roles read as Kubernetes joins errors: `[a, b]`. */
function reasonsOf(reasons: readonly string[]): string {
  return reasons.length === 1 ? (reasons[0] ?? '') : `[${reasons.join(', ')}]`;
}
