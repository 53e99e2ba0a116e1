import type { Pod } from '@flotilla/api';
import { type Clock, errorMessage, type Logger } from '@flotilla/base';
import { type ContainerRuntime, type PodSandbox, StopDeadline } from '../runtimes/runtime.js';
import { VolumeError, type VolumeManager } from '../volumes/volume-manager.js';
import { type ContainerStarter, StartError } from './container-starter.js';
import type { EventSink } from './event-sink.js';
import { runHook } from './lifecycle-hooks.js';
import type { Plan, Start } from './plan.js';
import { graceMs, podKey, podUid, type RuntimePod } from './pod-state.js';
import type { RestartBackoff } from './restart-backoff.js';

export interface PodStarterDeps {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventSink;
  readonly volumes: VolumeManager;
  readonly containers: ContainerStarter;
  readonly backoff: RestartBackoff;
  readonly nodeName: string;
  readonly hostIp: string;
}

/** Something that did not start. */
export interface StartFailure {
  /** Undefined when it was the pod's sandbox or a volume. */
  readonly container: string | undefined;
  readonly reason: string;
  readonly message: string;
  /** When to try again, where that is known. */
  readonly retryMs: number | undefined;
}

/** Carries out the starts of a plan: sandbox, volumes, then one container after the other. */
export class PodStarter {
  readonly #deps: PodStarterDeps;

  constructor(deps: PodStarterDeps) {
    this.#deps = deps;
  }

  /** @param stopped whether the pod has been deleted meanwhile; no further container is started then */
  async start(pod: Pod, next: Plan, runtime: RuntimePod, stopped: () => boolean): Promise<StartFailure[]> {
    try {
      const sandbox = next.createSandbox || runtime.sandbox === undefined ? await this.#createSandbox(pod) : runtime.sandbox;
      const volumes = await this.#deps.volumes.prepare(pod, sandbox.ip);
      const failures: StartFailure[] = [];
      for (const start of next.start) {
        const failure = stopped() ? undefined : await this.#startOne(pod, start, sandbox, volumes);
        if (failure !== undefined) failures.push(failure);
      }
      return failures;
    } catch (error) {
      const reason = error instanceof VolumeError ? 'FailedMount' : 'FailedCreatePodSandBox';
      const message = errorMessage(error);
      this.#deps.events.record(pod, 'Warning', reason, message);
      return [{ container: undefined, reason, message, retryMs: undefined }];
    }
  }

  forget(uid: string): void {
    this.#deps.containers.forget(uid);
    this.#deps.backoff.forget(uid);
  }

  #createSandbox(pod: Pod): Promise<PodSandbox> {
    const { metadata, spec } = pod;
    return this.#deps.runtime.runPodSandbox({
      podUid: podUid(pod),
      namespace: metadata.namespace ?? '',
      name: metadata.name ?? '',
      nodeName: this.#deps.nodeName,
      hostname: spec.hostname ?? metadata.name ?? '',
      hostAddress: spec.hostNetwork === true ? this.#deps.hostIp : undefined,
    });
  }

  async #startOne(
    pod: Pod,
    start: Start,
    sandbox: PodSandbox,
    volumes: ReadonlyMap<string, string>,
  ): Promise<StartFailure | undefined> {
    const { containers, backoff, log } = this.#deps;
    const { container, attempt, previousFinishedAtMs } = start;
    if (previousFinishedAtMs !== undefined) backoff.next(`${podUid(pod)}/${container.name}`, previousFinishedAtMs);
    try {
      const mounts = this.#deps.volumes.mounts(pod, container, volumes);
      const id = await containers.start(pod, sandbox, start, mounts);
      log.info({ pod: podKey(pod), container: container.name, attempt, id: id.slice(0, 12) }, 'container started');
      await this.#postStart(pod, start, id, sandbox.ip);
      return undefined;
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      const { reason, message, retryMs } = error;
      return { container: container.name, reason, message, retryMs };
    }
  }

  async #postStart(pod: Pod, { container }: Start, containerId: string, podIp: string): Promise<void> {
    const handler = container.lifecycle?.postStart;
    if (handler === undefined) return;
    const { runtime, clock, events } = this.#deps;
    try {
      await runHook(handler, { runtime, clock, container, containerId, podIp }, graceMs(pod));
    } catch (error) {
      const message = `PostStartHook failed: ${errorMessage(error)}`;
      events.record(pod, 'Warning', 'FailedPostStartHook', message, container.name);
      await runtime.stopContainer(containerId, new StopDeadline(clock.monotonicMs() + graceMs(pod)));
      throw new StartError('PostStartHookError', message);
    }
  }
}
