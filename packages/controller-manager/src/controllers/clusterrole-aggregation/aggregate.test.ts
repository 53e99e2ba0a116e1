import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRole, PolicyRule } from '@flotilla/api';
import { aggregatedRules } from './aggregate.js';

const rule = (verb: string): PolicyRule => ({ verbs: [verb], apiGroups: [''], resources: ['pods'] });

function role(name: string, to: readonly string[], from: readonly string[], ...rules: readonly PolicyRule[]): ClusterRole {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels: Object.fromEntries(to.map((label) => [label, 'true'])) },
    rules,
    ...(from.length === 0
      ? {}
      : { aggregationRule: { clusterRoleSelectors: from.map((label) => ({ matchLabels: { [label]: 'true' } })) } }),
  };
}

const all = [
  role('view', ['to-edit'], ['to-view'], rule('get')),
  role('b', ['to-view'], [], rule('get'), rule('list')),
  role('a', ['to-view', 'to-edit'], [], rule('watch'), rule('list')),
  role('itself', ['to-view'], ['to-view']),
];

const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['in the order of names, each once', ['to-view'], ['watch', 'list', 'get']],
  ['in the order of selectors', ['to-edit', 'to-view'], ['watch', 'list', 'get']],
  ['nothing matches', ['to-nobody'], []],
];

for (const [what, from, verbs] of table) {
  test(`aggregated rules: ${what}`, () => {
    const rules = aggregatedRules(role('itself', ['to-view'], from), all);
    assert.deepEqual(
      rules.map(({ verbs: [verb] }) => verb),
      verbs,
    );
  });
}
