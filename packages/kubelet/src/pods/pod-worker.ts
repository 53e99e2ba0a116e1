import type { Pod } from '@flotilla/api';
import { backoffMs, type Cancel, type Clock, type Logger, type Random } from '@flotilla/base';
import { podResyncMs, podRetry } from '../limits.js';
import type { ProbeManager } from '../probes/probe-manager.js';
import { type ContainerRuntime, StopDeadline } from '../runtimes/runtime.js';
import { podStatus } from '../status/pod-status.js';
import type { StatusWriter } from '../status/status-writer.js';
import type { VolumeManager } from '../volumes/volume-manager.js';
import { stopContainers } from './container-stopper.js';
import type { EventSink } from './event-sink.js';
import { type Finish, type Plan, plan } from './plan.js';
import type { PodStarter } from './pod-starter.js';
import { attemptsOf, graceMs, isFinished, isTerminating, podKey, podText, podUid, type RuntimePod } from './pod-state.js';
import type { RestartBackoff } from './restart-backoff.js';

export interface PodWorkerDeps {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly events: EventSink;
  readonly probes: ProbeManager;
  readonly statuses: StatusWriter;
  readonly volumes: VolumeManager;
  readonly starter: PodStarter;
  readonly backoff: RestartBackoff;
  readonly hostIp: string;
  readonly shutdown: AbortSignal;
  /** The API's last word on a pod: DELETE without grace, if it is still this pod. */
  deletePod(pod: Pod): Promise<void>;
  runtimePod(uid: string): Promise<RuntimePod>;
  /** Runs a piece of work when there is room for it: bounds how many pods sync at once. */
  limit<T>(work: () => Promise<T>): Promise<T>;
  /** The pod is gone from the API, from the runtime and from disk. */
  finished(uid: string): void;
}

/** Makes one pod real. Only ever does one thing at a time; whatever happens in the meantime makes it look again afterwards. */
export class PodWorker {
  readonly #deps: PodWorkerDeps;
  #pod: Pod;
  #gone = false;
  #dirty = false;
  #busy = false;
  #cancelTimer: Cancel | undefined;
  #deadline: StopDeadline | undefined;
  #terminated = false;
  #finish: Finish | undefined;
  /** Attempts in a row that did not get where the pod is to be. */
  #failures = 0;
  #refreshedAtMs = Number.NEGATIVE_INFINITY;
  #waiting = new Map<string, { reason: string; message: string }>();
  readonly #startTimeMs: number;

  constructor(deps: PodWorkerDeps, pod: Pod) {
    this.#deps = deps;
    this.#pod = pod;
    const since = Date.parse(pod.status?.startTime ?? '');
    this.#startTimeMs = Number.isNaN(since) ? deps.clock.wallMs() : since;
    this.wake();
  }

  get pod(): Pod {
    return this.#pod;
  }

  get gone(): boolean {
    return this.#gone;
  }

  update(pod: Pod): void {
    this.#pod = pod;
    if (isTerminating(pod)) this.#deadline?.bringForward(this.#deps.clock.monotonicMs() + graceMs(pod));
    this.wake();
  }

  /** The API has it no more. */
  remove(): void {
    this.#gone = true;
    this.#deadline?.bringForward(this.#deps.clock.monotonicMs() + graceMs(this.#pod));
    this.wake();
  }

  wake(): void {
    this.#dirty = true;
    if (!this.#busy) void this.#run();
    else if (this.#deadline !== undefined) void this.#publish(); // containers end one by one while the worker waits for all of them
  }

  async #run(): Promise<void> {
    const { log, shutdown } = this.#deps;
    this.#busy = true;
    while (this.#dirty && !shutdown.aborted) {
      this.#dirty = false;
      this.#cancelTimer?.();
      let againMs: number | undefined = podResyncMs;
      try {
        againMs = await this.#sync();
      } catch (error) {
        log.error({ err: error, pod: podKey(this.#pod) }, 'pod sync failed');
        againMs = this.#retryMs();
      }
      if (againMs === undefined) return; // the pod is gone for good
      this.#cancelTimer = this.#deps.clock.after(Math.max(againMs, 1), () => this.wake());
    }
    if (shutdown.aborted) this.#cancelTimer?.();
    this.#busy = false;
  }

  stop(): void {
    this.#cancelTimer?.();
  }

  /** @returns when to look again, or undefined when there is nothing left to look at */
  async #sync(): Promise<number | undefined> {
    const { runtimePod, statuses } = this.#deps;
    const runtime = await runtimePod(podUid(this.#pod));
    if (this.#gone) return this.#tearDown(runtime);
    if (isTerminating(this.#pod)) return this.#terminate(runtime);
    if (isFinished(statuses.withNewestStatus(this.#pod))) return this.#end(runtime);
    const next = this.#plan(runtime);
    if (next.finished !== undefined) {
      this.#finish = next.finished;
      return this.#end(runtime);
    }
    this.#waiting = new Map(next.waiting);
    const failures = await this.#carryOut(next, runtime);
    if (failures.length === 0) this.#failures = 0;
    await this.#publish();
    await this.#refreshVolumes(runtime);
    await this.#collectOldContainers();
    return Math.min(podResyncMs, next.wakeInMs ?? podResyncMs, ...failures);
  }

  #plan(runtime: RuntimePod): Plan {
    const { clock, backoff, probes } = this.#deps;
    probes.sync(this.#deps.statuses.withNewestStatus(this.#pod), runtime);
    const uid = podUid(this.#pod);
    return plan({
      pod: this.#pod,
      runtime,
      nowMs: clock.wallMs(),
      startTimeMs: this.#startTimeMs,
      backoff: (name, finishedAtMs) => ({
        remainingMs: backoff.remainingMs(`${uid}/${name}`, finishedAtMs),
        currentMs: backoff.currentMs(`${uid}/${name}`),
      }),
      failedProbe: (id) => probes.failedProbe(id),
      isStarted: (id) => probes.isStarted(id),
    });
  }

  /** @returns after how many milliseconds each failed start is to be tried again */
  async #carryOut(next: Plan, runtime: RuntimePod): Promise<number[]> {
    const { clock, events, limit, starter } = this.#deps;
    for (const [name, { reason }] of next.waiting) {
      if (reason !== 'CrashLoopBackOff') continue;
      const message = `Back-off restarting failed container ${name} in pod ${podText(this.#pod)}`;
      events.record(this.#pod, 'Warning', 'BackOff', message, name);
    }
    if (next.kill.length > 0) {
      this.#deadline = new StopDeadline(clock.monotonicMs() + graceMs(this.#pod));
      await stopContainers(this.#deps, this.#pod, runtime, next.kill, this.#deadline);
      this.#deadline = undefined;
      this.#dirty = true; // what was killed may have to be started again
      return [];
    }
    if (next.start.length === 0) return [];
    const stopped = () => this.#gone || isTerminating(this.#pod);
    const failures = await limit(() => starter.start(this.#pod, next, runtime, stopped));
    return failures.map(({ container, reason, message, retryMs }) => {
      if (container !== undefined) this.#waiting.set(container, { reason, message });
      this.#dirty ||= reason === 'RunContainerError'; // it counts as an exit: the next look decides on a restart
      return retryMs ?? this.#retryMs();
    });
  }

  /** The pod is over (Succeeded or Failed) but stays in the API: nothing of it may run, and its address is free again. */
  async #end(runtime: RuntimePod): Promise<number> {
    await this.#stopAll(runtime);
    if (runtime.sandbox !== undefined) await this.#deps.runtime.stopPodSandbox(runtime.sandbox.id);
    this.#deps.probes.forget(podUid(this.#pod));
    this.#waiting.clear();
    await this.#publish();
    return podResyncMs;
  }

  async #terminate(runtime: RuntimePod): Promise<number> {
    const uid = podUid(this.#pod);
    this.#waiting.clear();
    this.#deps.probes.stopLivenessOf(uid);
    await this.#stopAll(runtime);
    if (runtime.sandbox !== undefined) await this.#deps.runtime.stopPodSandbox(runtime.sandbox.id);
    this.#deps.probes.forget(uid);
    this.#terminated = true;
    await this.#publish();
    if (!(await this.#deps.statuses.flush(uid))) return this.#retryMs();
    await this.#deps.deletePod(this.#pod);
    return podResyncMs; // the watch tells when it is gone; finalizers may keep it for longer
  }

  async #tearDown(runtime: RuntimePod): Promise<undefined> {
    const uid = podUid(this.#pod);
    const { runtime: containers, probes, statuses, volumes, starter, finished } = this.#deps;
    probes.stopLivenessOf(uid);
    statuses.forget(uid);
    await this.#stopAll(runtime);
    for (const { id, podUid: owner } of await containers.listPodSandboxes())
      if (owner === uid) await containers.removePodSandbox(id);
    probes.forget(uid);
    starter.forget(uid);
    await volumes.remove(this.#pod);
    finished(uid);
    return undefined;
  }

  async #stopAll(runtime: RuntimePod): Promise<void> {
    const running = runtime.containers.filter(({ state }) => state !== 'CONTAINER_EXITED');
    if (running.length === 0) return;
    this.#deadline ??= new StopDeadline(this.#deps.clock.monotonicMs() + graceMs(this.#pod));
    const kills = running.map((status) => ({ status, message: `Stopping container ${status.name}` }));
    await stopContainers(this.#deps, this.#pod, runtime, kills, this.#deadline);
  }

  async #publish(): Promise<void> {
    if (this.#gone) return;
    const {
      statuses,
      probes,
      clock,
      runtime: { name },
      hostIp,
      runtimePod,
    } = this.#deps;
    const runtime = await runtimePod(podUid(this.#pod));
    if (this.#gone) return;
    const pod = statuses.withNewestStatus(this.#pod);
    probes.sync(pod, runtime);
    const status = podStatus({
      pod,
      runtime,
      runtimeName: name,
      waiting: this.#waiting,
      isReady: (id) => probes.isReady(id),
      isStarted: (id) => probes.isStarted(id),
      hostIp,
      startTimeMs: this.#startTimeMs,
      nowMs: clock.wallMs(),
      finished: this.#finish,
      terminated: this.#terminated,
    });
    statuses.set(this.#pod, status);
  }

  #retryMs(): number {
    return backoffMs(++this.#failures, podRetry, this.#deps.random);
  }

  /** ConfigMaps, Secrets and tokens change while the pod runs; what it sees of them follows within a resync. */
  async #refreshVolumes({ sandbox }: RuntimePod): Promise<void> {
    const nowMs = this.#deps.clock.monotonicMs();
    if (sandbox === undefined || nowMs - this.#refreshedAtMs < podResyncMs) return;
    const first = this.#refreshedAtMs === Number.NEGATIVE_INFINITY;
    this.#refreshedAtMs = nowMs;
    if (!first) await this.#deps.volumes.prepare(this.#pod, sandbox.ip);
  }

  /** Of each container the last run and the one before it stay, for `kubectl logs --previous`. */
  async #collectOldContainers(): Promise<void> {
    const runtime = await this.#deps.runtimePod(podUid(this.#pod));
    for (const name of new Set(runtime.containers.map((status) => status.name))) {
      const old = attemptsOf(runtime, name).slice(2);
      for (const status of old) if (status.state === 'CONTAINER_EXITED') await this.#deps.runtime.removeContainer(status.id);
    }
  }
}
