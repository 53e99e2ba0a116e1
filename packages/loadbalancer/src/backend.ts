import type { Relayed } from '@flotilla/process';

/** `unknown` until the first check has an answer. */
export type BackendState = 'unknown' | 'up' | 'down';

/**
 * What one check found. `unready`: something answers there but asks not to be used (an HTTP error, a certificate
 * that does not verify). `unreachable`: nobody answers (refused, timed out, reset).
 */
export interface CheckResult {
  readonly outcome: 'ok' | 'unready' | 'unreachable';
  /** For people: `200 OK`, `connect ECONNREFUSED 127.11.2.1:6443`. */
  readonly detail: string;
  readonly latencyMs: number;
}

export interface Thresholds {
  /** Failures in a row that take a backend out. */
  readonly fall: number;
  /** Successes in a row that put it back in. */
  readonly rise: number;
}

export interface Transition {
  readonly from: BackendState;
  readonly to: BackendState;
}

/** One API server: its health, decided here and nowhere else, and the connections that it serves. */
export class Backend {
  readonly host: string;
  readonly port: number;
  readonly connections = new Set<Relayed>();
  readonly #thresholds: Thresholds;
  #state: BackendState = 'unknown';
  #sinceMs: number;
  #streak = 0;
  #unreachableStreak = 0;
  #everUp = false;
  #lastCheck: CheckResult | undefined;
  /** Connections ever established, connects that failed, bytes of closed connections. */
  readonly totals = { connections: 0, connectFailures: 0, bytesFromClient: 0, bytesFromBackend: 0 };

  constructor(address: { host: string; port: number }, thresholds: Thresholds, nowMs: number) {
    this.host = address.host;
    this.port = address.port;
    this.#thresholds = thresholds;
    this.#sinceMs = nowMs;
  }

  /** `127.11.1.1:6443`, or `[::1]:6443`. */
  get name(): string {
    return this.host.includes(':') ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`;
  }

  get state(): BackendState {
    return this.#state;
  }

  /** Wall clock of the last change of state. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  get lastCheck(): CheckResult | undefined {
    return this.#lastCheck;
  }

  /** It has been seen ready at least once; before, it is probably still starting. */
  get everUp(): boolean {
    return this.#everUp;
  }

  /** Some checks already speak for the other state, or for death: the next one is worth having soon. */
  get inTransition(): boolean {
    return this.#streak > 0 || (this.#unreachableStreak > 0 && !this.dead);
  }

  /**
   * Nobody has answered there for a whole streak of checks: established connections lead nowhere. A backend that is merely
   * down may be shutting down gracefully or explaining to its clients why it is not ready.
   */
  get dead(): boolean {
    return this.#unreachableStreak >= this.#thresholds.fall;
  }

  /** Takes in a check. The first one ever decides at once, and so does the first success; later ones need a streak. */
  observe(check: CheckResult, nowMs: number): Transition | undefined {
    this.#lastCheck = check;
    this.#unreachableStreak = check.outcome === 'unreachable' ? this.#unreachableStreak + 1 : 0;
    const target: BackendState = check.outcome === 'ok' ? 'up' : 'down';
    if (target === this.#state) {
      this.#streak = 0;
      return undefined;
    }
    this.#streak++;
    const { rise, fall } = this.#thresholds;
    const needed = this.#state === 'unknown' || !this.#everUp ? 1 : target === 'up' ? rise : fall;
    return this.#streak < needed ? undefined : this.#change(target, nowMs);
  }

  /** A client's connect failed on the backend's side: no new connections until checks pass again, whatever the last one said. */
  eject(detail: string, nowMs: number): Transition | undefined {
    if (this.#state === 'down') return undefined;
    this.#lastCheck = { outcome: 'unreachable', detail, latencyMs: 0 };
    return this.#change('down', nowMs);
  }

  #change(to: BackendState, nowMs: number): Transition {
    const from = this.#state;
    this.#state = to;
    if (to === 'up') this.#everUp = true;
    this.#streak = 0;
    this.#sinceMs = nowMs;
    return { from, to };
  }
}
