import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConfigMap, type ContainerStatus, kinds, type Pod, type PodSpec } from '@flotilla/api';
import { pidsWithEnvironment } from './runtimes/process/proc.js';
import { nodeName, type TestNode, testNode, until } from './testing/test-node.js';

const timeout = 30_000;

function script(text: string, more: Partial<PodSpec> = {}): PodSpec {
  return {
    containers: [{ name: 'main', image: 'example.org/shell', command: ['/bin/sh', '-c', text] }],
    terminationGracePeriodSeconds: 5,
    ...more,
  };
}

const forever = 'echo up; while :; do sleep 0.05; done';

function main(pod: Pod | undefined): ContainerStatus | undefined {
  return pod?.status?.containerStatuses?.[0];
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

function readyCondition(subject: TestNode) {
  return subject.node()?.status?.conditions?.find(({ type }) => type === 'Ready');
}

async function started(subject: TestNode): Promise<() => Promise<void>> {
  const stop = await subject.start();
  await until(() => subject.node() !== undefined);
  if (subject.node()?.spec.podCIDR === undefined) subject.assignRange('127.61.1.0/24');
  await until(() => readyCondition(subject)?.status === 'True');
  return stop;
}

test('a node registers, is ready once it has a pod range, and renews its lease', { timeout }, async (t) => {
  const subject = await testNode(t);
  await subject.start();
  await until(() => subject.node() !== undefined);
  assert.equal(readyCondition(subject)?.status, 'False');
  assert.equal(readyCondition(subject)?.reason, 'KubeletNotReady');
  assert.equal((await subject.get('/readyz', 'nobody')).code, 503);
  subject.assignRange('127.61.1.0/24');
  await until(() => readyCondition(subject)?.status === 'True');
  const { metadata, status } = subject.node() ?? {};
  assert.deepEqual(status?.addresses, [
    { type: 'InternalIP', address: '127.61.0.1' },
    { type: 'Hostname', address: nodeName },
  ]);
  assert.equal(metadata?.labels?.['kubernetes.io/hostname'], nodeName);
  assert.equal(metadata?.labels?.['zone'], 'a');
  assert.equal(status?.capacity?.['pods'], '10');
  assert.equal(readyCondition(subject)?.message, 'kubelet is posting ready status');
  await until(() => subject.api.get(kinds.leases, nodeName, 'kube-node-lease')?.spec.holderIdentity === nodeName);
});

test('a pod runs, is shown, logged and taken down again', { timeout }, async (t) => {
  const subject = await testNode(t);
  await started(subject);
  const [container] = script(`${forever}`).containers;
  assert.ok(container !== undefined);
  const readinessProbe = { exec: { command: ['sh', '-c', '[ -e asked ] || { touch asked; exit 1; }'] }, periodSeconds: 1 };
  const pod = subject.addPod('web', { containers: [{ ...container, readinessProbe }] });
  const unready = await subject.untilPod('web', (seen) => seen.status?.phase === 'Running');
  assert.equal(unready.status?.conditions?.find(({ type }) => type === 'Ready')?.reason, 'ContainersNotReady');
  const running = await subject.untilPod('web', isReady);
  assert.equal(running.status?.phase, 'Running');
  for (const { type, status, reason } of running.status?.conditions ?? [])
    assert.deepEqual([status, reason], ['True', undefined], type);
  assert.equal(running.status?.podIP, '127.61.1.2');
  assert.deepEqual(running.status?.podIPs, [{ ip: '127.61.1.2' }]);
  assert.equal(running.status?.hostIP, '127.61.0.1');
  assert.equal(main(running)?.restartCount, 0);
  assert.match(main(running)?.containerID ?? '', /^process:\/\/[0-9a-f]{64}$/);
  const logs = await subject.get('/containerLogs/default/web/main?tailLines=1', 'admin');
  assert.deepEqual(logs, { code: 200, body: 'up\n' });

  subject.api.put(kinds.pods, {
    ...running,
    metadata: { ...running.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 5 },
  } as Pod);
  await until(() => subject.pod('web') === undefined);
  const events = subject.api.list(kinds.events).filter((event) => event.involvedObject.uid === pod.metadata.uid);
  await until(() => subject.api.list(kinds.events).some(({ reason }) => reason === 'Killing'));
  assert.deepEqual(events.map(({ reason }) => reason).slice(0, 3), ['Pulled', 'Created', 'Started']);
});

test('a container that ends is restarted, and waits longer each time', { timeout }, async (t) => {
  const subject = await testNode(t);
  await started(subject);
  subject.addPod('crash', script('echo oh; exit 3'));
  const waiting = await subject.untilPod('crash', (pod) => main(pod)?.state?.waiting?.reason === 'CrashLoopBackOff');
  assert.equal(main(waiting)?.restartCount, 1);
  assert.equal(main(waiting)?.lastState?.terminated?.exitCode, 3);
  assert.match(
    main(waiting)?.state?.waiting?.message ?? '',
    /^back-off 10s restarting failed container=main pod=crash_default\(uid-\d+\)$/,
  );
  assert.equal(waiting.status?.phase, 'Running');
  const previous = await subject.get('/containerLogs/default/crash/main?previous=true', 'admin');
  assert.deepEqual(previous, { code: 200, body: 'oh\n' });
});

test('pods that are to end do: Succeeded and Failed, init containers first', { timeout }, async (t) => {
  const subject = await testNode(t);
  await started(subject);
  const init = (exit: number) => [{ name: 'first', image: 'x', command: ['/bin/sh', '-c', `exit ${exit}`] }];
  subject.addPod('good', script('exit 0', { restartPolicy: 'Never', initContainers: init(0) }));
  subject.addPod('bad', script('exit 2', { restartPolicy: 'Never' }));
  subject.addPod('stuck', script('exit 0', { restartPolicy: 'Never', initContainers: init(1) }));
  const good = await subject.untilPod('good', ({ status }) => status?.phase === 'Succeeded');
  assert.equal(good.status?.initContainerStatuses?.[0]?.state?.terminated?.reason, 'Completed');
  assert.equal(
    (await subject.untilPod('bad', ({ status }) => status?.phase === 'Failed')) &&
      main(subject.pod('bad'))?.state?.terminated?.exitCode,
    2,
  );
  await subject.untilPod('stuck', ({ status }) => status?.phase === 'Failed');
  assert.equal(main(subject.pod('stuck'))?.state?.waiting?.reason, 'PodInitializing');
});

test('an image that nobody knows says what to do', { timeout }, async (t) => {
  const subject = await testNode(t);
  await started(subject);
  subject.addPod('unknown', { containers: [{ name: 'main', image: 'nginx:1.27' }] });
  const pod = await subject.untilPod('unknown', (seen) => main(seen)?.state?.waiting?.reason === 'ImagePullBackOff');
  assert.match(main(pod)?.state?.waiting?.message ?? '', /name a command in the container, or add a JSON file/);
  assert.equal(pod.status?.phase, 'Pending');
});

test('a kubelet that comes back adopts its pods, and removes those deleted meanwhile', { timeout }, async (t) => {
  const subject = await testNode(t);
  const stop = await started(subject);
  subject.addPod('stays', script(forever));
  subject.addPod('goes', script(forever));
  const before = await subject.untilPod('stays', isReady);
  const gone = await subject.untilPod('goes', isReady);
  await stop();
  subject.api.remove(kinds.pods, 'goes', 'default');
  subject.api.history.length = 0;
  await started(subject);
  await until(() => processes(gone).length === 0);
  const pods = JSON.parse((await subject.get('/pods', 'admin')).body) as { items: Pod[] };
  assert.deepEqual(
    pods.items.map(({ metadata: { name } }) => name),
    ['stays'],
  );
  assert.deepEqual(subject.pod('stays')?.status, before.status);
  // Neither pod nor node was unready for a moment, which would have emptied Services.
  for (const object of subject.api.history) {
    if (object.kind === 'Pod' || object.kind === 'Node')
      assert.ok(isReady(object as Pod), `${object.kind} ${object.metadata.name}`);
  }
});

test('without an API pods go on, crashed containers too; afterwards the API hears of it', { timeout }, async (t) => {
  const subject = await testNode(t);
  await started(subject);
  subject.addPod('web', script('exec sleep 600'));
  const before = await subject.untilPod('web', isReady);
  subject.api.unavailable = true;
  subject.api.dropConnections();
  const [pid] = processes(before);
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGKILL');
  await until(() => processes(before).some((other) => other !== pid));
  subject.api.unavailable = false;
  const after = await subject.untilPod('web', (pod) => main(pod)?.restartCount === 1 && isReady(pod));
  assert.equal(main(after)?.lastState?.terminated?.exitCode, 137);
  assert.equal(after.status?.podIP, before.status?.podIP);
});

test('what a container is configured with is there again without an API', { timeout }, async (t) => {
  const subject = await testNode(t);
  await started(subject);
  subject.api.put(kinds.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'default' },
    data: { color: 'blue' },
  } as ConfigMap);
  const command = ['/bin/sh', '-c', 'echo $COLOR $(cat $FLOTILLA_ROOT/etc/settings/color); exec sleep 600'];
  const env = [{ name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } }];
  const container = { name: 'main', image: 'x', command, env, volumeMounts: [{ name: 'settings', mountPath: '/etc/settings' }] };
  subject.addPod('web', { containers: [container], volumes: [{ name: 'settings', configMap: { name: 'settings' } }] });
  const before = await subject.untilPod('web', isReady);
  const firstLine = '/containerLogs/default/web/main?follow=true&limitBytes=10';
  assert.equal((await subject.get(firstLine, 'admin')).body, 'blue blue\n');
  subject.api.unavailable = true;
  subject.api.dropConnections();
  const [pid] = processes(before);
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGKILL');
  await until(() => processes(before).some((other) => other !== pid));
  assert.equal((await subject.get(firstLine, 'admin')).body, 'blue blue\n');
});

test('a pod whose configuration is missing waits for it, and says so', { timeout }, async (t) => {
  const subject = await testNode(t);
  await started(subject);
  const env = [{ name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'late', key: 'color' } } }];
  subject.addPod('web', { containers: [{ name: 'main', image: 'x', command: ['/bin/sleep', '600'], env }] });
  const waiting = await subject.untilPod('web', (pod) => main(pod)?.state?.waiting?.reason === 'CreateContainerConfigError');
  assert.equal(main(waiting)?.state?.waiting?.message, 'configmap "late" not found');
  subject.api.put(kinds.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'late', namespace: 'default' },
    data: { color: 'red' },
  } as ConfigMap);
  await subject.untilPod('web', isReady);
});

test('the server lets anybody ask for its health, and only the trusted for more', { timeout }, async (t) => {
  const subject = await testNode(t);
  await started(subject);
  for (const path of ['/healthz', '/livez', '/readyz']) {
    assert.deepEqual(await subject.get(path, 'nobody'), { code: 200, body: 'ok' });
  }
  for (const path of ['/pods', '/metrics', '/stats/summary', '/containerLogs/default/web/main'])
    assert.equal((await subject.get(path, 'nobody')).code, 401, path);
  const metrics = await subject.get('/metrics', 'admin');
  assert.match(metrics.body, /^kubelet_node_name\{node="node-t"\} 1$/m);
  assert.match(metrics.body, /^kubelet_running_containers\{container_state="running"\} 0$/m);
  assert.equal((await subject.get('/stats/summary', 'admin')).code, 200);
  assert.deepEqual(await subject.get('/containerLogs/default/web/main', 'admin'), {
    code: 404,
    body: 'pod "web" does not exist\n',
  });
  assert.equal((await subject.get('/nowhere', 'admin')).code, 404);
});

/** The processes of a pod, by the name that all of its environment carries. */
function processes(pod: Pod): number[] {
  return pidsWithEnvironment(`POD_UID=${pod.metadata.uid}`);
}
