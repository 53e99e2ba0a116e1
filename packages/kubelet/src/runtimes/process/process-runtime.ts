import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Clock, Logger } from '@flotilla/base';
import { connectTcp } from '@flotilla/process';
import { portForwardConnectTimeoutMs, startTimeoutMs } from '../../limits.js';
import {
  type AttachedProcess,
  type ContainerConfig,
  type ContainerRuntime,
  type ContainerStats,
  type ContainerStatus,
  type ExecResult,
  type Image,
  type ImageSpec,
  type PodSandbox,
  type PodSandboxConfig,
  RuntimeError,
  type StopDeadline,
  type StreamOptions,
} from '../runtime.js';
import { attachToContainer } from './attach.js';
import { commandLine, containerEnvironment, layOutRoot, workingDirectory } from './container-environment.js';
import { type ContainerRecord, containerIdVariable, type ExitRecord, makeDir, specFile, writeJson } from './container-files.js';
import { ContainerProcess } from './container-process.js';
import { ContainerSet } from './container-set.js';
import { execInContainer, startInContainer } from './exec.js';
import { ImageCatalog } from './image-catalog.js';
import { type SandboxRecord, SandboxStore } from './sandbox-store.js';
import { statsOf } from './stats.js';

export interface ProcessRuntimeOptions {
  /** Where records and the containers' folders live; survives the kubelet. */
  readonly dir: string;
  readonly imageCatalogs: readonly string[];
  readonly logBytesMax: number;
  readonly logFilesMax: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Where a runtime keeps a folder per container. */
export function containersDir(runtimeDir: string): string {
  return join(runtimeDir, 'containers');
}

/** Containers as plain child processes of the host, each under a shim of its own. Needs Linux, and nothing else: no root, no images. */
export class ProcessRuntime implements ContainerRuntime {
  readonly name = 'process';
  readonly version = process.version;
  readonly #options: ProcessRuntimeOptions;
  readonly #sandboxes: SandboxStore;
  readonly #catalog: ImageCatalog;
  readonly #containers: ContainerSet;

  /** Takes over whatever the folder holds from an earlier kubelet. @throws RuntimeError for a bad image catalogue */
  constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
    this.#catalog = new ImageCatalog(options.imageCatalogs);
    this.#sandboxes = new SandboxStore(join(options.dir, 'sandboxes'));
    this.#containers = new ContainerSet(containersDir(options.dir), options.clock, options.log);
  }

  async updateRuntimeConfig(podCidr: string): Promise<void> {
    this.#sandboxes.podCidr = podCidr;
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<PodSandbox> {
    return toSandbox(this.#sandboxes.create(config));
  }

  async stopPodSandbox(sandboxId: string): Promise<void> {
    this.#sandboxes.markNotReady(sandboxId);
    await Promise.all(this.#containersOf(sandboxId).map((container) => this.#containers.kill(container)));
  }

  async removePodSandbox(sandboxId: string): Promise<void> {
    await this.stopPodSandbox(sandboxId);
    for (const { record } of this.#containersOf(sandboxId)) await this.removeContainer(record.id);
    this.#sandboxes.remove(sandboxId);
  }

  async listPodSandboxes(): Promise<readonly PodSandbox[]> {
    return this.#sandboxes.list().map(toSandbox);
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox === undefined) throw new RuntimeError(`pod sandbox ${sandboxId} not found`);
    const id = randomBytes(32).toString('hex');
    const dir = join(this.#containers.dir, id);
    const record = this.#record(id, dir, sandbox, config);
    mkdirSync(dirname(config.logPath), { recursive: true, mode: 0o700 });
    writeJson(dir, specFile, record);
    this.#containers.add(new ContainerProcess(dir, record));
    return id;
  }

  async startContainer(containerId: string): Promise<void> {
    const container = this.#require(containerId);
    if (container.state !== 'CONTAINER_CREATED') return;
    container.spawnShim();
    await this.#containers.waitUntil(container, () => container.state !== 'CONTAINER_CREATED', startTimeoutMs);
    if (container.state === 'CONTAINER_CREATED') {
      container.killShim();
      this.#containers.declareExit(container, startFailure(container.dir));
    }
    if (container.exit?.reason === 'StartError')
      throw new RuntimeError(container.exit.message ?? 'the container could not be started');
  }

  async stopContainer(containerId: string, deadline: StopDeadline): Promise<void> {
    const container = this.#containers.get(containerId);
    if (container === undefined) return;
    const ended = () => container.state === 'CONTAINER_EXITED';
    if (!ended() && deadline.atMs > this.#options.clock.monotonicMs() && container.signal('SIGTERM')) {
      await this.#containers.waitUntilDeadline(container, ended, deadline);
    }
    await this.#containers.kill(container);
  }

  async removeContainer(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    if (container === undefined) return;
    await this.#containers.kill(container);
    if (this.#containers.get(containerId) === undefined) return; // somebody else removed it meanwhile
    this.#containers.delete(container);
    removeLogs(container.record.logPath);
  }

  async listContainers(): Promise<readonly ContainerStatus[]> {
    return this.#containers.list().map((container) => container.status());
  }

  async containerStatus(containerId: string): Promise<ContainerStatus | undefined> {
    return this.#containers.get(containerId)?.status();
  }

  async execSync(containerId: string, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    return execInContainer(this.#requireRunning(containerId).record, command, timeoutMs);
  }

  async exec(containerId: string, command: readonly string[], streams: StreamOptions): Promise<AttachedProcess> {
    return startInContainer(this.#requireRunning(containerId).record, command, streams);
  }

  async attach(containerId: string, streams: Omit<StreamOptions, 'tty'>): Promise<AttachedProcess> {
    return attachToContainer(this.#requireRunning(containerId), streams);
  }

  async portForward(sandboxId: string, port: number): Promise<Duplex> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox?.state !== 'SANDBOX_READY') throw new RuntimeError(`sandbox ${sandboxId} is not running`);
    return connectTcp({ host: sandbox.ip, port }, portForwardConnectTimeoutMs, this.#options.clock);
  }

  async containerStats(): Promise<ReadonlyMap<string, ContainerStats>> {
    const running = this.#containers.list().flatMap((container) => {
      const main = container.state === 'CONTAINER_RUNNING' ? container.process : undefined;
      return main === undefined ? [] : [{ id: container.record.id, sessionId: main.pid }];
    });
    return statsOf(running);
  }

  async imageStatus(image: ImageSpec): Promise<Image | undefined> {
    return this.#catalog.status(image);
  }

  async pullImage(image: ImageSpec): Promise<Image> {
    return this.#catalog.pull(image);
  }

  onChange(listener: (podUid: string) => void): () => void {
    return this.#containers.onChange(listener);
  }

  async close(): Promise<void> {
    this.#containers.close();
  }

  /** Lays out the container's folder and says what the shim is to run in it. */
  #record(id: string, dir: string, sandbox: SandboxRecord, config: ContainerConfig): ContainerRecord {
    const image = this.#catalog.get(config.image.image);
    const argv = commandLine(config, image);
    if (argv.length === 0) throw new RuntimeError('no command specified');
    const root = join(dir, 'root');
    makeDir(dir);
    layOutRoot(root, config.mounts);
    return {
      id,
      sandboxId: sandbox.id,
      podUid: sandbox.podUid,
      namespace: sandbox.namespace,
      podName: sandbox.name,
      name: config.name,
      attempt: config.attempt,
      image: config.image.image,
      imageRef: this.#catalog.pull({ image: config.image.image, command: argv }).ref,
      specHash: config.specHash,
      createdAtMs: Date.now(),
      argv,
      env: { ...containerEnvironment(sandbox, config, image, root), [containerIdVariable]: id },
      cwd: workingDirectory(root, config.workingDir ?? image?.workingDir),
      stdin: config.stdin,
      stdinOnce: config.stdinOnce,
      tty: config.tty,
      logPath: config.logPath,
      logBytesMax: this.#options.logBytesMax,
      logFilesMax: this.#options.logFilesMax,
    };
  }

  #containersOf(sandboxId: string): ContainerProcess[] {
    return this.#containers.list().filter(({ record }) => record.sandboxId === sandboxId);
  }

  #requireRunning(containerId: string): ContainerProcess {
    const container = this.#require(containerId);
    if (container.state !== 'CONTAINER_RUNNING') throw new RuntimeError(`container ${containerId} is not running`);
    return container;
  }

  #require(containerId: string): ContainerProcess {
    const container = this.#containers.get(containerId);
    if (container === undefined) throw new RuntimeError(`container ${containerId} not found`);
    return container;
  }
}

function toSandbox(record: SandboxRecord): PodSandbox {
  const { id, podUid, namespace, name, ip, createdAtMs, state } = record;
  return { id, podUid, namespace, name, ip, createdAtMs, state };
}

/** The shim has not reported in time; what it printed, if anything, tells why. */
function startFailure(dir: string): ExitRecord {
  const errors = readFileSync(join(dir, 'shim.err'), 'utf8').trim();
  const message = `the container's shim did not start in ${startTimeoutMs / 1_000}s${errors === '' ? '' : `: ${errors.slice(-500)}`}`;
  return { exitCode: 128, signal: undefined, reason: 'StartError', message, startedAtMs: undefined, finishedAtMs: Date.now() };
}

/** The log itself and what rotation made of it. */
function removeLogs(logPath: string): void {
  const dir = dirname(logPath);
  const name = logPath.slice(dir.length + 1);
  try {
    for (const file of readdirSync(dir))
      if (file === name || file.startsWith(`${name}.`)) rmSync(join(dir, file), { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // fs errors carry a code
  }
}
