import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod, PodSpec } from '@flotilla/api';
import type { ContainerStatus, PodSandbox } from '../runtimes/runtime.js';
import { goDuration, isInitialized, type Plan, type PlanInput, plan } from './plan.js';
import { specHashOf } from './pod-state.js';

const sandbox: PodSandbox = {
  id: 's',
  podUid: 'u',
  namespace: 'default',
  name: 'web',
  ip: '127.1.1.2',
  createdAtMs: 0,
  state: 'SANDBOX_READY',
};

const app: Container = { name: 'app', image: 'a' };
const other: Container = { name: 'other', image: 'o' };
const init: Container = { name: 'init', image: 'i' };
const sidecar: Container = { name: 'side', image: 's', restartPolicy: 'Always' };

function status(
  container: Container,
  state: 'running' | 'created' | number,
  more: Partial<ContainerStatus> = {},
): ContainerStatus {
  const exited = typeof state === 'number';
  return {
    id: `${container.name}-id`,
    podSandboxId: 's',
    podUid: 'u',
    name: container.name,
    attempt: 0,
    state: exited ? 'CONTAINER_EXITED' : state === 'created' ? 'CONTAINER_CREATED' : 'CONTAINER_RUNNING',
    createdAtMs: 0,
    startedAtMs: 0,
    finishedAtMs: exited ? 1_000 : undefined,
    exitCode: exited ? state : undefined,
    signal: undefined,
    reason: undefined,
    message: undefined,
    image: container.image ?? '',
    imageRef: '',
    logPath: '',
    specHash: specHashOf(container),
    ...more,
  };
}

function decide(spec: Partial<PodSpec>, containers: readonly ContainerStatus[], more: Partial<PlanInput> = {}): Plan {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { uid: 'u', namespace: 'default', name: 'web' },
    spec: { containers: [app], restartPolicy: 'Always', ...spec },
  };
  return plan({
    pod,
    runtime: { sandbox, containers },
    nowMs: 10_000,
    startTimeMs: 0,
    backoff: () => ({ remainingMs: 0, currentMs: 0 }),
    failedProbe: () => undefined,
    isStarted: () => true,
    ...more,
  });
}

/** `+app#1` starts the second attempt, `-app` kills, `?app` waits, `=Failed` ends the pod. */
function summary({ kill, start, waiting, finished }: Plan): string {
  const parts = [
    ...kill.map(({ status: { name } }) => `-${name}`),
    ...start.map(({ container: { name }, attempt }) => `+${name}#${attempt}`),
    ...[...waiting.keys()].map((name) => `?${name}`),
    ...(finished === undefined ? [] : [`=${finished.phase}`]),
  ];
  return parts.join(' ');
}

test('what a pod wants, given what runs', () => {
  const never = { restartPolicy: 'Never' };
  const onFailure = { restartPolicy: 'OnFailure' };
  const both = { containers: [app, other] };
  const withInit = { initContainers: [init] };
  const withSide = { initContainers: [sidecar, init] };
  const table: readonly (readonly [string, Partial<PodSpec>, readonly ContainerStatus[], string])[] = [
    ['nothing runs', both, [], '+app#0 +other#0'],
    ['all runs', both, [status(app, 'running'), status(other, 'running')], ''],
    ['one is missing', both, [status(app, 'running')], '+other#0'],
    ['created, not started', {}, [status(app, 'created')], '+app#0'],
    ['Always: ended well', {}, [status(app, 0)], '+app#1'],
    ['Always: ended badly', {}, [status(app, 1, { attempt: 4 })], '+app#5'],
    ['OnFailure: ended badly', onFailure, [status(app, 1)], '+app#1'],
    ['OnFailure: ended well', onFailure, [status(app, 0)], '=Succeeded'],
    ['OnFailure: one of two ended well', { ...onFailure, ...both }, [status(app, 0), status(other, 'running')], ''],
    ['Never: all well', { ...never, ...both }, [status(app, 0), status(other, 0)], '=Succeeded'],
    ['Never: one bad', { ...never, ...both }, [status(app, 0), status(other, 2)], '=Failed'],
    ['Never: one still runs', { ...never, ...both }, [status(app, 2), status(other, 'running')], ''],
    ['init first', withInit, [], '+init#0'],
    ['init runs', withInit, [status(init, 'running')], ''],
    ['init done', withInit, [status(init, 0)], '+app#0'],
    ['init failed', withInit, [status(init, 1)], '+init#1'],
    ['init failed, Never', { ...withInit, ...never }, [status(init, 1)], '=Failed'],
    ['init is not repeated once the pod is initialized', withInit, [status(app, 1)], '+app#1'],
    ['sidecar, then init', withSide, [], '+side#0'],
    ['sidecar runs', withSide, [status(sidecar, 'running')], '+init#0'],
    ['sidecar and init', withSide, [status(sidecar, 'running'), status(init, 0)], '+app#0'],
    ['a sidecar comes back on its own', withSide, [status(sidecar, 0), status(init, 0), status(app, 'running')], '+side#1'],
    [
      'a sidecar does not keep a pod from ending',
      { ...withSide, ...never },
      [status(sidecar, 'running'), status(init, 0), status(app, 0)],
      '=Succeeded',
    ],
    ['the image changed', {}, [status(app, 'running', { specHash: 'old' })], '-app'],
    ['the latest attempt counts', {}, [status(app, 'running', { attempt: 1 }), status(app, 1)], ''],
  ];
  for (const [name, spec, containers, expected] of table) assert.equal(summary(decide(spec, containers)), expected, name);
});

test('a sandbox is made when something is to start and none is ready', () => {
  assert.equal(decide({}, [], { runtime: { sandbox: undefined, containers: [] } }).createSandbox, true);
  assert.equal(
    decide({}, [], { runtime: { sandbox: { ...sandbox, state: 'SANDBOX_NOTREADY' }, containers: [] } }).createSandbox,
    true,
  );
  assert.equal(decide({}, []).createSandbox, false);
  assert.equal(
    decide({}, [status(app, 'running')], { runtime: { sandbox: undefined, containers: [status(app, 'running')] } }).createSandbox,
    false,
  );
});

test('a container in backoff waits, with the message that kubectl shows', () => {
  const decided = decide({}, [status(app, 1)], { backoff: () => ({ remainingMs: 7_000, currentMs: 80_000 }) });
  assert.equal(summary(decided), '?app');
  assert.equal(decided.wakeInMs, 7_000);
  assert.deepEqual(decided.waiting.get('app'), {
    reason: 'CrashLoopBackOff',
    message: 'back-off 1m20s restarting failed container=app pod=web_default(u)',
  });
});

test('a failed probe kills the container, and its restart policy decides on the rest', () => {
  const decided = decide({}, [status(app, 'running')], { failedProbe: () => 'liveness' });
  assert.equal(decided.kill[0]?.message, 'Container app failed liveness probe, will be restarted');
  assert.equal(summary(decided), '-app');
});

test('a sidecar that has not started holds back what comes after it', () => {
  const spec = { initContainers: [sidecar, init] };
  assert.equal(summary(decide(spec, [status(sidecar, 'running')], { isStarted: () => false })), '');
});

test('a pod past its deadline fails; one that nears it is looked at in time', () => {
  const late = decide({ activeDeadlineSeconds: 10 }, [status(app, 'running')]);
  assert.equal(late.finished?.reason, 'DeadlineExceeded');
  assert.equal(decide({ activeDeadlineSeconds: 15 }, [status(app, 'running')]).wakeInMs, 5_000);
});

test('a pod without init containers is initialized from the start', () => {
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [app] } };
  assert.equal(
    isInitialized(pod, { sandbox, containers: [] }, () => true),
    true,
  );
  assert.equal(
    isInitialized({ ...pod, spec: { ...pod.spec, initContainers: [init] } }, { sandbox, containers: [] }, () => true),
    false,
  );
});

test('durations are written as Go writes them', () => {
  for (const [ms, text] of [
    [10_000, '10s'],
    [80_000, '1m20s'],
    [300_000, '5m0s'],
  ] as const) {
    assert.equal(goDuration(ms), text);
  }
});

test('ephemeral containers start once the pod has its sandbox, run once, and keep no pod from ending', () => {
  const debug = { name: 'debug', image: 'd' };
  const spec: Partial<PodSpec> = { ephemeralContainers: [debug], restartPolicy: 'Never' };
  const started = (plan: Plan) => plan.start.map(({ container }) => container.name);
  assert.deepEqual(started(decide(spec, [status(app, 'running')])), ['debug']);
  assert.deepEqual(started(decide(spec, [status(app, 'running'), status(debug, 'running')])), []);
  assert.deepEqual(started(decide(spec, [status(app, 'running'), status(debug, 1)])), []);
  assert.deepEqual(started(decide({ ...spec, restartPolicy: 'Always' }, [status(app, 'running'), status(debug, 1)])), []);
  assert.deepEqual(decide(spec, [status(app, 0), status(debug, 'running')]).finished, { phase: 'Succeeded' });
});
