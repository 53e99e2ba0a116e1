import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, type Logger, type Random, sleep } from '@flotilla/base';
import type { StateDir } from '../state-dir.js';
import type { ProcessSpec } from '../topology/process-spec.js';
import { endLeftovers } from './leftovers.js';
import { stageProbeIntervalMs, stageTimeoutMs } from './limits.js';
import { ManagedProcess } from './managed-process.js';
import { Prober, type Role } from './prober.js';
import { residentBytes } from './process-identity.js';
import { stopPods } from './stop-pods.js';

/** One line of `flotilla status`. */
export interface ProcessStatus {
  readonly name: string;
  readonly component: string;
  readonly role: Role;
  /** 0: not running. */
  readonly pid: number;
  readonly healthy: boolean;
  readonly restarts: number;
  readonly rssBytes: number;
  readonly address: string;
}

export interface SupervisorOptions {
  readonly state: StateDir;
  readonly specs: readonly ProcessSpec[];
  readonly output: 'files' | 'inherit';
  readonly command: readonly [executable: string, ...args: string[]];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/**
 * Keeps the processes of one cluster running: starts them stage by stage, starts again what dies, stops them in the
 * reverse order. It knows nothing of what they do; each is healthy when its own endpoint says so.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #processes: ReadonlyMap<string, ManagedProcess>;
  readonly #prober: Prober;

  constructor(options: SupervisorOptions) {
    const { state, specs, output, command, clock, random, log } = options;
    for (const folder of [state.logs, state.pids, state.data]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#options = options;
    this.#prober = new Prober(state.pki);
    this.#processes = new Map(
      specs.map((spec) => {
        const logFile = output === 'files' ? join(state.logs, `${spec.name}.log`) : undefined;
        const files = { logFile, pidFile: join(state.pids, `${spec.name}.pid`) };
        return [spec.name, new ManagedProcess(spec, { clock, random, log, command, ...files })];
      }),
    );
  }

  find(name: string): ManagedProcess | undefined {
    return this.#processes.get(name);
  }

  /** Starts stage after stage; returns once the last one was started. What an earlier supervisor left running is ended first. */
  async start(signal: AbortSignal): Promise<void> {
    await endLeftovers(this.#options.state.pids, this.#options.clock);
    for (const stage of this.#stages()) {
      for (const managed of stage) managed.start();
      await this.#whenHealthy(stage, signal);
    }
  }

  /** Stops everything, the last stage first, then the pods that kubelets leave running. */
  async stop(): Promise<void> {
    for (const stage of this.#stages().reverse()) {
      await Promise.all(stage.map((managed) => managed.stop()));
      const roots = stage.flatMap(({ spec }) => spec.podsRootDir ?? []);
      await Promise.all(roots.map((root) => stopPods(this.#options.command, root)));
    }
    await this.#prober.close();
  }

  async status(): Promise<ProcessStatus[]> {
    return Promise.all([...this.#processes.values()].map((managed) => this.#statusOf(managed)));
  }

  async #statusOf({ spec, pid, restarts }: ManagedProcess): Promise<ProcessStatus> {
    const [healthy, role] =
      pid === undefined ? [false, '' as const] : await Promise.all([this.#prober.healthy(spec), this.#prober.role(spec)]);
    const rssBytes = pid === undefined ? 0 : residentBytes(pid);
    return {
      name: spec.name,
      component: spec.component,
      role,
      pid: pid ?? 0,
      healthy,
      restarts,
      rssBytes,
      address: spec.address,
    };
  }

  #stages(): ManagedProcess[][] {
    const all = [...this.#processes.values()];
    const numbers = [...new Set(all.map(({ spec }) => spec.stage))].sort((a, b) => a - b);
    return numbers.map((number) => all.filter(({ spec }) => spec.stage === number));
  }

  async #whenHealthy(stage: readonly ManagedProcess[], signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const deadlineMs = clock.monotonicMs() + stageTimeoutMs;
    let waiting = [...stage];
    while (clock.monotonicMs() < deadlineMs) {
      const healthy = await Promise.all(waiting.map(({ spec }) => this.#prober.healthy(spec)));
      waiting = waiting.filter((_, i) => healthy[i] !== true);
      if (waiting.length === 0) return;
      await sleep(clock, stageProbeIntervalMs, signal);
    }
    log.warn({ waiting: waiting.map(({ spec }) => spec.name) }, 'stage is not healthy, going on');
  }
}
