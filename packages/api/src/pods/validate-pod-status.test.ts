import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../kinds/kinds.js';
import { complaint, created, updated } from '../testing/refusal.js';

const container = { name: 'c', image: 'i:1' };
const pod = { spec: { containers: [container], resourceClaims: [{ name: 'gpu', resourceClaimName: 'x' }] } };
const running = { name: 'c', ready: true, restartCount: 0, image: '', imageID: '' };

const cases: readonly [string, object, string][] = [
  [
    'a condition by no name',
    { conditions: [{ type: 'a b', status: 'True' }] },
    "status.conditions[0].Type: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  ],
  [
    'negative generations',
    { observedGeneration: -1, conditions: [{ type: 'Ready', status: 'True', observedGeneration: -2 }] },
    '[status.conditions[0].observedGeneration: Invalid value: -2: must be a non-negative integer, status.observedGeneration: Invalid value: -1: must be a non-negative integer]',
  ],
  [
    'a claim that the pod does not have, twice',
    { resourceClaimStatuses: [{ name: 'cpu' }, { name: 'cpu', resourceClaimName: 'x' }] },
    '[status.resourceClaimStatuses[0].name: Invalid value: "cpu": must match the name of an entry in `spec.resourceClaims`, status.resourceClaimStatuses[1].name: Invalid value: "cpu": must match the name of an entry in `spec.resourceClaims`, status.resourceClaimStatuses[1].name: Duplicate value: "cpu"]',
  ],
  ['a claim', { resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: 'x' }] }, ''],
  [
    'a user that there cannot be',
    { containerStatuses: [{ ...running, user: { linux: { uid: -1, gid: 0, supplementalGroups: [-1] } } }] },
    '[status.containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive, status.containerStatuses[0].user.linux.supplementalGroups[0]: Invalid value: -1: must be between 0 and 2147483647, inclusive]',
  ],
  [
    'one address twice',
    { podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }] },
    'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.1"}]: may specify no more than one IP for each IP family',
  ],
];

for (const [name, status, wanted] of cases) {
  test(`a status with ${name}`, () => assert.equal(complaint(kinds.pods, pod, { status }, 'status'), wanted));
}

test('a Windows container has no Linux user', () => {
  const windows = { spec: { ...pod.spec, os: { name: 'windows' } } };
  const status = { initContainerStatuses: [{ ...running, user: { linux: { uid: 0, gid: 0 } } }] };
  assert.equal(
    complaint(kinds.pods, windows, { status }, 'status'),
    'status.initContainerStatuses[0].user.linux: Forbidden: cannot be set for a windows pod',
  );
});

test('a generation that has been observed is not forgotten', () => {
  const conditions = (...generations: (number | undefined)[]) =>
    generations.map((observedGeneration) => ({
      type: 'Ready',
      status: 'True',
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
    }));
  const old = updated(
    kinds.pods,
    created(kinds.pods, pod),
    { status: { observedGeneration: 3, conditions: conditions(1, 2) } },
    'status',
  );
  const now = Reflect.get(
    updated(kinds.pods, old, { status: { conditions: conditions(undefined, undefined, undefined) } }, 'status'),
    'status',
  );
  assert.equal(now.observedGeneration, 3);
  assert.deepEqual(now.conditions, conditions(1, 2, undefined));
});
