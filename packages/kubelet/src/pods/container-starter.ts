import { createHash } from 'node:crypto';
import type { Container, Pod } from '@flotilla/api';
import { type Clock, errorMessage } from '@flotilla/base';
import { imagePullBackoff } from '../limits.js';
import type { ContainerRuntime, EnvEntry, ImageSpec, Mount, PodSandbox } from '../runtimes/runtime.js';
import { type ConfigSource, ContainerConfigError, containerEnv } from './environment.js';
import type { EventSink } from './event-sink.js';
import { expand } from './expansion.js';
import type { Start } from './plan.js';
import { podUid, specHashOf } from './pod-state.js';
import { RestartBackoff } from './restart-backoff.js';

export interface ContainerStarterOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly config: ConfigSource;
  readonly hostIp: string;
  nodeAllocatable(): Readonly<Record<string, string>>;
  serviceEnv(pod: Pod): EnvEntry[];
  logPath(pod: Pod, containerName: string, attempt: number): string;
}

/** What `state.waiting` shows of a container that could not be started, and when to try again. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly reason: string;
  readonly retryMs: number | undefined;

  constructor(reason: string, message: string, retryMs?: number) {
    super(message);
    this.reason = reason;
    this.retryMs = retryMs;
  }
}

/** Brings one container to life: image, environment, creation, start; with the events that Kubernetes tells on the way. */
export class ContainerStarter {
  readonly #options: ContainerStarterOptions;
  readonly #pullBackoff: RestartBackoff;
  readonly #failedPulls = new Map<string, { atMs: number; message: string }>();

  constructor(options: ContainerStarterOptions) {
    this.#options = options;
    this.#pullBackoff = new RestartBackoff(options.clock, imagePullBackoff);
  }

  /** @returns the container's id @throws StartError */
  async start(pod: Pod, sandbox: PodSandbox, start: Start, mounts: readonly Mount[]): Promise<string> {
    const id = start.createdId ?? (await this.#create(pod, sandbox, start, mounts));
    const { runtime, events } = this.#options;
    try {
      await runtime.startContainer(id);
    } catch (error) {
      events.record(pod, 'Warning', 'Failed', `Error: ${errorMessage(error)}`, start.container.name);
      throw new StartError('RunContainerError', errorMessage(error));
    }
    events.record(pod, 'Normal', 'Started', `Started container ${start.container.name}`, start.container.name);
    return id;
  }

  forget(uid: string): void {
    this.#pullBackoff.forget(uid);
    for (const key of this.#failedPulls.keys()) if (key.startsWith(uid)) this.#failedPulls.delete(key);
  }

  async #create(pod: Pod, sandbox: PodSandbox, { container, attempt }: Start, mounts: readonly Mount[]): Promise<string> {
    const image: ImageSpec = { image: container.image ?? '', command: container.command ?? [] };
    await this.#pull(pod, container, image);
    const { runtime, events, config, hostIp, nodeAllocatable, serviceEnv, logPath } = this.#options;
    try {
      const envs = await containerEnv({
        pod,
        container,
        podIp: sandbox.ip,
        hostIp,
        nodeAllocatable: nodeAllocatable(),
        serviceEnv: serviceEnv(pod),
        config,
      });
      const values = new Map(envs.map(({ name, value }) => [name, value]));
      const lookup = (name: string) => values.get(name);
      const id = await runtime.createContainer(sandbox.id, {
        name: container.name,
        attempt,
        image,
        command: (container.command ?? []).map((element) => expand(element, lookup)),
        args: (container.args ?? []).map((element) => expand(element, lookup)),
        workingDir: container.workingDir,
        envs,
        stdin: container.stdin ?? false,
        stdinOnce: container.stdinOnce ?? false,
        tty: container.tty ?? false,
        mounts: mounts.map((mount) => ({ ...mount, hostPath: mount.hostPath })),
        logPath: logPath(pod, container.name, attempt),
        specHash: specHashOf(container),
      });
      events.record(pod, 'Normal', 'Created', `Created container: ${container.name}`, container.name);
      return id;
    } catch (error) {
      const reason = error instanceof ContainerConfigError ? 'CreateContainerConfigError' : 'CreateContainerError';
      events.record(pod, 'Warning', 'Failed', `Error: ${errorMessage(error)}`, container.name);
      throw new StartError(reason, errorMessage(error));
    }
  }

  async #pull(pod: Pod, container: Container, image: ImageSpec): Promise<void> {
    const { runtime, events, clock } = this.#options;
    const key = `${podUid(pod)}/${container.name}/${digest(image.image)}`;
    const present = await runtime.imageStatus(image);
    if (present !== undefined && container.imagePullPolicy !== 'Always') {
      events.record(pod, 'Normal', 'Pulled', `Container image "${image.image}" already present on machine`, container.name);
      return;
    }
    if (present === undefined && container.imagePullPolicy === 'Never') {
      throw new StartError('ErrImageNeverPull', `Container image "${image.image}" is not present with pull policy of Never`);
    }
    this.#throwIfBackingOff(pod, container, image, key);
    events.record(pod, 'Normal', 'Pulling', `Pulling image "${image.image}"`, container.name);
    const startMs = clock.monotonicMs();
    try {
      await runtime.pullImage(image);
    } catch (error) {
      const nowMs = clock.wallMs();
      this.#pullBackoff.next(key, nowMs);
      this.#failedPulls.set(key, { atMs: nowMs, message: errorMessage(error) });
      events.record(pod, 'Warning', 'Failed', `Failed to pull image "${image.image}": ${errorMessage(error)}`, container.name);
      events.record(pod, 'Warning', 'Failed', 'Error: ErrImagePull', container.name);
      throw new StartError('ErrImagePull', errorMessage(error), this.#pullBackoff.remainingMs(key, nowMs));
    }
    this.#failedPulls.delete(key);
    const tookMs = Math.round(clock.monotonicMs() - startMs);
    events.record(pod, 'Normal', 'Pulled', `Successfully pulled image "${image.image}" in ${tookMs}ms`, container.name);
  }

  #throwIfBackingOff(pod: Pod, container: Container, { image }: ImageSpec, key: string): void {
    const failed = this.#failedPulls.get(key);
    const remainingMs = failed === undefined ? 0 : this.#pullBackoff.remainingMs(key, failed.atMs);
    if (failed === undefined || remainingMs === 0) return;
    const message = `Back-off pulling image "${image}"`;
    this.#options.events.record(pod, 'Normal', 'BackOff', message, container.name);
    this.#options.events.record(pod, 'Warning', 'Failed', 'Error: ImagePullBackOff', container.name);
    throw new StartError('ImagePullBackOff', `${message}: ErrImagePull: ${failed.message}`, remainingMs);
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
