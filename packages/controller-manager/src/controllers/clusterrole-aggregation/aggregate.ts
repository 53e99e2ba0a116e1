import { type ClusterRole, equalJson, matchesLabelSelector, type PolicyRule } from '@flotilla/api';

/**
 * The rules that an aggregated role has to have: those of every role that its selectors match, in the order of selectors
 * and names, each rule once.
 */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): readonly PolicyRule[] {
  const rules: PolicyRule[] = [];
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const matched = all
      .filter(({ metadata }) => metadata.name !== role.metadata.name && matchesLabelSelector(selector, metadata.labels))
      .sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
    for (const rule of matched.flatMap((one) => one.rules ?? [])) {
      if (!rules.some((known) => equalJson(known, rule))) rules.push(rule);
    }
  }
  return rules;
}
