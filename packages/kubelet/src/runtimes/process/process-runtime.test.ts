import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLogger, sleep } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import { stopPods } from '../../stop-pods.js';
import { pod, type RuntimeUnderTest, run, runtimeContract, shell, untilLog, untilState } from '../runtime-contract.js';
import { containerIdVariable, readJson, type StartedRecord, shimFile, startedFile } from './container-files.js';
import { isAlive, type ProcessIdentity, pidsWithEnvironment } from './proc.js';
import { ProcessRuntime } from './process-runtime.js';

/** What has been killed takes a moment to be gone. */
async function untilGone(containerId: string): Promise<void> {
  while (pidsWithEnvironment(`${containerIdVariable}=${containerId}`).length > 0) await sleep(systemClock, 10);
}

async function open(t: TestContext): Promise<RuntimeUnderTest & { containerDir(id: string): string }> {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-runtime-'));
  const catalog = join(dir, 'catalog');
  await mkdir(catalog);
  await writeFile(join(catalog, 'echo.json'), JSON.stringify({ name: 'test/echo', command: ['echo'], args: ['nothing'] }));
  const opened: ProcessRuntime[] = [];
  const openRuntime = async () => {
    await opened.at(-1)?.close();
    const options = {
      dir: join(dir, 'state'),
      imageCatalogs: [catalog],
      logBytesMax: 1_000,
      logFilesMax: 3,
      clock: systemClock,
      log: silentLogger,
    };
    const runtime = new ProcessRuntime(options);
    await runtime.updateRuntimeConfig('127.60.0.0/24');
    opened.push(runtime);
    return runtime;
  };
  t.after(async () => {
    const runtime = await openRuntime();
    const ids = (await runtime.listContainers()).map(({ id }) => id);
    for (const { id } of await runtime.listPodSandboxes()) await runtime.removePodSandbox(id);
    await runtime.close();
    for (const id of ids) await untilGone(id);
    await rm(dir, { recursive: true });
  });
  return {
    dir,
    clock: systemClock,
    runtime: await openRuntime(),
    echoImage: 'test/echo:v1',
    reopen: openRuntime,
    containerDir: (id) => join(dir, 'state', 'containers', id),
  };
}

runtimeContract('process', open);

const forever = 'echo up; while :; do sleep 0.05; done';

test('a shim killed with SIGKILL takes its container along, and that counts as exit 137', { timeout: 20_000 }, async (t) => {
  const subject = await open(t);
  const id = await run(subject, shell(subject, forever));
  const shim = readJson<ProcessIdentity>(subject.containerDir(id), shimFile);
  const started = readJson<StartedRecord>(subject.containerDir(id), startedFile);
  assert.ok(shim && started);
  process.kill(shim.pid, 'SIGKILL');
  const ended = await untilState(subject, id, 'CONTAINER_EXITED');
  assert.equal(ended.exitCode, 137);
  while (isAlive(started.container)) await sleep(systemClock, 10);
});

test('everything killed at once: the next runtime sees it, and does not take a stranger with the same pid for it', {
  timeout: 20_000,
}, async (t) => {
  const subject = await open(t);
  const id = await run(subject, shell(subject, forever));
  const started = readJson<StartedRecord>(subject.containerDir(id), startedFile);
  const shim = readJson<ProcessIdentity>(subject.containerDir(id), shimFile);
  assert.ok(shim && started);
  await subject.runtime.close();
  process.kill(shim.pid, 'SIGKILL');
  process.kill(-started.container.pid, 'SIGKILL');
  assert.equal(isAlive({ ...started.container, pid: process.pid }), false);
  const runtime = await subject.reopen();
  await untilState({ ...subject, runtime }, id, 'CONTAINER_EXITED');
});

test('a container that was created but never started can be started by the next runtime, once', {
  timeout: 20_000,
}, async (t) => {
  const subject = await open(t);
  const sandbox = await subject.runtime.runPodSandbox(pod('a'));
  const config = shell(subject, forever);
  const id = await subject.runtime.createContainer(sandbox.id, config);
  const runtime = await subject.reopen();
  assert.equal((await runtime.containerStatus(id))?.state, 'CONTAINER_CREATED');
  await Promise.all([runtime.startContainer(id), runtime.startContainer(id)]);
  await untilLog(subject, config, 'up');
  assert.equal(((await readFile(config.logPath, 'utf8')).match(/up/g) ?? []).length, 1);
});

test('processes that leave the group die with the sandbox all the same', { timeout: 20_000 }, async (t) => {
  const subject = await open(t);
  const config = shell(subject, `setsid sleep 600 & ${forever}`);
  const id = await run(subject, config);
  await untilLog(subject, config, 'up');
  const { podSandboxId } = (await subject.runtime.containerStatus(id)) ?? { podSandboxId: '' };
  await subject.runtime.stopPodSandbox(podSandboxId);
  await untilGone(id);
});

test('a log is rotated at its size and only so many files stay', { timeout: 20_000 }, async (t) => {
  const subject = await open(t);
  const config = shell(subject, 'for i in $(seq 1 200); do echo line $i; done');
  await untilState(subject, await run(subject, config), 'CONTAINER_EXITED');
  const files = await readdir(join(subject.dir, 'logs', 'main'));
  assert.ok(files.length <= 3 && files.includes('0.log'), files.join(' '));
});

test('stop-pods ends what a kubelet left running, and keeps the records', { timeout: 20_000 }, async (t) => {
  const subject = await open(t);
  const id = await run(subject, shell(subject, forever));
  await subject.runtime.close();
  assert.equal(await stopPods(join(subject.dir, 'state'), { clock: systemClock }), 1);
  assert.equal(await stopPods(join(subject.dir, 'nowhere'), { clock: systemClock }), 0);
  assert.ok(existsSync(subject.containerDir(id)));
  const runtime = await subject.reopen();
  assert.equal((await runtime.containerStatus(id))?.exitCode, 143);
});

test('stop-pods ends what runs although somebody deleted its records', { timeout: 20_000 }, async (t) => {
  const subject = await open(t);
  const id = await run(subject, shell(subject, forever));
  await subject.runtime.close();
  await rm(join(subject.dir, 'state'), { recursive: true });
  assert.equal(await stopPods(join(subject.dir, 'elsewhere'), { clock: systemClock }), 0);
  assert.equal(await stopPods(join(subject.dir, 'state'), { clock: systemClock }), 1);
  assert.deepEqual(pidsWithEnvironment(`${containerIdVariable}=${id}`), []);
});
