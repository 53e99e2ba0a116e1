import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkout, TestCluster } from './harness/cluster.js';
import { run } from './harness/command.js';
import { eventually } from './harness/eventually.js';
import { type KubectlBinary, kubectlBinaries } from './harness/kubectl.js';

const hello = join(checkout, 'packages/examples/hello.yaml');

for (const binary of kubectlBinaries()) describe(`kubectl ${binary.version}`, () => verbs(binary));

function verbs({ path }: KubectlBinary): void {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start({ bare: true });
  });
  after(() => cluster?.wipe());

  const kubectl = (...args: string[]) => cluster.kubectl(args, { binary: path });
  const fails = async (...args: string[]) => {
    const { code, stderr } = await run(path, args, { env: { KUBECONFIG: cluster.kubeconfig } });
    assert.notEqual(code, 0, `kubectl ${args.join(' ')} succeeded`);
    return stderr;
  };
  const podNames = async () =>
    (await kubectl('get', 'pods', '-l', 'app=hello', '-o', 'jsonpath={.items[*].metadata.name}'))
      .split(' ')
      .filter((name) => name !== '');

  /** `kubectl wait --for=jsonpath`, which the oldest versions do not have. */
  const becomes = (object: string, path: string, value: string) =>
    eventually(`${object} ${path} is ${value}`, async () =>
      assert.equal(await kubectl('get', object, '-o', `jsonpath=${path}`), value),
    );

  test('version, cluster-info, api-resources', async () => {
    assert.match(await kubectl('version'), /Server Version: .*v1\.34\.\d+/);
    assert.match(await kubectl('cluster-info'), new RegExp(`Kubernetes control plane.* is running at .*${cluster.apiUrl}`));
    const resources = await kubectl('api-resources');
    for (const line of [
      /^pods +po +v1 +true +Pod$/m,
      /^deployments +deploy +apps\/v1 +true +Deployment$/m,
      /^nodes +no +v1 +false +Node$/m,
    ]) {
      assert.match(resources, line);
    }
    assert.match(await kubectl('api-versions'), /^apps\/v1$/m);
  });

  test('get nodes -o wide', async () => {
    const lines = (await kubectl('get', 'nodes', '-o', 'wide')).trim().split('\n');
    assert.match(
      lines[0]!,
      /^NAME +STATUS +ROLES +AGE +VERSION +INTERNAL-IP +EXTERNAL-IP +OS-IMAGE +KERNEL-VERSION +CONTAINER-RUNTIME$/,
    );
    assert.equal(lines.length, 4);
    for (const [i, line] of lines.slice(1).entries())
      assert.match(line, new RegExp(`^node-${i + 1} +Ready +.*${cluster.nodeAddress(i + 1)}`));
  });

  test('apply, rollout status, get all, describe', async () => {
    assert.match(await kubectl('apply', '-f', hello), /deployment\.apps\/hello created\nservice\/hello created/);
    assert.match(
      await kubectl('rollout', 'status', 'deployment/hello', '--timeout=60s'),
      /deployment "hello" successfully rolled out/,
    );
    assert.match(await kubectl('apply', '-f', hello), /deployment\.apps\/hello unchanged\nservice\/hello unchanged/);
    const all = await kubectl('get', 'all', '-A');
    assert.match(all, /default +deployment\.apps\/hello +3\/3 +3 +3 +/);
    assert.match(all, /default +service\/hello +NodePort +127\.\S+ +<none> +80:30080\/TCP/);
    assert.match(all, /default +replicaset\.apps\/hello-\S+ +3 +3 +3 /);
    assert.equal(all.match(/default +pod\/hello-\S+ +1\/1 +Running/g)?.length, 3);
    assert.match(
      await kubectl('describe', 'deployment', 'hello'),
      /Replicas: +3 desired \| 3 updated \| 3 total \| 3 available \| 0 unavailable[\s\S]*ScalingReplicaSet/,
    );
    const [pod] = await podNames();
    const described = await kubectl('describe', 'pod', pod!);
    for (const part of [/Status: +Running/, /Controlled By: +ReplicaSet\/hello-/, /Events:[\s\S]*Scheduled[\s\S]*Started/])
      assert.match(described, part);
    assert.match(await kubectl('describe', 'service', 'hello'), /Endpoints: +127\.\S+:8080/);
    assert.match(await kubectl('describe', 'node', 'node-1'), /Ready +True[\s\S]*Non-terminated Pods/);
  });

  test('get -o yaml, json, jsonpath', async () => {
    assert.match(await kubectl('get', 'service', 'hello', '-o', 'yaml'), /^apiVersion: v1\nkind: Service\nmetadata:\n/);
    assert.equal(JSON.parse(await kubectl('get', 'deployment', 'hello', '-o', 'json')).spec.replicas, 3);
    assert.equal(await kubectl('get', 'deployment', 'hello', '-o', 'jsonpath={.status.readyReplicas}'), '3');
  });

  test('get -w prints changes as they happen', async () => {
    const watching = spawn(path, ['get', 'configmaps', '-w', '--watch-only'], {
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
    });
    let printed = '';
    watching.stdout.on('data', (chunk) => {
      printed += chunk;
    });
    try {
      let i = 0;
      await eventually('a change shows', async () => {
        await kubectl('create', 'configmap', `seen-${++i}`, '--from-literal=a=b');
        assert.match(printed, /NAME +DATA +AGE\nseen-\d+ +1 +/);
      });
    } finally {
      watching.kill();
    }
  });

  test('create, label, annotate, patch, edit, delete', async () => {
    assert.equal(await kubectl('create', 'configmap', 'notes', '--from-literal=a=1'), 'configmap/notes created\n');
    assert.match(await fails('create', 'configmap', 'notes'), /configmaps "notes" already exists/);
    assert.equal(await kubectl('label', 'configmap', 'notes', 'tier=web'), 'configmap/notes labeled\n');
    assert.match(await kubectl('annotate', 'configmap', 'notes', 'why=because'), /^configmap\/notes annotated?\n$/);
    for (const [type, patch] of [
      ['strategic', '{"data":{"b":"2"}}'],
      ['merge', '{"data":{"a":null}}'],
      ['json', '[{"op":"add","path":"/data/c","value":"3"}]'],
    ] as const) {
      assert.match(await kubectl('patch', 'configmap', 'notes', '--type', type, '-p', patch), /configmap\/notes patched/);
    }
    const notes = JSON.parse(await kubectl('get', 'configmap', 'notes', '-o', 'json'));
    assert.deepEqual(
      [notes.data, notes.metadata.labels, notes.metadata.annotations],
      [{ b: '2', c: '3' }, { tier: 'web' }, { why: 'because' }],
    );
    const editor = join(cluster.stateDir, 'editor');
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/c: \\"3\\"/c: edited/" "$1"\n');
    chmodSync(editor, 0o755);
    const edited = await cluster.kubectl(['edit', 'configmap', 'notes'], { binary: path, env: { EDITOR: editor } });
    assert.equal(edited, 'configmap/notes edited\n');
    assert.equal(await kubectl('get', 'configmap', 'notes', '-o', 'jsonpath={.data.c}'), 'edited');
    assert.equal(await kubectl('delete', 'configmap', 'notes'), 'configmap "notes" deleted\n');
    assert.match(await fails('get', 'configmap', 'notes'), /Error from server \(NotFound\): configmaps "notes" not found/);
  });

  test('logs and logs -f', async () => {
    const [pod] = await podNames();
    const ip = await kubectl('get', 'pod', pod!, '-o', 'jsonpath={.status.podIP}');
    const following = spawn(path, ['logs', '-f', pod!], { env: { ...process.env, KUBECONFIG: cluster.kubeconfig } });
    let followed = '';
    following.stdout.on('data', (chunk) => {
      followed += chunk;
    });
    try {
      await eventually('the start shows', () => assert.notEqual(followed, ''));
      const before = followed.length;
      await eventually('a request shows', async () => {
        await (await fetch(`http://${ip}:8080/`)).text();
        assert.ok(followed.length > before);
      });
    } finally {
      following.kill();
    }
    const logs = await kubectl('logs', pod!);
    assert.ok(followed.startsWith(logs.slice(0, 20)));
    assert.match(await kubectl('logs', pod!, '--tail=1', '--timestamps'), /^\d{4}-\d\d-\d\dT\S+Z \S.*\n$/);
  });

  test('scale to 6 and to 0', async () => {
    assert.equal(await kubectl('scale', 'deployment', 'hello', '--replicas=6'), 'deployment.apps/hello scaled\n');
    await becomes('deployment/hello', '{.status.readyReplicas}', '6');
    assert.equal((await podNames()).length, 6);
    await kubectl('scale', 'deployment', 'hello', '--replicas=0');
    await eventually('no pod is left', async () => assert.deepEqual(await podNames(), []));
    await kubectl('scale', 'deployment', 'hello', '--replicas=3');
    await kubectl('wait', 'deployment/hello', '--for=condition=Available', '--timeout=60s');
    await kubectl('rollout', 'status', 'deployment/hello', '--timeout=60s');
  });

  test('a deleted pod is replaced', async () => {
    const before = await podNames();
    assert.equal(await kubectl('delete', 'pod', before[0]!), `pod "${before[0]}" deleted\n`);
    await eventually('three pods, one of them new', async () => {
      const now = await podNames();
      assert.equal(now.length, 3);
      assert.ok(!now.includes(before[0]!));
    });
    await kubectl('wait', 'pods', '-l', 'app=hello', '--for=condition=Ready', '--timeout=60s');
  });

  test('a new template rolls out, pod by pod', async () => {
    await kubectl('set', 'env', 'deployment/hello', 'GREETING=again');
    assert.match(await kubectl('rollout', 'status', 'deployment/hello', '--timeout=90s'), /successfully rolled out/);
    const sets = (await kubectl('get', 'replicasets', '-l', 'app=hello', '--no-headers')).trim().split('\n');
    assert.deepEqual(sets.map((line) => line.split(/ +/)[1]).sort(), ['0', '3']);
  });

  test('a command of any image runs; an image without one says what to do', async () => {
    await kubectl(
      'run',
      'once',
      '--image=busybox',
      '--restart=Never',
      '--command',
      '--',
      'sh',
      '-c',
      'echo from $POD_IP; exit 3',
    );
    await becomes('pod/once', '{.status.phase}', 'Failed');
    assert.match(await kubectl('logs', 'once'), /^from 127\./);
    assert.equal(
      await kubectl('get', 'pod', 'once', '-o', 'jsonpath={.status.containerStatuses[0].state.terminated.exitCode}'),
      '3',
    );
    await kubectl('run', 'unknown', '--image=nginx');
    await eventually('ErrImagePull shows', async () =>
      assert.match(await kubectl('get', 'pod', 'unknown'), /ErrImagePull|ImagePullBackOff/),
    );
    assert.match(await kubectl('describe', 'pod', 'unknown'), /Failed to pull image "nginx".*command/);
    await kubectl('delete', 'pod', 'once', 'unknown');
  });

  test('a container that dies is started again, with its back-off counted', async () => {
    await kubectl('run', 'dies', '--image=any', '--command', '--', 'sh', '-c', 'sleep 0.2; exit 1');
    await eventually('it was restarted', async () => {
      assert.match(await kubectl('get', 'pod', 'dies', '--no-headers'), /dies +\d\/1 +(Error|CrashLoopBackOff|Running) +[1-9]/);
    });
    await kubectl('delete', 'pod', 'dies', '--now');
  });

  test('delete the Deployment: pods and ReplicaSets go too', async () => {
    assert.match(await kubectl('delete', '-f', hello), /deployment\.apps "hello" deleted\nservice "hello" deleted/);
    await eventually('nothing is left', async () => {
      assert.equal(await kubectl('get', 'pods,replicasets', '-l', 'app=hello', '-o', 'name'), '');
    });
    assert.match(readFileSync(hello, 'utf8'), /kind: Deployment/);
  });
}
