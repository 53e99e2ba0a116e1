import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Clock, sleep } from '@flotilla/base';
import {
  type ContainerConfig,
  type ContainerRuntime,
  type ContainerStatus,
  type PodSandboxConfig,
  RuntimeError,
  StopDeadline,
} from './runtime.js';

/** One implementation under test. `reopen` stands for a kubelet that was killed and comes back: same records, new process. */
export interface RuntimeUnderTest {
  readonly dir: string;
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  /** An image whose entry point prints its arguments. */
  readonly echoImage: string;
  reopen(): Promise<ContainerRuntime>;
}

/** What every container runtime must do, whatever it runs containers with. */
export function runtimeContract(name: string, open: (t: TestContext) => Promise<RuntimeUnderTest>): void {
  const contract = (what: string, body: (subject: RuntimeUnderTest) => Promise<void>) =>
    test(`${name}: ${what}`, { timeout: 30_000 }, async (t) => body(await open(t)));

  contract('a container runs to its end, and its exit code is kept', async (subject) => {
    for (const [script, exitCode, reason] of [
      ['exit 0', 0, 'Completed'],
      ['exit 7', 7, 'Error'],
      ['kill -9 $$', 137, 'Error'],
      ['kill -15 $$', 143, 'Error'],
    ] as const) {
      const ended = await untilState(subject, await run(subject, shell(subject, script)), 'CONTAINER_EXITED');
      assert.equal(ended.exitCode, exitCode, script);
      assert.equal(ended.reason, reason, script);
      assert.ok((ended.startedAtMs ?? 0) <= (ended.finishedAtMs ?? 0) && ended.startedAtMs !== undefined, script);
    }
  });

  contract('a command that does not exist is a refusal that says so, and counts as exit 128', async (subject) => {
    const sandbox = await subject.runtime.runPodSandbox(pod('a'));
    const config = { ...shell(subject, ''), command: ['/does/not/exist'] };
    const id = await subject.runtime.createContainer(sandbox.id, config);
    await assert.rejects(
      subject.runtime.startContainer(id),
      (error) => error instanceof RuntimeError && /\/does\/not\/exist.*no such file/.test(error.message),
    );
    const status = await subject.runtime.containerStatus(id);
    assert.equal(status?.state, 'CONTAINER_EXITED');
    assert.equal(status.exitCode, 128);
    assert.equal(status.reason, 'StartError');
  });

  contract('an image that is not there and no command: the pull fails and says what to do', async ({ runtime }) => {
    const image = { image: 'nobody/knows:1', command: [] };
    assert.equal(await runtime.imageStatus(image), undefined);
    await assert.rejects(runtime.pullImage(image), RuntimeError);
  });

  contract("the image's entry point gets the container's arguments", async (subject) => {
    const config = {
      ...shell(subject, ''),
      command: [],
      args: ['hello', 'world'],
      image: { image: subject.echoImage, command: [] },
    };
    const id = await run(subject, config);
    await untilState(subject, id, 'CONTAINER_EXITED');
    assert.deepEqual(await logTexts(subject, config), ['hello world']);
  });

  contract('stop asks first: a container that listens to SIGTERM ends by itself', async (subject) => {
    const config = shell(subject, "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done");
    const id = await run(subject, config);
    await untilLog(subject, config, 'up');
    await subject.runtime.stopContainer(id, deadlineIn(subject, 20_000));
    assert.equal((await subject.runtime.containerStatus(id))?.exitCode, 3);
    assert.deepEqual(await logTexts(subject, config), ['up', 'bye']);
  });

  contract('stop kills at the deadline, which can be brought forward, and takes the whole group along', async (subject) => {
    const config = shell(subject, "trap '' TERM; sleep 600 & echo up; while :; do sleep 0.05; done");
    const id = await run(subject, config);
    await untilLog(subject, config, 'up');
    const deadline = deadlineIn(subject, 600_000);
    const stopped = subject.runtime.stopContainer(id, deadline);
    deadline.bringForward(subject.clock.monotonicMs() + 50);
    await stopped;
    const status = await subject.runtime.containerStatus(id);
    assert.equal(status?.exitCode, 137);
    assert.equal(status.signal, 9);
    assert.equal((await subject.runtime.containerStats()).size, 0);
  });

  contract('environment, working folder and mounts are where they were asked for', async (subject) => {
    const config = {
      ...shell(subject, 'echo "$GREETING $POD_IP $HOSTNAME"; cat $FLOTILLA_ROOT/etc/conf/file; pwd | sed "s,.*/,,"'),
      envs: [{ name: 'GREETING', value: 'hi' }],
      workingDir: '/work',
      mounts: [{ hostPath: join(subject.dir, 'volume'), containerPath: '/etc/conf', readOnly: true }],
    };
    const { mkdir, writeFile } = await import('node:fs/promises');
    await mkdir(join(subject.dir, 'volume'));
    await writeFile(join(subject.dir, 'volume', 'file'), 'content\n');
    const sandbox = await subject.runtime.runPodSandbox(pod('a'));
    const id = await subject.runtime.createContainer(sandbox.id, config);
    await subject.runtime.startContainer(id);
    await untilState(subject, id, 'CONTAINER_EXITED');
    assert.deepEqual(await logTexts(subject, config), [`hi ${sandbox.ip} a`, 'content', 'work']);
  });

  contract('every pod has an address of its own, kept over a restart and given back at the end', async (subject) => {
    const { runtime } = subject;
    const [a, b] = [await runtime.runPodSandbox(pod('a')), await runtime.runPodSandbox(pod('b'))];
    assert.notEqual(a.ip, b.ip);
    const host = await runtime.runPodSandbox({ ...pod('c'), hostAddress: '127.60.0.1' });
    assert.equal(host.ip, '127.60.0.1');
    const reopened = await subject.reopen();
    const ips = (await reopened.listPodSandboxes()).map(({ ip }) => ip);
    assert.deepEqual(new Set(ips), new Set([a.ip, b.ip, host.ip]));
    assert.ok(!ips.includes((await reopened.runPodSandbox(pod('d'))).ip));
    await reopened.removePodSandbox(a.id);
    assert.ok(!(await reopened.listPodSandboxes()).some(({ id }) => id === a.id));
  });

  contract('a runtime that comes back finds containers running, with nothing restarted', async (subject) => {
    const config = shell(subject, 'echo one; while [ ! -e "$FLOTILLA_ROOT/go" ]; do sleep 0.05; done; echo two; exit 5');
    const id = await run(subject, config);
    await untilLog(subject, config, 'one');
    const before = await subject.runtime.containerStatus(id);
    const reopened = await subject.reopen();
    assert.deepEqual(await reopened.containerStatus(id), before);
    await reopened.execSync(id, ['touch', 'go'], 5_000);
    const ended = await untilState({ ...subject, runtime: reopened }, id, 'CONTAINER_EXITED');
    assert.equal(ended.exitCode, 5);
    assert.deepEqual(await logTexts(subject, config), ['one', 'two']);
  });

  contract('an exit that nobody was there to see is seen afterwards', async (subject) => {
    const config = shell(subject, 'while [ ! -e "$FLOTILLA_ROOT/go" ]; do sleep 0.05; done; exit 9');
    const id = await run(subject, config);
    await subject.runtime.execSync(id, ['touch', 'go'], 5_000);
    await subject.runtime.close();
    const reopened = await subject.reopen();
    const ended = await untilState({ ...subject, runtime: reopened }, id, 'CONTAINER_EXITED');
    assert.equal(ended.exitCode, 9);
  });

  contract('listeners hear of an exit, with the uid of the pod', async (subject) => {
    const id = await run(subject, shell(subject, 'read line < "$FLOTILLA_ROOT/none" || sleep 0.2'));
    const heard = new EventTarget();
    const stop = subject.runtime.onChange((uid) => heard.dispatchEvent(new Event(uid)));
    const event = once(heard, 'uid-a');
    await event;
    stop();
    assert.equal((await subject.runtime.containerStatus(id))?.state, 'CONTAINER_EXITED');
  });

  contract('exec runs inside, with output and exit code, and is killed at its timeout', async (subject) => {
    const id = await run(subject, { ...shell(subject, 'sleep 600'), envs: [{ name: 'GREETING', value: 'hi' }] });
    const done = await subject.runtime.execSync(id, ['sh', '-c', 'echo $GREETING; echo oh >&2; exit 4'], 5_000);
    assert.deepEqual(done, { stdout: 'hi\n', stderr: 'oh\n', exitCode: 4 });
    const late = await subject.runtime.execSync(id, ['sleep', '600'], 100);
    assert.equal(late.exitCode, undefined);
    const stats = (await subject.runtime.containerStats()).get(id);
    assert.ok((stats?.memoryBytes ?? 0) > 0);
  });

  contract('removing and stopping are idempotent, and take what still runs along', async (subject) => {
    const { runtime } = subject;
    const sandbox = await runtime.runPodSandbox(pod('a'));
    const id = await runtime.createContainer(sandbox.id, shell(subject, 'sleep 600'));
    await runtime.startContainer(id);
    await runtime.startContainer(id);
    await runtime.stopPodSandbox(sandbox.id);
    assert.equal((await runtime.containerStatus(id))?.state, 'CONTAINER_EXITED');
    await runtime.stopPodSandbox(sandbox.id);
    await runtime.stopContainer(id, deadlineIn(subject, 1_000));
    await runtime.removeContainer(id);
    await runtime.removeContainer(id);
    await runtime.removePodSandbox(sandbox.id);
    await runtime.removePodSandbox(sandbox.id);
    assert.deepEqual(await runtime.listContainers(), []);
    assert.deepEqual(await runtime.listPodSandboxes(), []);
  });
}

export function pod(name: string): PodSandboxConfig {
  return { podUid: `uid-${name}`, namespace: 'default', name, nodeName: 'node-1', hostname: name, hostAddress: undefined };
}

export function shell({ dir }: Pick<RuntimeUnderTest, 'dir'>, script: string): ContainerConfig {
  return {
    name: 'main',
    attempt: 0,
    image: { image: 'example.org/shell', command: ['/bin/sh'] },
    command: ['/bin/sh', '-c', script],
    args: [],
    workingDir: undefined,
    envs: [],
    mounts: [],
    stdin: false,
    stdinOnce: false,
    tty: false,
    logPath: join(dir, 'logs', 'main', '0.log'),
    specHash: 'x',
  };
}

export async function run({ runtime }: Pick<RuntimeUnderTest, 'runtime'>, config: ContainerConfig): Promise<string> {
  const sandbox = await runtime.runPodSandbox(pod('a'));
  const id = await runtime.createContainer(sandbox.id, config);
  await runtime.startContainer(id);
  return id;
}

export async function untilState(
  { runtime, clock }: Pick<RuntimeUnderTest, 'runtime' | 'clock'>,
  id: string,
  state: ContainerStatus['state'],
): Promise<ContainerStatus> {
  for (;;) {
    const status = await runtime.containerStatus(id);
    assert.ok(status !== undefined);
    if (status.state === state) return status;
    await sleep(clock, 10);
  }
}

export async function untilLog(subject: Pick<RuntimeUnderTest, 'clock'>, config: ContainerConfig, text: string): Promise<void> {
  while (!(await logTexts(subject, config)).includes(text)) await sleep(subject.clock, 10);
}

function deadlineIn({ clock }: RuntimeUnderTest, ms: number): StopDeadline {
  return new StopDeadline(clock.monotonicMs() + ms);
}

async function logTexts(_subject: unknown, config: ContainerConfig): Promise<string[]> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(config.logPath, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ').slice(3).join(' ')]));
}
