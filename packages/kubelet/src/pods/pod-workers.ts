import type { Pod } from '@flotilla/api';
import { orphanGraceSeconds, podSyncsMax } from '../limits.js';
import type { ContainerRuntime, PodSandbox } from '../runtimes/runtime.js';
import { podUid, type RuntimePod } from './pod-state.js';
import { PodWorker, type PodWorkerDeps } from './pod-worker.js';

export type PodWorkersDeps = Omit<PodWorkerDeps, 'limit' | 'finished' | 'runtimePod'>;

/** A worker for each pod that the API has on this node, or that the runtime still has. Keyed by uid: names come back, uids do not. */
export class PodWorkers {
  readonly #deps: PodWorkersDeps;
  readonly #workers = new Map<string, PodWorker>();
  readonly #waiting: (() => void)[] = [];
  #active = 0;

  constructor(deps: PodWorkersDeps) {
    this.#deps = deps;
  }

  update(pod: Pod): void {
    const worker = this.#workers.get(podUid(pod));
    if (worker !== undefined) worker.update(pod);
    else this.#workers.set(podUid(pod), new PodWorker(this.#workerDeps(), pod));
  }

  remove(pod: Pod): void {
    this.#workers.get(podUid(pod))?.remove();
  }

  wake(uid: string): void {
    this.#workers.get(uid)?.wake();
  }

  /** The pods that the API has on this node, as the watch last showed them. */
  list(): readonly Pod[] {
    return [...this.#workers.values()].filter((worker) => !worker.gone).map((worker) => worker.pod);
  }

  /** Takes down what runs here though the API has never heard of it, or has forgotten it while the kubelet was away. */
  async removeOrphans(): Promise<void> {
    for (const sandbox of await this.#deps.runtime.listPodSandboxes()) {
      if (this.#workers.has(sandbox.podUid)) continue;
      this.#deps.log.info(
        { pod: `${sandbox.namespace}/${sandbox.name}`, uid: sandbox.podUid },
        'removing a pod that the API does not know',
      );
      const worker = new PodWorker(this.#workerDeps(), orphanPod(sandbox));
      this.#workers.set(sandbox.podUid, worker);
      worker.remove();
    }
  }

  close(): void {
    for (const worker of this.#workers.values()) worker.stop();
  }

  #workerDeps(): PodWorkerDeps {
    return {
      ...this.#deps,
      runtimePod: (uid) => runtimePodOf(this.#deps.runtime, uid),
      limit: (work) => this.#limit(work),
      finished: (uid) => void this.#workers.delete(uid),
    };
  }

  async #limit<T>(work: () => Promise<T>): Promise<T> {
    if (this.#active >= podSyncsMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#active++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift(); // its place passes on to whoever waits longest
      if (next === undefined) this.#active--;
      else next();
    }
  }
}

export async function runtimePodOf(runtime: ContainerRuntime, uid: string): Promise<RuntimePod> {
  const sandboxes = (await runtime.listPodSandboxes()).filter(({ podUid: owner }) => owner === uid);
  const newest = sandboxes.sort((a, b) => b.createdAtMs - a.createdAtMs);
  const sandbox = newest.find(({ state }) => state === 'SANDBOX_READY') ?? newest[0];
  return { sandbox, containers: (await runtime.listContainers()).filter(({ podUid: owner }) => owner === uid) };
}

/** All that is known of an orphan is its name; that is enough to end it. */
function orphanPod({ podUid: uid, namespace, name }: PodSandbox): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { uid, namespace, name, deletionGracePeriodSeconds: orphanGraceSeconds },
    spec: { containers: [] },
  };
}
