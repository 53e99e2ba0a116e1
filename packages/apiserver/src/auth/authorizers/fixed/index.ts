import { type Authorizer, type Decision, noRules } from '../authorizer.js';

const everything = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** AlwaysAllow and AlwaysDeny: for tests and for clusters of one person. */
export function fixedAuthorizer(allows: boolean): Authorizer {
  const decision: Decision = allows
    ? { verdict: 'allow', reason: '' }
    : { verdict: 'no-opinion', reason: 'Everything is forbidden.' };
  return {
    name: allows ? 'AlwaysAllow' : 'AlwaysDeny',
    authorize: () => decision,
    rulesFor: () => (allows ? { ...noRules, rules: everything } : noRules),
  };
}
