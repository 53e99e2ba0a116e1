import { randomBytes } from 'node:crypto';
import { type FSWatcher, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Cancel, type Clock, type Logger, sleep } from '@flotilla/base';
import { killTimeoutMs, relistMs, startTimeoutMs } from '../../limits.js';
import {
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
} from '../runtime.js';
import { commandLine, containerEnvironment, layOutRoot, workingDirectory } from './container-environment.js';
import { type ContainerRecord, containerIdVariable, makeDir, readJson, specFile, writeJson } from './container-files.js';
import { ContainerProcess } from './container-process.js';
import { execInContainer } from './exec.js';
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

interface Watched {
  readonly container: ContainerProcess;
  readonly watcher: FSWatcher | undefined;
  readonly listeners: Set<() => void>;
}

/** Containers as plain child processes of the host, each under a shim of its own. Needs Linux, and nothing else: no root, no images. */
export class ProcessRuntime implements ContainerRuntime {
  readonly name = 'process';
  readonly version = process.version;
  readonly #options: ProcessRuntimeOptions;
  readonly #sandboxes: SandboxStore;
  readonly #catalog: ImageCatalog;
  readonly #containers = new Map<string, Watched>();
  readonly #listeners = new Set<(podUid: string) => void>();
  #cancelRelist: Cancel | undefined;

  /** Takes over whatever the folder holds from an earlier kubelet. @throws RuntimeError for a bad image catalogue */
  constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
    this.#catalog = new ImageCatalog(options.imageCatalogs);
    this.#sandboxes = new SandboxStore(join(options.dir, 'sandboxes'));
    makeDir(this.#containersDir);
    for (const name of readdirSync(this.#containersDir)) this.#adopt(name);
    this.#relist();
  }

  async updateRuntimeConfig(podCidr: string): Promise<void> {
    this.#sandboxes.podCidr = podCidr;
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<PodSandbox> {
    return toSandbox(this.#sandboxes.create(config));
  }

  async stopPodSandbox(sandboxId: string): Promise<void> {
    this.#sandboxes.markNotReady(sandboxId);
    await Promise.all(this.#containersOf(sandboxId).map((watched) => this.#kill(watched)));
  }

  async removePodSandbox(sandboxId: string): Promise<void> {
    await this.stopPodSandbox(sandboxId);
    for (const { container } of this.#containersOf(sandboxId)) await this.removeContainer(container.record.id);
    this.#sandboxes.remove(sandboxId);
  }

  async listPodSandboxes(): Promise<readonly PodSandbox[]> {
    return this.#sandboxes.list().map(toSandbox);
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox === undefined) throw new RuntimeError(`pod sandbox ${sandboxId} not found`);
    const image = this.#catalog.get(config.image.image);
    const argv = commandLine(config, image);
    if (argv.length === 0) throw new RuntimeError('no command specified');
    const id = randomBytes(32).toString('hex');
    const dir = join(this.#containersDir, id);
    const root = join(dir, 'root');
    makeDir(dir);
    layOutRoot(root, config.mounts);
    const record: ContainerRecord = {
      id,
      sandboxId,
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
      logPath: config.logPath,
      logBytesMax: this.#options.logBytesMax,
      logFilesMax: this.#options.logFilesMax,
    };
    mkdirSync(dirname(config.logPath), { recursive: true, mode: 0o700 });
    writeJson(dir, specFile, record);
    this.#watch(new ContainerProcess(dir, record));
    return id;
  }

  async startContainer(containerId: string): Promise<void> {
    const watched = this.#require(containerId);
    const { container } = watched;
    if (container.state !== 'CONTAINER_CREATED') return;
    container.spawnShim();
    await this.#waitUntil(watched, () => container.state !== 'CONTAINER_CREATED', startTimeoutMs);
    if (container.state === 'CONTAINER_CREATED') {
      container.killShim();
      const errors = readShimErrors(container.dir);
      container.declareExit(startFailure(`the container's shim did not start in ${startTimeoutMs / 1000}s${errors}`));
      this.#notify(watched);
    }
    if (container.exit?.reason === 'StartError')
      throw new RuntimeError(container.exit.message ?? 'the container could not be started');
  }

  async stopContainer(containerId: string, deadline: StopDeadline): Promise<void> {
    const watched = this.#containers.get(containerId);
    if (watched === undefined) return;
    const { container } = watched;
    this.#refresh(watched);
    const ended = () => container.state === 'CONTAINER_EXITED';
    if (!ended() && deadline.atMs > this.#options.clock.monotonicMs() && container.signal('SIGTERM')) {
      await this.#waitUntilDeadline(watched, ended, deadline);
    }
    await this.#kill(watched);
  }

  async removeContainer(containerId: string): Promise<void> {
    const watched = this.#containers.get(containerId);
    if (watched === undefined) return;
    await this.#kill(watched);
    const { container } = watched;
    watched.watcher?.close();
    this.#containers.delete(containerId);
    // Renamed first: a shim that is only now starting finds its folder gone and does nothing, instead of half of it.
    const gone = `${container.dir}.removed`;
    renameSync(container.dir, gone);
    rmSync(gone, { recursive: true, force: true });
    removeLogs(container.record.logPath);
  }

  async listContainers(): Promise<readonly ContainerStatus[]> {
    return [...this.#containers.values()].map((watched) => {
      this.#refresh(watched);
      return watched.container.status();
    });
  }

  async containerStatus(containerId: string): Promise<ContainerStatus | undefined> {
    const watched = this.#containers.get(containerId);
    if (watched === undefined) return undefined;
    this.#refresh(watched);
    return watched.container.status();
  }

  async execSync(containerId: string, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    const { container } = this.#require(containerId);
    if (container.state !== 'CONTAINER_RUNNING') throw new RuntimeError(`container ${containerId} is not running`);
    return execInContainer(container.record, command, timeoutMs);
  }

  async containerStats(): Promise<ReadonlyMap<string, ContainerStats>> {
    const running = [...this.#containers.values()].flatMap(({ container }) => {
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
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#cancelRelist?.();
    for (const { watcher } of this.#containers.values()) watcher?.close();
  }

  get #containersDir(): string {
    return join(this.#options.dir, 'containers');
  }

  #containersOf(sandboxId: string): Watched[] {
    return [...this.#containers.values()].filter(({ container }) => container.record.sandboxId === sandboxId);
  }

  #require(containerId: string): Watched {
    const watched = this.#containers.get(containerId);
    if (watched === undefined) throw new RuntimeError(`container ${containerId} not found`);
    return watched;
  }

  #adopt(name: string): void {
    const dir = join(this.#containersDir, name);
    const record = readJson<ContainerRecord>(dir, specFile);
    if (record === undefined || record.id !== name) {
      rmSync(dir, { recursive: true, force: true }); // a creation or removal that a crash cut short
      return;
    }
    this.#watch(new ContainerProcess(dir, record));
  }

  #watch(container: ContainerProcess): Watched {
    const listeners = new Set<() => void>();
    container.refresh();
    let watcher: FSWatcher | undefined;
    if (container.state !== 'CONTAINER_EXITED') {
      watcher = watch(container.dir, { persistent: false }, () => this.#refresh(watched));
      watcher.on('error', (error) =>
        this.#options.log.warn({ err: error, dir: container.dir }, 'container folder is no longer watched'),
      );
    }
    const watched: Watched = { container, watcher, listeners };
    this.#containers.set(container.record.id, watched);
    return watched;
  }

  /** The only caller of a known container's `refresh`: a change that is seen is told, whoever happened to look. */
  #refresh(watched: Watched): void {
    if (watched.container.refresh()) this.#notify(watched);
  }

  #notify(watched: Watched): void {
    if (watched.container.state === 'CONTAINER_EXITED') watched.watcher?.close();
    for (const listener of [...watched.listeners]) listener();
    for (const listener of this.#listeners) listener(watched.container.record.podUid);
  }

  /** The safety net under the file events: a shim killed with SIGKILL writes no file. */
  #relist(): void {
    for (const watched of this.#containers.values()) this.#refresh(watched);
    this.#cancelRelist = this.#options.clock.after(relistMs, () => this.#relist());
  }

  async #kill(watched: Watched): Promise<void> {
    const { container } = watched;
    const ended = () => container.state === 'CONTAINER_EXITED';
    this.#refresh(watched);
    if (ended()) return;
    container.killAll();
    if (container.state === 'CONTAINER_RUNNING') await this.#waitUntil(watched, ended, killTimeoutMs);
    if (ended()) return;
    container.killShim();
    this.#refresh(watched);
    if (ended()) return;
    container.declareExit({ ...startFailure('killed before it started'), exitCode: 137, signal: 9, reason: 'Error' });
    this.#notify(watched);
  }

  async #waitUntilDeadline(watched: Watched, condition: () => boolean, deadline: StopDeadline): Promise<void> {
    for (;;) {
      const remainingMs = deadline.atMs - this.#options.clock.monotonicMs();
      if (remainingMs <= 0 || condition()) return;
      const moved = new AbortController();
      const stopListening = deadline.onChange(() => moved.abort());
      await this.#waitUntil(watched, condition, remainingMs, moved.signal);
      stopListening();
    }
  }

  /** Resolves when the condition holds, the time is over or the signal aborts, whichever is first. */
  async #waitUntil(watched: Watched, condition: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.#refresh(watched);
    if (condition()) return;
    const done = new AbortController();
    const check = () => condition() && done.abort();
    watched.listeners.add(check);
    signal?.addEventListener('abort', () => done.abort(), { once: true });
    await sleep(this.#options.clock, timeoutMs, done.signal).catch(() => {});
    watched.listeners.delete(check);
    this.#refresh(watched);
  }
}

function toSandbox(record: SandboxRecord): PodSandbox {
  const { id, podUid, namespace, name, ip, createdAtMs, state } = record;
  return { id, podUid, namespace, name, ip, createdAtMs, state };
}

function startFailure(message: string) {
  return { exitCode: 128, signal: undefined, reason: 'StartError', message, startedAtMs: undefined, finishedAtMs: Date.now() };
}

function readShimErrors(dir: string): string {
  const text = readFileSync(join(dir, 'shim.err'), 'utf8').trim();
  return text === '' ? '' : `: ${text.slice(-500)}`;
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
