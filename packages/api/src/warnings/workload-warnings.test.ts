import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../definition.js';
import { kinds } from '../kinds/kinds.js';
import { complaint, created, updated } from '../testing/refusal.js';

const container = { name: 'c', image: 'i', resources: { requests: { memory: '1m' } } };
const template = (more: object = {}) => ({ metadata: { labels: { a: 'b' } }, spec: { containers: [container], ...more } });
const selector = { matchLabels: { a: 'b' } };
const fraction = (at: string) =>
  `${at}.spec.containers[0].resources.requests[memory]: fractional byte value "1m" is invalid, must be an integer`;
const name =
  'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]';
const topologies = [{ matchLabelExpressions: [{ key: 'beta.kubernetes.io/os', values: ['linux'] }] }];
const zone =
  'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';

const job = { manualSelector: true, selector, template: template({ restartPolicy: 'Never' }) };

/** What a kind warns of a new object, and of one that has changed. */
const cases: readonly [string, Definition, object, readonly string[]][] = [
  ['a deployment', kinds.deployments, { spec: { selector, template: template() } }, [name, fraction('spec.template')]],
  ['a replica set', kinds.replicaSets, { spec: { selector, template: template() } }, [name, fraction('spec.template')]],
  [
    'a replication controller',
    kinds.replicationControllers,
    { spec: { template: template() } },
    [name, fraction('spec.template')],
  ],
  ['a daemon set', kinds.daemonSets, { spec: { selector, template: template() } }, [fraction('spec.template')]],
  ['a job', kinds.jobs, { spec: job }, [name, fraction('spec.template')]],
  [
    'a cron job',
    kinds.cronJobs,
    { spec: { schedule: '* * * * *', jobTemplate: { spec: { template: template({ restartPolicy: 'Never' }) } } } },
    [name, fraction('spec.jobTemplate.spec.template')],
  ],
  [
    'a slice of domains',
    kinds.endpointSlices,
    { addressType: 'FQDN', endpoints: [{ addresses: ['example.com'] }] },
    ['spec.addressType: FQDN endpoints are deprecated'],
  ],
  [
    'a policy about one address or many',
    kinds.networkPolicies,
    { spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.1/8' } }] }] } },
    [
      'spec.ingress[0].from[0].ipBlock.cidr: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
    ],
  ],
  [
    'a class of volumes by a label of old',
    kinds.storageClasses,
    { provisioner: 'p', allowedTopologies: topologies },
    ['allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.14; use "kubernetes.io/os" instead'],
  ],
  [
    'an ingress of a class by annotation',
    kinds.ingresses,
    {
      metadata: { annotations: { 'kubernetes.io/ingress.class': 'x' } },
      spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
    },
    ['annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead'],
  ],
];

for (const [title, definition, body, wanted] of cases) {
  test(`whoever makes ${title} is warned`, () => {
    const { metadata = {} } = body as { metadata?: object };
    const object = { ...body, metadata: { ...metadata, name: 'a.b' } };
    assert.equal(complaint(definition, object), '');
    assert.deepEqual(definition.warnings?.(created(definition, object) as never), wanted);
  });
}

test('what has not changed is not warned of again; what has is, but for the name', () => {
  const old = created(kinds.deployments, { metadata: { name: 'a.b' }, spec: { selector, template: template() } });
  const warnings = (change: object) =>
    kinds.deployments.warnings?.(updated(kinds.deployments, old, change) as never, old as never);
  assert.deepEqual(warnings({ metadata: { ...old.metadata, labels: { x: 'y' } } }), []);
  assert.deepEqual(warnings({ spec: { selector, replicas: 5, template: template() } }), [fraction('spec.template')]);
});

test('a stateful set is warned of its claims and its history', () => {
  const claim = {
    metadata: { name: 'd' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1500m' } } },
  };
  const spec = { selector, serviceName: 's', template: template(), volumeClaimTemplates: [claim], revisionHistoryLimit: -1 };
  const old = created(kinds.statefulSets, { metadata: { name: 'a' }, spec });
  const storage = (at: string) =>
    `${at}.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer`;
  const history = 'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';
  assert.deepEqual(kinds.statefulSets.warnings?.(old as never), [
    fraction('spec.template'),
    storage('spec.volumeClaimTemplates[0]'),
    history,
  ]);
  assert.deepEqual(kinds.statefulSets.warnings?.(old as never, old as never), [
    storage('spec.volumeClaimTemplates[0].Spec'),
    history,
  ]);
});

test('a job that cannot tell which of its indexes are done', () => {
  const spec = { ...job, completionMode: 'Indexed', completions: 100_001, parallelism: 10_001 };
  assert.match(
    kinds.jobs.warnings?.(created(kinds.jobs, { metadata: { name: 'a' }, spec }) as never)[0] ?? '',
    /^spec: In Indexed Jobs /,
  );
});

test('a zone in the schedule of a cron job is warned of when it changes', () => {
  const jobTemplate = { spec: { template: template({ restartPolicy: 'Never' }) } };
  const old = created(kinds.cronJobs, { metadata: { name: 'a' }, spec: { schedule: '* * * * *', jobTemplate } });
  const changed = { ...old, spec: { schedule: 'TZ=UTC * * * * *', jobTemplate } };
  assert.deepEqual(kinds.cronJobs.warnings?.(changed as never, old as never), [zone]);
});
