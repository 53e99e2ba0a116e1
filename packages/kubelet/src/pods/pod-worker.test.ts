import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Container, type ContainerStatus, kinds, type Pod, type PodSpec } from '@flotilla/api';
import { pidsWithEnvironment } from '../runtimes/process/proc.js';
import { type TestNode, testNode, until } from '../testing/test-node.js';

const timeout = 30_000;

async function nodeWithRange(subject: TestNode): Promise<void> {
  await subject.start();
  await until(() => subject.node() !== undefined);
  subject.assignRange('127.61.2.0/24');
}

function container(name: string, script: string, more: Partial<Container> = {}): Container {
  return { name, image: 'example.org/shell', command: ['/bin/sh', '-c', script], ...more };
}

function spec(containers: readonly Container[], more: Partial<PodSpec> = {}): PodSpec {
  return { containers, terminationGracePeriodSeconds: 5, ...more };
}

function statusOf(pod: Pod | undefined, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod?.status ?? {};
  return [...containerStatuses, ...initContainerStatuses].find((status) => status.name === name);
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

/** Asks for the pod's deletion as the API server would note it down. */
function requestDeletion({ api }: TestNode, pod: Pod, deletionGracePeriodSeconds: number): void {
  const metadata = { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds };
  api.put(kinds.pods, { ...(api.get(kinds.pods, pod.metadata.name ?? '', 'default') ?? pod), metadata } as Pod);
}

function isGone(pod: Pod): boolean {
  return pidsWithEnvironment(`POD_UID=${pod.metadata.uid}`).length === 0;
}

const stubborn = "trap '' TERM; echo up; while :; do sleep 0.05; done";

test('a deletion takes its time, and less when a later one says so', { timeout }, async (t) => {
  const subject = await testNode(t);
  await nodeWithRange(subject);
  subject.addPod('slow', spec([container('main', stubborn)]));
  const pod = await subject.untilPod('slow', isReady);
  requestDeletion(subject, pod, 600);
  await until(() => subject.api.list(kinds.events).some(({ reason }) => reason === 'Killing'));
  assert.ok(!isGone(pod));
  requestDeletion(subject, pod, 0);
  await until(() => subject.pod('slow') === undefined);
  assert.ok(isGone(pod));
});

test('the last status is in the API before the pod leaves it', { timeout }, async (t) => {
  const subject = await testNode(t);
  await nodeWithRange(subject);
  subject.addPod('web', spec([container('main', "trap 'exit 3' TERM; while :; do sleep 0.05; done")]));
  const pod = await subject.untilPod('web', isReady);
  requestDeletion(subject, pod, 5);
  await until(() => subject.pod('web') === undefined);
  const last = subject.api.history.filter(({ metadata }) => metadata.uid === pod.metadata.uid).at(-1) as Pod;
  assert.equal(statusOf(last, 'main')?.state?.terminated?.exitCode, 3);
  assert.equal(last.status?.phase, 'Failed');
  assert.equal(isReady(last), false);
});

test('a pod that vanishes from the API is taken down', { timeout }, async (t) => {
  const subject = await testNode(t);
  await nodeWithRange(subject);
  subject.addPod('web', spec([container('main', 'sleep 600')]));
  const pod = await subject.untilPod('web', isReady);
  subject.api.remove(kinds.pods, 'web', 'default');
  await until(() => isGone(pod));
});

test('a pod of the same name as one that is still ending is a pod of its own', { timeout }, async (t) => {
  const subject = await testNode(t);
  await nodeWithRange(subject);
  subject.addPod('web', spec([container('main', stubborn)], { terminationGracePeriodSeconds: 2 }));
  const first = await subject.untilPod('web', isReady);
  subject.api.remove(kinds.pods, 'web', 'default');
  subject.addPod('web', spec([container('main', 'sleep 600')]));
  const second = await subject.untilPod('web', isReady);
  assert.notEqual(second.metadata.uid, first.metadata.uid);
  assert.notEqual(second.status?.podIP, first.status?.podIP);
  assert.ok(!isGone(first));
  await until(() => isGone(first));
  assert.ok(!isGone(second));
});

test('preStop runs before the container is asked to end, postStart once it runs', { timeout }, async (t) => {
  const subject = await testNode(t);
  await nodeWithRange(subject);
  const file = join(subject.rootDir, 'hooks');
  const note = (text: string) => ({ exec: { command: ['/bin/sh', '-c', `echo ${text} >> ${file}`] } });
  const lifecycle = { postStart: note('postStart'), preStop: note('preStop') };
  const script = `trap 'echo TERM >> ${file}; exit 0' TERM; while :; do sleep 0.05; done`;
  subject.addPod('web', spec([container('main', script, { lifecycle })]));
  const pod = await subject.untilPod('web', isReady);
  requestDeletion(subject, pod, 5);
  await until(() => subject.pod('web') === undefined);
  assert.equal(await readFile(file, 'utf8'), 'postStart\npreStop\nTERM\n');
});

test('a failed liveness probe restarts the container', { timeout }, async (t) => {
  const subject = await testNode(t);
  await nodeWithRange(subject);
  const file = join(subject.rootDir, 'alive');
  await writeFile(file, '');
  const livenessProbe = {
    exec: { command: ['/bin/sh', '-c', `test -e ${file} && rm ${file} || exit 1`] },
    periodSeconds: 1,
    failureThreshold: 1,
  };
  const script = `[ ! -e ${file}.once ] || touch ${file}; touch ${file}.once; exec sleep 600`;
  subject.addPod('web', spec([container('main', script, { livenessProbe })]));
  const pod = await subject.untilPod('web', (seen) => (statusOf(seen, 'main')?.restartCount ?? 0) === 1);
  assert.equal(statusOf(pod, 'main')?.lastState?.terminated?.exitCode, 143);
  await until(() => subject.api.list(kinds.events).some(({ reason }) => reason === 'Killing'));
  const events = subject.api.list(kinds.events);
  assert.ok(events.some(({ reason, message }) => reason === 'Unhealthy' && message?.startsWith('Liveness probe failed:')));
  const killing = events.find(({ reason }) => reason === 'Killing');
  assert.equal(killing?.message, 'Container main failed liveness probe, will be restarted');
  assert.equal(killing?.involvedObject.fieldPath, 'spec.containers{main}');
});

test('a sidecar starts before the rest, and goes when the rest has ended', { timeout }, async (t) => {
  const subject = await testNode(t);
  await nodeWithRange(subject);
  const file = join(subject.rootDir, 'order');
  const sidecar = container('side', `echo side >> ${file}; exec sleep 600`, { restartPolicy: 'Always' });
  const init = container('init', `echo init >> ${file}`);
  const main = container('main', `echo main >> ${file}`);
  subject.addPod('job', spec([main], { initContainers: [sidecar, init], restartPolicy: 'Never' }));
  const pod = await subject.untilPod('job', ({ status }) => status?.phase === 'Succeeded');
  assert.deepEqual((await readFile(file, 'utf8')).trim().split('\n'), ['side', 'init', 'main']);
  await until(() => isGone(pod));
  await subject.untilPod('job', (seen) => statusOf(seen, 'side')?.state?.terminated !== undefined);
});

test('a pod past its deadline is ended and failed', { timeout }, async (t) => {
  const subject = await testNode(t);
  await nodeWithRange(subject);
  subject.addPod('late', spec([container('main', 'sleep 600')], { activeDeadlineSeconds: 1, restartPolicy: 'Never' }));
  const pod = await subject.untilPod('late', ({ status }) => status?.phase === 'Failed');
  assert.equal(pod.status?.reason, 'DeadlineExceeded');
  await until(() => isGone(pod));
});
