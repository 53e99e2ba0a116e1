import { systemMasters, type UserInfo } from '../user-info.js';
import {
  type Attributes,
  type Authorizer,
  type Decision,
  noOpinion,
  noRules,
  type PolicyRule,
  type RuleSet,
} from './authorizer.js';

const mastersDecision: Decision = { verdict: 'allow', reason: '' };
const mastersRules: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Asks each authorizer in order; the first that allows or denies decides. When none has an opinion, the request
 * is not allowed and the reasons are joined. Members of system:masters may do everything, whatever is stored.
 */
export function authorizerChain(authorizers: readonly Authorizer[]): Authorizer {
  return {
    name: 'union',
    authorize(attributes: Attributes): Decision | Promise<Decision> {
      if (attributes.user.groups.includes(systemMasters)) return mastersDecision;
      return askFrom(authorizers, 0, attributes, []);
    },
    rulesFor(user: UserInfo, namespace: string): RuleSet {
      if (user.groups.includes(systemMasters)) return { ...noRules, rules: mastersRules };
      const sets = authorizers.map((authorizer) => authorizer.rulesFor(user, namespace));
      return {
        rules: sets.flatMap(({ rules }) => rules),
        incomplete: sets.some(({ incomplete }) => incomplete),
        error: sets.flatMap(({ error }) => (error === '' ? [] : [error])).join(', '),
      };
    },
  };
}

/** Stays synchronous as long as the authorizers do: most decisions need no trip through the event loop. */
function askFrom(
  authorizers: readonly Authorizer[],
  from: number,
  attributes: Attributes,
  reasons: string[],
): Decision | Promise<Decision> {
  for (let i = from; i < authorizers.length; i++) {
    const decision = authorizers[i]?.authorize(attributes) ?? noOpinion;
    if (decision instanceof Promise) {
      return decision.then((settled) => {
        if (settled.verdict !== 'no-opinion') return settled;
        if (settled.reason !== '') reasons.push(settled.reason);
        return askFrom(authorizers, i + 1, attributes, reasons);
      });
    }
    if (decision.verdict !== 'no-opinion') return decision;
    if (decision.reason !== '') reasons.push(decision.reason);
  }
  return reasons.length === 0 ? noOpinion : { verdict: 'no-opinion', reason: reasons.join(', ') };
}
