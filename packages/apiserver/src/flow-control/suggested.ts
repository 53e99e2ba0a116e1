import type { FlowSchema, PriorityLevelConfiguration } from '@flotilla/api';

type Subject = NonNullable<NonNullable<FlowSchema['spec']['rules']>[number]['subjects']>[number];
type Rule = NonNullable<FlowSchema['spec']['rules']>[number];

const user = (name: string): Subject => ({ kind: 'User', user: { name } });
const group = (name: string): Subject => ({ kind: 'Group', group: { name } });
const account = (name: string): Subject => ({ kind: 'ServiceAccount', serviceAccount: { name, namespace: 'kube-system' } });

const controllerManager = user('system:kube-controller-manager');
const everybody = [group('system:unauthenticated'), group('system:authenticated')];

function resources(verbs: string, apiGroup: string, names: string, clusterScope = false) {
  return {
    verbs: verbs.split(' '),
    apiGroups: [apiGroup],
    resources: names.split(' '),
    ...(clusterScope ? { clusterScope } : {}),
    namespaces: ['*'],
  };
}

const everything: Pick<Rule, 'resourceRules' | 'nonResourceRules'> = {
  resourceRules: [resources('*', '*', '*', true)],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};

const metadata = (name: string) => ({ name, annotations: { [autoupdateSpec]: 'true' } });

/** `true`: the spec follows what the API server ships. */
export const autoupdateSpec = 'apf.kubernetes.io/autoupdate-spec';

function schema(
  name: string,
  level: string,
  matchingPrecedence: number,
  distinguisher: 'ByUser' | 'ByNamespace' | undefined,
  ...rules: readonly Rule[]
): FlowSchema {
  return {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: metadata(name),
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence,
      ...(distinguisher === undefined ? {} : { distinguisherMethod: { type: distinguisher } }),
      rules,
    },
  };
}

function level(
  name: string,
  nominalConcurrencyShares: number,
  lendablePercent: number,
  queues: number,
  handSize: number,
): PriorityLevelConfiguration {
  return {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: metadata(name),
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares,
        lendablePercent,
        limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } },
      },
    },
  };
}

/** What Kubernetes suggests beside what is mandatory: components before workloads, nodes before all of those. */
export const suggestedPriorityLevels: readonly PriorityLevelConfiguration[] = [
  level('system', 30, 33, 64, 6),
  level('node-high', 40, 25, 64, 6),
  level('leader-election', 10, 0, 16, 4),
  level('workload-high', 40, 50, 128, 6),
  level('workload-low', 100, 90, 128, 6),
  level('global-default', 20, 50, 128, 6),
];

export const suggestedFlowSchemas: readonly FlowSchema[] = [
  schema('probes', 'exempt', 2, undefined, {
    subjects: everybody,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [controllerManager, user('system:kube-scheduler'), account('*')],
    resourceRules: [resources('get create update', 'coordination.k8s.io', 'leases')],
  }),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: [group('system:nodes')],
    resourceRules: [resources('*', '', 'nodes nodes/status', true), resources('*', 'coordination.k8s.io', 'leases')],
  }),
  schema('system-nodes', 'system', 500, 'ByUser', { subjects: [group('system:nodes')], ...everything }),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', { subjects: [controllerManager], ...everything }),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', { subjects: [user('system:kube-scheduler')], ...everything }),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', { subjects: [account('*')], ...everything }),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', { subjects: [group('system:serviceaccounts')], ...everything }),
  schema('global-default', 'global-default', 9900, 'ByUser', { subjects: everybody, ...everything }),
];
