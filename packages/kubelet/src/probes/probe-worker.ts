import type { Probe } from '@flotilla/api';
import type { Cancel, Clock, Random } from '@flotilla/base';
import type { Verdict } from './check.js';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';

export interface ProbeWorkerOptions {
  readonly kind: ProbeKind;
  readonly probe: Probe;
  /** When the container started, on the wall clock. */
  readonly startedAtMs: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Runs the probe once. Never rejects. */
  attempt(timeoutMs: number): Promise<Verdict>;
  /** Whether the probe is held back for now: by a startup probe that has not succeeded. */
  isHeld(): boolean;
  /** The probe has changed its mind: `healthy` once it has succeeded or failed often enough in a row. */
  onResult(healthy: boolean): void;
  /** One attempt failed: for the event. */
  onFailure(output: string): void;
  /** The result to begin with. */
  readonly initial: boolean;
  /** A container that the kubelet found running: its probes are spread over their period, so that a restart does not fire them all at once. */
  readonly adopted: boolean;
}

/**
 * Ours: a readiness probe that dials a container which has only just started is tried again after 100, 200, 400… ms until it first
 * succeeds or a period is over. A server that listens after 0.1 s then need not wait a whole period for its second chance.
 * These early failures count towards nothing and make no events.
 */
const warmUpMsMin = 100;

/** Kubernetes' timing of one probe: `initialDelaySeconds`, `periodSeconds`, `timeoutSeconds`, `successThreshold`, `failureThreshold`. */
export class ProbeWorker {
  readonly #options: ProbeWorkerOptions;
  #result: boolean;
  #lastOutcome: boolean | undefined;
  #streak = 0;
  #stopped = false;
  #cancel: Cancel | undefined;
  #warmUpMs: number;

  constructor(options: ProbeWorkerOptions) {
    this.#options = options;
    this.#result = options.initial;
    const { probe, clock, startedAtMs, adopted, random } = options;
    const dials = probe.httpGet !== undefined || probe.tcpSocket !== undefined;
    this.#warmUpMs = options.kind === 'readiness' && dials && !adopted ? warmUpMsMin : Number.POSITIVE_INFINITY;
    const delayMs = startedAtMs + (probe.initialDelaySeconds ?? 0) * 1_000 - clock.wallMs();
    this.#schedule(Math.max(0, delayMs, adopted ? random.next() * this.#periodMs : 0));
  }

  get result(): boolean {
    return this.#result;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** What held the probe back has gone: the first attempt comes at once. */
  release(): void {
    if (!this.#stopped && this.#cancel !== undefined && this.#lastOutcome === undefined)
      this.#schedule(this.#initialDelayLeftMs());
  }

  get #periodMs(): number {
    return Math.max(1, this.#options.probe.periodSeconds ?? 10) * 1_000;
  }

  #initialDelayLeftMs(): number {
    const { probe, clock, startedAtMs } = this.#options;
    return Math.max(0, startedAtMs + (probe.initialDelaySeconds ?? 0) * 1_000 - clock.wallMs());
  }

  #schedule(delayMs: number): void {
    this.#cancel?.();
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#cancel = undefined;
      void this.#tick();
    });
  }

  async #tick(): Promise<void> {
    const startMs = this.#options.clock.monotonicMs();
    if (!this.#options.isHeld()) {
      const verdict = await this.#options.attempt(Math.max(1, this.#options.probe.timeoutSeconds ?? 1) * 1_000);
      if (this.#stopped) return;
      this.#take(verdict);
      if (this.#stopped) return;
    }
    const tookMs = this.#options.clock.monotonicMs() - startMs;
    this.#schedule(Math.max(0, this.#pauseMs() - tookMs));
  }

  /** The period; less as long as a container that has just started has not yet been ready (see `warmUpMsMin`). */
  #pauseMs(): number {
    if (this.#warmingUp) this.#warmUpMs *= 2;
    return Math.min(this.#periodMs, this.#warmingUp ? this.#warmUpMs / 2 : Number.POSITIVE_INFINITY);
  }

  get #warmingUp(): boolean {
    return !this.#result && this.#warmUpMs < this.#periodMs;
  }

  #take({ healthy, output }: Verdict): void {
    const { probe, kind, onFailure, onResult } = this.#options;
    this.#streak = healthy === this.#lastOutcome ? this.#streak + 1 : 1;
    this.#lastOutcome = healthy;
    if (!healthy && !this.#warmingUp) onFailure(output);
    const threshold = healthy ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (this.#streak < threshold) return;
    const changed = healthy !== this.#result || (kind !== 'readiness' && !healthy);
    this.#result = healthy;
    if (changed) onResult(healthy);
    // The container is going to be killed, or has started for good: this worker has nothing left to do.
    if ((kind !== 'readiness' && !healthy) || (kind === 'startup' && healthy)) this.stop();
  }
}
