import { type Cancel, type Clock, errorMessage, type Logger } from '@flotilla/base';
import { Client } from 'undici';
import type { Backend, CheckResult, Transition } from './backend.js';
import { checkBodyBytesMax, startupChecks, transitionSpeedup } from './limits.js';

export interface HealthCheck {
  /** `/readyz`; any 2xx answer counts as ready. */
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** PEM. Without it the backends' certificates are not verified: the check carries no secret, and clients verify for themselves. */
  readonly ca: string | undefined;
}

/** Asks one backend for its readiness, again and again, over one connection that is kept open between checks. */
export class HealthChecker {
  readonly #backend: Backend;
  readonly #check: HealthCheck;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onChecked: (backend: Backend, transition: Transition | undefined) => void;
  readonly #client: Client;
  #cancel: Cancel = () => {};
  #running = false;
  #again = false;
  #startupChecks = 0;
  #closed = false;

  constructor(
    backend: Backend,
    check: HealthCheck,
    deps: { clock: Clock; log: Logger },
    onChecked: (backend: Backend, transition: Transition | undefined) => void,
  ) {
    this.#backend = backend;
    this.#check = check;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#onChecked = onChecked;
    this.#client = new Client(`https://${backend.name}`, {
      connect: { ...(check.ca === undefined ? { rejectUnauthorized: false } : { ca: check.ca }), timeout: check.timeoutMs },
      headersTimeout: check.timeoutMs,
      bodyTimeout: check.timeoutMs,
      keepAliveTimeout: check.intervalMs * 2 + check.timeoutMs,
    });
  }

  /** Checks now; used at the start and whenever a client's connect gave reason to look. */
  run(): void {
    if (this.#closed) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#cancel();
    this.#running = true;
    this.#probe().then((result) => this.#done(result));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#client.destroy();
  }

  #done(result: CheckResult): void {
    this.#running = false;
    if (this.#closed) return;
    this.#log.trace({ backend: this.#backend.name, ...result }, 'health check');
    const transition = this.#backend.observe(result, this.#clock.wallMs());
    this.#onChecked(this.#backend, transition);
    if (this.#again) {
      this.#again = false;
      this.run();
      return;
    }
    this.#cancel = this.#clock.after(this.#delayMs(), () => this.run());
  }

  #delayMs(): number {
    const { intervalMs } = this.#check;
    if (!this.#backend.everUp && this.#startupChecks++ < startupChecks.count) return Math.min(intervalMs, startupChecks.everyMs);
    return this.#backend.inTransition ? intervalMs / transitionSpeedup : intervalMs;
  }

  /** Never rejects: a failure is a result. */
  async #probe(): Promise<CheckResult> {
    const startMs = this.#clock.monotonicMs();
    const result = (outcome: CheckResult['outcome'], detail: string): CheckResult => ({
      outcome,
      detail,
      latencyMs: this.#clock.monotonicMs() - startMs,
    });
    try {
      const { statusCode, statusText, body } = await this.#client.request({ method: 'GET', path: this.#check.path });
      await body.dump({ limit: checkBodyBytesMax });
      return result(statusCode >= 200 && statusCode < 300 ? 'ok' : 'unready', `${statusCode} ${statusText}`.trim());
    } catch (error) {
      return result(isCertificateProblem(error) ? 'unready' : 'unreachable', errorMessage(error));
    }
  }
}

/** A backend whose certificate does not verify is misconfigured, not dead. */
function isCertificateProblem(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /CERT|SELF_SIGNED|ALTNAME|ISSUER|UNABLE_TO_VERIFY/.test(code);
}
