import type { Container, Pod, Probe } from '@flotilla/api';
import type { Clock, Random } from '@flotilla/base';
import type { EventSink } from '../pods/event-sink.js';
import type { RuntimePod } from '../pods/pod-state.js';
import type { ContainerRuntime, ContainerStatus } from '../runtimes/runtime.js';
import { check } from './check.js';
import { type ProbeKind, ProbeWorker } from './probe-worker.js';

interface Probed {
  readonly podUid: string;
  readonly workers: Map<ProbeKind, ProbeWorker>;
  failed: 'liveness' | 'startup' | undefined;
}

export interface ProbeManagerOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink;
  /** The pod's worker is to look again. */
  onChange(podUid: string): void;
  /** When this kubelet started, on the wall clock: containers older than that were adopted. */
  readonly kubeletStartMs: number;
}

/** Runs the probes of all running containers, and knows what they say. */
export class ProbeManager {
  readonly #options: ProbeManagerOptions;
  readonly #probed = new Map<string, Probed>();

  constructor(options: ProbeManagerOptions) {
    this.#options = options;
  }

  /** Starts the probes of containers that run now and stops those of containers that do not. Idempotent. */
  sync(pod: Pod, runtime: RuntimePod): void {
    const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
    const running = runtime.containers.filter(({ state }) => state === 'CONTAINER_RUNNING');
    for (const status of running) {
      const container = containers.find(({ name }) => name === status.name);
      if (container !== undefined && !this.#probed.has(status.id)) this.#start(pod, container, status, runtime.sandbox?.ip ?? '');
    }
    const ids = new Set(running.map(({ id }) => id));
    const podUid = pod.metadata.uid ?? '';
    for (const [id, probed] of this.#probed) if (probed.podUid === podUid && !ids.has(id)) this.#stop(id, probed);
  }

  /** A pod on its way out keeps its readiness probes, as Kubernetes does; nothing may restart its containers. */
  stopLivenessOf(podUid: string): void {
    for (const probed of this.#probed.values()) {
      if (probed.podUid !== podUid) continue;
      probed.workers.get('liveness')?.stop();
      probed.workers.get('startup')?.stop();
    }
  }

  forget(podUid: string): void {
    for (const [id, probed] of this.#probed) if (probed.podUid === podUid) this.#stop(id, probed);
  }

  close(): void {
    for (const [id, probed] of this.#probed) this.#stop(id, probed);
  }

  isStarted(containerId: string): boolean {
    return this.#probed.get(containerId)?.workers.get('startup')?.result ?? this.#probed.has(containerId);
  }

  isReady(containerId: string): boolean {
    const probed = this.#probed.get(containerId);
    return probed !== undefined && (probed.workers.get('readiness')?.result ?? true);
  }

  failedProbe(containerId: string): 'liveness' | 'startup' | undefined {
    return this.#probed.get(containerId)?.failed;
  }

  #start(pod: Pod, container: Container, status: ContainerStatus, podIp: string): void {
    const probed: Probed = { podUid: pod.metadata.uid ?? '', workers: new Map(), failed: undefined };
    this.#probed.set(status.id, probed);
    const probes = [
      ['startup', container.startupProbe],
      ['readiness', container.readinessProbe],
      ['liveness', container.livenessProbe],
    ] as const;
    for (const [kind, probe] of probes) {
      if (probe !== undefined) probed.workers.set(kind, this.#worker(kind, probe, { pod, container, status, podIp, probed }));
    }
  }

  #worker(
    kind: ProbeKind,
    probe: Probe,
    {
      pod,
      container,
      status,
      podIp,
      probed,
    }: { pod: Pod; container: Container; status: ContainerStatus; podIp: string; probed: Probed },
  ): ProbeWorker {
    const { runtime, clock, random, events, onChange, kubeletStartMs } = this.#options;
    const startedAtMs = status.startedAtMs ?? status.createdAtMs;
    const before = pod.status?.containerStatuses?.find(({ containerID }) => containerID?.endsWith(`//${status.id}`));
    // What the API already says of this very container holds until a probe says otherwise: restarting the kubelet must not empty Services.
    const known = { startup: before?.started === true, readiness: before?.ready === true, liveness: true };
    return new ProbeWorker({
      kind,
      probe,
      startedAtMs,
      clock,
      random,
      initial: known[kind],
      adopted: startedAtMs < kubeletStartMs,
      attempt: (timeoutMs) => check(probe, { runtime, containerId: status.id, podIp, ports: container.ports ?? [] }, timeoutMs),
      isHeld: () => (kind === 'startup' ? false : !this.isStarted(status.id)),
      onFailure: (output) => events.record(pod, 'Warning', 'Unhealthy', `${label[kind]} probe failed: ${output}`, container.name),
      onResult: (healthy) => {
        if (!healthy && kind !== 'readiness') probed.failed = kind;
        if (healthy && kind === 'startup') for (const worker of probed.workers.values()) worker.release();
        onChange(probed.podUid);
      },
    });
  }

  #stop(id: string, probed: Probed): void {
    for (const worker of probed.workers.values()) worker.stop();
    this.#probed.delete(id);
  }
}

const label: Record<ProbeKind, string> = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' };
