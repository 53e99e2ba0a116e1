import type { FlowcontrolV1Subject, FlowSchemaSpec, PriorityLevelConfigurationSpec } from '../../generated/types.js';

/**
 * What every cluster has, whatever its administrators do: one level for requests that must never wait, and one for what
 * nothing else matches. Their specs are fixed (but for what the exempt level lends).
 */

const group = (name: string): FlowcontrolV1Subject => ({ kind: 'Group', group: { name } });

const everything = (...subjects: FlowcontrolV1Subject[]) => ({
  subjects,
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
});

export const mandatoryFlowSchemas: ReadonlyMap<string, FlowSchemaSpec> = new Map([
  [
    'exempt',
    { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 1, rules: [everything(group('system:masters'))] },
  ],
  [
    'catch-all',
    {
      priorityLevelConfiguration: { name: 'catch-all' },
      matchingPrecedence: 10_000,
      distinguisherMethod: { type: 'ByUser' },
      rules: [everything(group('system:unauthenticated'), group('system:authenticated'))],
    },
  ],
]);

export const mandatoryPriorityLevels: ReadonlyMap<string, PriorityLevelConfigurationSpec> = new Map([
  ['exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }],
  [
    'catch-all',
    { type: 'Limited', limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } } },
  ],
]);
