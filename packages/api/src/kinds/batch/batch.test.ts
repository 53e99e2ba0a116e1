import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaint, created, updated } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const pod = { containers: [{ name: 'a', image: 'a' }], restartPolicy: 'Never' };
const job = {
  manualSelector: true,
  selector: { matchLabels: { a: 'b' } },
  template: { metadata: { labels: { a: 'b' } }, spec: pod },
};
const withPod = (spec: object) => ({ ...job, template: { ...job.template, spec: { ...pod, ...spec } } });
const indexed = { ...job, completionMode: 'Indexed', completions: 2, parallelism: 2 };
const restart = 'spec.template.spec.restartPolicy';

const jobs: readonly [string, object, string, object?][] = [
  ['as it should be', job, ''],
  [
    'restart policy by default',
    withPod({ restartPolicy: undefined }),
    `${restart}: Required value: valid values: "OnFailure", "Never"`,
  ],
  [
    'indexes without index',
    { ...job, backoffLimitPerIndex: 1 },
    'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
  ],
  [
    'failed indexes without a limit',
    { ...indexed, maxFailedIndexes: 1 },
    'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
  ],
  ['completions', job, 'spec.completions: Invalid value: 3: field is immutable', { ...job, completions: 3 }],
  ['an elastic job', indexed, '', { ...indexed, completions: 3, parallelism: 3 }],
  ['a job that becomes elastic', indexed, '', { ...indexed, completions: 5, parallelism: 5 }],
  ['an elastic job of many at once', { ...indexed, parallelism: 1 }, '', { ...indexed, completions: 3, parallelism: 3 }],
  [
    'a job that is not elastic',
    indexed,
    'spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism',
    { ...indexed, completions: 3 },
  ],
  [
    'a suspended job moves',
    { ...job, suspend: true },
    '',
    { ...withPod({ nodeSelector: { a: 'b' }, tolerations: [{ operator: 'Exists' }] }), suspend: true },
  ],
];

for (const [name, spec, expected, change] of jobs) {
  test(`a job: ${name}`, () => {
    assert.equal(complaint(kinds.jobs, { spec }, change === undefined ? undefined : { spec: change }), expected);
  });
}

test('a job that runs stays where it is, and a suspended one keeps its image', () => {
  const moved = withPod({ nodeSelector: { a: 'b' } });
  assert.match(complaint(kinds.jobs, { spec: job }, { spec: moved }), /^spec\.template: .*: field is immutable$/);
  const other = { ...withPod({ containers: [{ name: 'a', image: 'b' }] }), suspend: true };
  assert.match(
    complaint(kinds.jobs, { spec: { ...job, suspend: true } }, { spec: other }),
    /^spec\.template: .*: field is immutable$/,
  );
});

test('what is missing of a template is told of its members', () => {
  const missing = (at: string) =>
    `${at}.spec.containers: Required value, ${at}.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"`;
  assert.equal(complaint(kinds.jobs, { metadata: { name: 'x', uid: 'u' } }), `[${missing('spec.template')}]`);
  assert.equal(complaint(kinds.cronJobs, { spec: { schedule: '@daily' } }), `[${missing('spec.jobTemplate.spec.template')}]`);
});

test('a job that is made of another one brings the labels of its pods along, and is refused', () => {
  const metadata = { name: 'x', uid: 'u' };
  const made = (labels: object, members: object = {}) =>
    complaint(kinds.jobs, { metadata, spec: { template: { metadata: { labels }, spec: pod }, ...members } });
  const others = { 'job-name': 'x', 'controller-uid': 'u', 'batch.kubernetes.io/job-name': 'y' };
  const all = JSON.stringify({ ...others, 'batch.kubernetes.io/controller-uid': 'u' }, [
    'controller-uid',
    'job-name',
    'batch.kubernetes.io/controller-uid',
    'batch.kubernetes.io/job-name',
  ]);
  assert.equal(made({}), '');
  assert.equal(made(others), `spec.template.metadata.labels[batch.kubernetes.io/job-name]: Invalid value: ${all}: must be 'x'`);
  const matchLabels = { 'batch.kubernetes.io/controller-uid': 'v' };
  assert.match(
    made({}, { selector: { matchLabels } }),
    /^\[spec\.selector: Invalid value: .*: `selector` not auto-generated, spec\.template\.metadata\.labels: .* does not match/,
  );
});

test('a condition whose failures are told apart holds, if nothing else is said', () => {
  const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }];
  const wanted = [{ type: 'DisruptionTarget', status: 'True' }];
  const spec = { ...job, podFailurePolicy: { rules } };
  const ofJob = Reflect.get(created(kinds.jobs, { spec }), 'spec');
  assert.deepEqual(ofJob.podFailurePolicy.rules[0].onPodConditions, wanted);
  const jobTemplate = { spec: { template: { spec: pod }, podFailurePolicy: { rules } } };
  const ofCronJob = Reflect.get(created(kinds.cronJobs, { spec: { ...cron, jobTemplate } }), 'spec');
  assert.deepEqual(ofCronJob.jobTemplate.spec.podFailurePolicy.rules[0].onPodConditions, wanted);
});

const cron = { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: pod } } } };
const zones = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
const cronJobs: readonly [string, object, string][] = [
  ['as it should be', { ...cron, timeZone: 'Europe/Berlin' }, ''],
  [
    'a zone that is not',
    { ...cron, timeZone: 'Europe/Atlantis' },
    'spec.timeZone: Invalid value: "Europe/Atlantis": unknown time zone Europe/Atlantis',
  ],
  ['the zone here', { ...cron, timeZone: 'Local' }, `spec.timeZone: Invalid value: "Local": ${zones}`],
  [
    'a zone in the schedule',
    { ...cron, schedule: 'TZ=UTC * * * * *' },
    'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ],
  [
    'two zones',
    { ...cron, schedule: 'TZ=UTC * * * * *', timeZone: 'Etc/UTC' },
    'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ],
  [
    'a selector',
    { ...cron, jobTemplate: { spec: { ...cron.jobTemplate.spec, manualSelector: true } } },
    'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
  ],
];

for (const [name, spec, expected] of cronJobs) {
  test(`a cron job: ${name}`, () => assert.equal(complaint(kinds.cronJobs, { spec }), expected));
}

test('a schedule that has named its zone since long may go on so, but not beside another', () => {
  const old = created(kinds.cronJobs, { spec: cron });
  Object.assign(Reflect.get(old, 'spec'), { schedule: 'TZ=UTC * * * * *' });
  const change = (members: object) => () =>
    updated(kinds.cronJobs, old, { spec: { ...cron, schedule: 'TZ=UTC 1 * * * *', ...members } });
  assert.doesNotThrow(change({}));
  assert.throws(change({ timeZone: 'Etc/UTC' }), /cannot use both timeZone field and TZ or CRON_TZ in schedule/);
});

test('metadata of nothing in the template of a schedule is no change', () => {
  const of = (metadata: object) => ({
    spec: { schedule: '* * * * *', jobTemplate: { ...metadata, spec: { template: { spec: pod } } } },
  });
  const old = created(kinds.cronJobs, of({}));
  assert.equal(updated(kinds.cronJobs, old, of({ metadata: {} })).metadata.generation, 1);
  assert.equal(updated(kinds.cronJobs, old, of({ metadata: { labels: { a: 'b' } } })).metadata.generation, 2);
});
