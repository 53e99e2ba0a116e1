import { componentRoles } from '../../../bootstrap/policy/component-roles.js';
import { nodesGroup, nodeUserPrefix, type UserInfo } from '../../user-info.js';
import { type Attributes, type Authorizer, type Decision, noOpinion, noRules, type RuleSet } from '../authorizer.js';
import { ruleAllows } from '../rbac/rule-matching.js';
import { decideFor } from './decide.js';
import type { NodeGraph } from './node-graph.js';

const allowed: Decision = { verdict: 'allow', reason: '' };
const notEnumerable: RuleSet = {
  ...noRules,
  incomplete: true,
  error: 'node authorizer does not support user rule resolution',
};

/**
 * What a kubelet may do: everything that its own node, its own pods and what those reference need, and nothing of
 * another node's. A stolen kubelet certificate is worth one node.
 */
export function nodeAuthorizer(graph: NodeGraph): Authorizer {
  const nodeRules = componentRoles.find((role) => role.name === 'system:node')?.rules ?? [];
  return {
    name: 'Node',
    authorize(attributes: Attributes): Decision {
      const node = nodeOf(attributes.user);
      if (node === undefined) return noOpinion;
      if (node === '') {
        return { verdict: 'no-opinion', reason: `unknown node for user ${JSON.stringify(attributes.user.username)}` };
      }
      const special = attributes.isResourceRequest ? decideFor(node, attributes, graph) : undefined;
      if (special !== undefined) return special === 'allow' ? allowed : { verdict: 'no-opinion', reason: special.reason };
      return nodeRules.some((rule) => ruleAllows(rule, attributes)) ? allowed : noOpinion;
    },
    rulesFor: (user: UserInfo): RuleSet => (nodeOf(user) === undefined ? noRules : notEnumerable),
  };
}

/** @returns undefined: not a node; empty: a node that cannot be told */
function nodeOf(user: UserInfo): string | undefined {
  if (!user.username.startsWith(nodeUserPrefix) || !user.groups.includes(nodesGroup)) return undefined;
  return user.username.slice(nodeUserPrefix.length);
}
