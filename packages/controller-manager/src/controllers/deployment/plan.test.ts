import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Deployment, Persisted, ReplicaSet } from '@flotilla/api';
import { revisionAnnotation, sizeAnnotations } from './annotations.js';
import { familyOf, nextRevision, planCleanup, planStep } from './plan.js';
import { rolloutLimits } from './rollout-limits.js';
import { isComplete, msUntilDeadline, statusOf } from './status.js';
import { templateHash } from './template.js';

const nowMs = Date.parse('2026-01-01T01:00:00Z');

function meta(name: string, more: object = {}) {
  return {
    name,
    namespace: 'ns',
    uid: `uid-${name}`,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    generation: 1,
    ...more,
  };
}

const template = (image: string) => ({ metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image }] } });

function deployment(
  replicas: number,
  spec: Partial<Deployment['spec']> = {},
  status?: Deployment['status'],
): Persisted<Deployment> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('d'),
    spec: { replicas, selector: { matchLabels: { app: 'a' } }, template: template('new'), progressDeadlineSeconds: 600, ...spec },
    ...(status !== undefined && { status }),
  };
}

/** `set('old-1', 'old', 3, 2)`: wants 3 pods, of which 2 are available. `of`: the size that it was told of. */
function set(name: string, image: string, replicas: number, available = replicas, of = 4, revision = 1): Persisted<ReplicaSet> {
  const annotations = { [revisionAnnotation]: String(revision), ...sizeAnnotations(of, Math.ceil(of / 4)) };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: meta(name, { annotations, creationTimestamp: `2026-01-01T00:00:0${revision}Z` }),
    spec: { replicas, selector: { matchLabels: { app: 'a' } }, template: template(image) },
    status: { replicas, availableReplicas: available, readyReplicas: available, observedGeneration: 1 },
  };
}

/** A plan as text: `create 1`, `old-1=2 new=3`, or `nothing`. Changes of annotations alone are left out. */
function steps(d: Persisted<Deployment>, sets: readonly Persisted<ReplicaSet>[]): string {
  const step = planStep(d, familyOf(d, sets), []);
  if (step.do === 'create') return `create ${step.replicas}`;
  if (step.do === 'nothing') return 'nothing';
  const changed = step.changes.filter(({ replicaSet, replicas }) => replicaSet.spec?.replicas !== replicas);
  return changed.map(({ replicaSet, replicas }) => `${replicaSet.metadata.name}=${replicas}`).join(' ') || 'nothing';
}

const recreate = { strategy: { type: 'Recreate' } };
const limits = (maxSurge: string | number, maxUnavailable: string | number) => ({
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
});

describe('steps of a rollout', () => {
  for (const [what, d, sets, expected] of [
    ['the first ReplicaSet gets all', deployment(4), [], 'create 4'],
    ['a new template starts with the surge', deployment(4), [set('old', 'old', 4)], 'create 1'],
    ['no surge: it starts empty', deployment(4, limits(0, 1)), [set('old', 'old', 4)], 'create 0'],
    ['old pods go as far as availability allows', deployment(4), [set('old', 'old', 4), set('new', 'new', 1, 0, 4, 2)], 'old=3'],
    ['and not further', deployment(4), [set('old', 'old', 3), set('new', 'new', 2, 0, 4, 2)], 'nothing'],
    ['new ones take the room', deployment(4), [set('old', 'old', 3), set('new', 'new', 1, 1, 4, 2)], 'new=2'],
    [
      'broken old pods go first',
      deployment(4),
      [set('o1', 'o1', 2, 0), set('o2', 'o2', 3, 3, 4, 2), set('new', 'new', 0, 0, 4, 3)],
      'o1=0',
    ],
    ['the end of it', deployment(4), [set('old', 'old', 1), set('new', 'new', 4, 4, 4, 2)], 'old=0'],
    ['done', deployment(4), [set('old', 'old', 0, 0), set('new', 'new', 4, 4, 4, 2)], 'nothing'],
    ['scaling an idle one', deployment(6), [set('new', 'new', 4)], 'new=6'],
    ['scaling to nothing', deployment(0), [set('new', 'new', 4)], 'new=0'],
    ['scaling from nothing', deployment(3), [set('new', 'new', 0, 0, 0)], 'new=3'],
    [
      'scaling amid a rollout keeps the mixture',
      deployment(8),
      [set('old', 'old', 3), set('new', 'new', 2, 2, 4, 2)],
      'old=6 new=4',
    ],
    ['scaling down amid a rollout too', deployment(2), [set('old', 'old', 3), set('new', 'new', 2, 2, 4, 2)], 'old=2 new=1'],
    ['paused: nothing new', deployment(4, { paused: true }), [set('old', 'old', 4)], 'nothing'],
    ['paused: but it scales', deployment(6, { paused: true }), [set('old', 'old', 4)], 'old=6'],
    ['recreate: the old go', deployment(4, recreate), [set('old', 'old', 4)], 'old=0'],
    ['recreate: the new come at once', deployment(4, recreate), [set('old', 'old', 0, 0)], 'create 4'],
  ] as const) {
    test(what, () => assert.equal(steps(d, sets), expected));
  }

  test('recreate waits for pods that are still ending', () => {
    const d = deployment(4, recreate);
    const ending = { apiVersion: 'v1', kind: 'Pod', metadata: meta('p'), spec: { containers: [] } };
    assert.equal(planStep(d, familyOf(d, [set('old', 'old', 0, 0)]), [ending]).do, 'nothing');
  });

  test('a deleted deployment does nothing', () => {
    const d = deployment(4);
    assert.equal(steps({ ...d, metadata: { ...d.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }, []), 'nothing');
  });
});

test('limits: the surge rounds up, the unavailable down, and never are both nothing', () => {
  for (const [replicas, surge, unavailable, expected] of [
    [10, '25%', '25%', [3, 2]],
    [1, '25%', '25%', [1, 0]],
    [3, 0, '10%', [0, 1]],
    [3, 2, 0, [2, 0]],
    [2, 0, 5, [0, 2]],
  ] as const) {
    const { maxSurge, maxUnavailable } = rolloutLimits(deployment(replicas, limits(surge, unavailable)));
    assert.deepEqual([maxSurge, maxUnavailable], expected, `${replicas} ${surge} ${unavailable}`);
  }
});

test('revisions go up when an old template comes back, and the history is trimmed from its oldest end', () => {
  const sets = [set('a', 'a', 0, 0, 4, 1), set('b', 'new', 0, 0, 4, 2), set('c', 'c', 0, 0, 4, 3), set('d', 'd', 1, 1, 4, 4)];
  const d = deployment(4, { revisionHistoryLimit: 1 });
  const family = familyOf(d, sets);
  assert.equal(family.newest?.metadata.name, 'b');
  assert.equal(nextRevision(family), 5);
  assert.deepEqual(
    planCleanup(d, family).map(({ metadata }) => metadata.name),
    ['a', 'c'],
  );
});

test('the hash depends on the template and on collisions, not on the order of members', () => {
  const a = { metadata: { labels: { x: '1', y: '2' } } };
  const b = { metadata: { labels: { y: '2', x: '1' } } };
  assert.equal(templateHash(a, 0), templateHash(b, 0));
  assert.notEqual(templateHash(a, 0), templateHash(a, 1));
  assert.match(templateHash(a, 0), /^[bcdfghjklmnpqrstvwxz2456789]{5,10}$/);
});

describe('status', () => {
  const progressing = (d: Persisted<Deployment>, sets: readonly Persisted<ReplicaSet>[], outcome = {}, atMs = nowMs) =>
    statusOf(d, familyOf(d, sets), outcome, atMs).conditions?.find(({ type }) => type === 'Progressing');

  test('counts', () => {
    const d = deployment(4);
    const status = statusOf(d, familyOf(d, [set('old', 'old', 3), set('new', 'new', 2, 1, 4, 2)]), {}, nowMs);
    const { replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas } = status;
    assert.deepEqual([replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas], [5, 2, 4, 4, 1]);
    assert.equal(isComplete(d, status), false);
    const available = status.conditions?.find(({ type }) => type === 'Available');
    assert.equal(available?.status, 'True');
  });

  test('a rollout that makes no progress runs into its deadline, once', () => {
    const stuck = [set('new', 'new', 4, 0)];
    const created = progressing(deployment(4), [], { created: 'new' });
    assert.equal(created?.reason, 'NewReplicaSetCreated');
    const counts = { replicas: 4, updatedReplicas: 4, unavailableReplicas: 4, observedGeneration: 1 };
    const d = deployment(4, {}, { ...counts, conditions: [created!] });
    assert.equal(progressing(d, stuck, {}, nowMs + 599_000)?.reason, 'NewReplicaSetCreated');
    const late = progressing(d, stuck, {}, nowMs + 601_000);
    assert.deepEqual([late?.status, late?.reason], ['False', 'ProgressDeadlineExceeded']);
    assert.equal(msUntilDeadline(d, { conditions: [created!] }, nowMs), 601_000);
    assert.equal(msUntilDeadline(d, { conditions: [late!] }, nowMs), undefined);
  });

  test('progress starts the clock again; the end of the rollout says so', () => {
    const old = {
      type: 'Progressing',
      status: 'True',
      reason: 'ReplicaSetUpdated',
      lastUpdateTime: 'then',
      lastTransitionTime: 'then',
    };
    const d = deployment(4, {}, { replicas: 4, updatedReplicas: 4, readyReplicas: 1, availableReplicas: 1, conditions: [old] });
    const moved = progressing(d, [set('new', 'new', 4, 2)]);
    assert.deepEqual([moved?.lastUpdateTime, moved?.lastTransitionTime], ['2026-01-01T01:00:00Z', 'then']);
    assert.equal(progressing(d, [set('new', 'new', 4, 4)])?.reason, 'NewReplicaSetAvailable');
  });

  test('a paused one says so', () => {
    assert.equal(progressing(deployment(4, { paused: true }), [set('old', 'old', 4)])?.reason, 'DeploymentPaused');
  });
});
