import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaint } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';
import { scheduleProblem } from './cron-schedule.js';
import { countIndexes } from './job-indexes.js';

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
const job = (members: object) => ({ metadata: { uid: 'u' }, spec: { template, ...members } });
const failure = (rule: object) => job({ podFailurePolicy: { rules: [rule] } });
const codes = (members: object) => failure({ action: 'FailJob', onExitCodes: { operator: 'In', values: [1], ...members } });
const indexed = (members: object) => job({ completionMode: 'Indexed', completions: 5, parallelism: 1, ...members });
const success = (rule: object) => indexed({ successPolicy: { rules: [rule] } });
const many = { completions: 100_001, backoffLimitPerIndex: 1 };

const table: readonly [string, object, string][] = [
  ['exit codes', codes({ containerName: 'c', values: [1, 2] }), ''],
  [
    'a rule of nothing',
    failure({}),
    '[spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"], spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required]',
  ],
  [
    'another container',
    codes({ containerName: 'x' }),
    'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template',
  ],
  [
    'codes out of order',
    codes({ values: [2, 1] }),
    'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,1]: must be ordered',
  ],
  [
    'success among codes',
    codes({ values: [0] }),
    'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
  ],
  [
    'an index that fails where none are counted',
    failure({ action: 'FailIndex', onPodConditions: [{ type: 'A', status: 'True' }] }),
    'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
  ],
  ['success of some', success({ succeededIndexes: '0-2,4', succeededCount: 4 }), ''],
  [
    'success of too many',
    success({ succeededIndexes: '0-2', succeededCount: 4 }),
    'spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of indexes in the specified succeededIndexes field)',
  ],
  [
    'indexes that are none',
    success({ succeededIndexes: 'a' }),
    'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "a": error parsing succeededIndexes: cannot convert string to integer for index: "a"',
  ],
  [
    'success of nothing',
    success({}),
    'spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified',
  ],
  ['a manager', job({ managedBy: 'example.com/own' }), ''],
  [
    'a manager of no domain',
    job({ managedBy: 'own' }),
    'spec.managedBy: Invalid value: "own": must be a domain-prefixed path (such as "acme.io/foo")',
  ],
  [
    'more failures than indexes',
    indexed({ backoffLimitPerIndex: 1, maxFailedIndexes: 6 }),
    'spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions',
  ],
  [
    'too many at once',
    indexed({ completions: 200_000, parallelism: 100_001 }),
    'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
  ],
  [
    'many indexes that fail one by one',
    indexed({ ...many, parallelism: 10_001 }),
    '[spec.maxFailedIndexes: Required value: must be specified when completions is above 100000, spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index]',
  ],
  [
    'a selector of others',
    job({ manualSelector: true, selector: { matchLabels: { a: 'b' } } }),
    'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
  ],
  [
    'a name too long for its pods',
    { ...indexed({}), metadata: { uid: 'u', name: 'a'.repeat(62) } },
    `metadata.name: Invalid value: "${'a'.repeat(62)}": will not able to create pod with invalid DNS label: ${'a'.repeat(62)}-4`,
  ],
];
for (const [name, object, wanted] of table) test(`a job with ${name}`, () => assert.equal(complaint(kinds.jobs, object), wanted));

const indexes: readonly [string, number | string][] = [
  ['', 0],
  ['0,2-4', 4],
  ['1,1', 'non-increasing order, previous: 1, current: 1'],
  ['3-2', 'non-increasing order, previous: 3, current: 2'],
  ['9', 'too large index: "9"'],
  ['1-2-3', 'the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by \'-\''],
];
for (const [text, wanted] of indexes) test(`the indexes "${text}"`, () => assert.equal(countIndexes(text, 5), wanted));

const schedules: readonly [string, string | undefined][] = [
  ['*/5 0-23/2 1,15 jan-DEC mon-5', undefined],
  ['? ? ? * 3/2', undefined],
  ['@hourly', undefined],
  ['@every 1h30m', undefined],
  ['', 'empty spec string'],
  ['@often', 'unrecognized descriptor: @often'],
  ['@every soon', 'failed to parse duration @every soon: time: invalid duration "soon"'],
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['61 * * * *', 'end of range (61) above maximum (59): 61'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['* 5-3 * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
];
for (const [schedule, wanted] of schedules) {
  test(`the schedule "${schedule}"`, () => assert.equal(scheduleProblem(schedule), wanted));
}
