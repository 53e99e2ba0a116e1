import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { StatusError } from '../../errors/status-error.js';
import { created, updated } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const jobs = kinds.jobs as unknown as Definition; // declared with its own object type
const template = { spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never' } };
const startTime = '2026-01-01T00:00:00Z';
const completionTime = '2026-01-01T00:01:00Z';
const conditions = (...types: readonly string[]) => ({ conditions: types.map((type) => ({ type, status: 'True' })) });
const complete = { ...conditions('SuccessCriteriaMet', 'Complete'), startTime, completionTime };
const failed = { ...conditions('FailureTarget', 'Failed'), startTime };

/** What is said of a Job whose status was `before` and becomes `after`; empty when it may. */
function complaint(spec: object, before: object, after: object): string {
  try {
    const labels = { app: 'a' };
    const body = {
      spec: { manualSelector: true, selector: { matchLabels: labels }, template: { ...template, metadata: { labels } }, ...spec },
    };
    const old = { ...created(jobs, body), status: before };
    updated(jobs, old, { status: after }, 'status');
    return '';
  } catch (error) {
    if (error instanceof StatusError) return error.message.replace(/^.*? is invalid: /, '');
    throw error;
  }
}

const indexed = { completionMode: 'Indexed', completions: 5, parallelism: 1, backoffLimitPerIndex: 1 };

const cases: readonly [string, object, object, object, string][] = [
  ['runs', {}, {}, { startTime, active: 2, ready: 1 }, ''],
  ['completes', {}, { startTime, succeeded: 1 }, { ...complete, succeeded: 1 }, ''],
  ['fails', {}, { startTime }, { ...failed, failed: 1 }, ''],
  ['has less than nothing', {}, {}, { failed: -1 }, bothWays('failed')],
  [
    'completes suspended, of nothing, and so without a start',
    { completions: 0, suspend: true },
    {},
    { ...conditions('SuccessCriteriaMet', 'Complete'), completionTime },
    '',
  ],
  [
    'is more ready than active',
    {},
    {},
    { active: 1, ready: 2 },
    'status.ready: Invalid value: 2: cannot set more ready pods than active',
  ],
  [
    'counts a pod twice',
    {},
    {},
    { uncountedTerminatedPods: { succeeded: ['a', ''], failed: ['a'] } },
    '[status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty, status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"]',
  ],
  [
    'completes without saying when, and why',
    {},
    {},
    conditions('Complete'),
    '[status.completionTime: Required value: completionTime is required for Complete jobs, status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition, status.startTime: Required value: startTime is required for finished job]',
  ],
  [
    'says when it completed without completing',
    {},
    {},
    { startTime, completionTime },
    'status.completionTime: Invalid value: "2026-01-01T00:01:00Z": cannot set completionTime when there is no Complete=True condition',
  ],
  [
    'completes before it starts',
    {},
    { startTime: completionTime },
    { ...complete, startTime: completionTime, completionTime: startTime },
    'status.completionTime: Invalid value: "2026-01-01T00:00:00Z": completionTime cannot be set before startTime',
  ],
  [
    'fails out of the blue, with pods',
    {},
    { startTime, active: 1 },
    { ...conditions('Failed'), startTime, active: 1, terminating: 1 },
    '[status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition, status.active: Invalid value: 1: active>0 is invalid for finished job, status.terminating: Invalid value: 1: terminating>0 is invalid for finished job]',
  ],
  [
    'succeeds and fails',
    {},
    complete,
    { ...complete, ...conditions('SuccessCriteriaMet', 'Complete', 'FailureTarget', 'Failed') },
    '[status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions, status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions, status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions, status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions]',
  ],
  [
    'rises from the dead',
    {},
    { ...failed, failed: 2 },
    { startTime, failed: 1 },
    '[status.conditions: Invalid value: cannot disable the terminal Failed=True condition, status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition, status.failed: Invalid value: 1: cannot decrease the failed counter]',
  ],
  [
    'starts anew while it runs',
    {},
    { startTime },
    {},
    'status.startTime: Required value: startTime cannot be removed for unsuspended job',
  ],
  ['starts anew when suspended', { suspend: true }, { startTime }, {}, ''],
  [
    'completes at another time',
    {},
    complete,
    { ...complete, completionTime: '2026-01-01T00:02:00Z' },
    'status.completionTime: Invalid value: "2026-01-01T00:02:00Z": completionTime cannot be mutated',
  ],
  ['knows its indexes', indexed, {}, { completedIndexes: '0,2-3', failedIndexes: '1' }, ''],
  [
    'has indexes that it cannot have',
    indexed,
    {},
    { completedIndexes: '9', failedIndexes: 'a' },
    '[status.completedIndexes: Invalid value: "9": error parsing completedIndexes: too large index: "9", status.failedIndexes: Invalid value: "a": error parsing failedIndexes: cannot convert string to integer for index: "a"]',
  ],
  [
    'has indexes that succeeded and failed',
    indexed,
    {},
    { completedIndexes: '0-2', failedIndexes: '2,4' },
    'status.failedIndexes: Invalid value: "2,4": failedIndexes and completedIndexes overlap at index: 2',
  ],
  [
    'has indexes without being indexed',
    {},
    {},
    { completedIndexes: '0', failedIndexes: '' },
    '[status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode, status.failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is null]',
  ],
  [
    'forgets what succeeded',
    {},
    { succeeded: 2 },
    { succeeded: 1 },
    'status.succeeded: Invalid value: 1: cannot decrease the succeeded counter',
  ],
  ['is scaled down', { ...indexed, parallelism: 5 }, { succeeded: 2 }, { succeeded: 1 }, ''],
];

function bothWays(member: string): string {
  const at = `status.${member}: Invalid value: -1`;
  return `[${at}: must be greater than or equal to 0, ${at}: cannot decrease the ${member} counter]`;
}

for (const [what, spec, before, after, wanted] of cases) {
  test(`a job that ${what}`, () => assert.equal(complaint(spec, before, after), wanted));
}
