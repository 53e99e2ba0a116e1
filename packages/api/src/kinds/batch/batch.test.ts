import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaint } from '../../testing/refusal.js';
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
    'a selector',
    { ...cron, jobTemplate: { spec: { ...cron.jobTemplate.spec, manualSelector: true } } },
    'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
  ],
];

for (const [name, spec, expected] of cronJobs) {
  test(`a cron job: ${name}`, () => assert.equal(complaint(kinds.cronJobs, { spec }), expected));
}
