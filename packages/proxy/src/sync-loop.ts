import { backoffMs, type Cancel, type Clock, type Logger, type Random } from '@flotilla/base';
import { retryBackoff, syncIntervalMinMs } from './limits.js';

export interface SyncLoopDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/**
 * Runs one function whenever something changed: at once when it has been quiet, never twice at a time, and bursts together.
 * A run that fails, or that answers false, is tried again with backoff.
 */
export class SyncLoop {
  readonly #name: string;
  readonly #sync: () => Promise<boolean>;
  readonly #deps: SyncLoopDeps;
  #running: Promise<void> | undefined;
  #dirty = false;
  #failures = 0;
  #lastStartMs = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | undefined;
  #closed = false;
  #dirtySinceMs: number | undefined;

  constructor(name: string, sync: () => Promise<boolean>, deps: SyncLoopDeps) {
    this.#name = name;
    this.#sync = sync;
    this.#deps = deps;
  }

  /** How long a change has been waiting to be applied without failure; 0 when none is. */
  get lagMs(): number {
    return this.#dirtySinceMs === undefined ? 0 : this.#deps.clock.monotonicMs() - this.#dirtySinceMs;
  }

  changed(): void {
    this.#failures = 0;
    this.#mark();
  }

  /** Resolves when a run under way has ended; none starts afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#running;
  }

  #mark(): void {
    this.#dirty = true;
    this.#dirtySinceMs ??= this.#deps.clock.monotonicMs();
    if (this.#running === undefined) this.#schedule(this.#lastStartMs + syncIntervalMinMs - this.#deps.clock.monotonicMs());
  }

  #schedule(delayMs: number): void {
    if (this.#closed) return;
    this.#cancel?.();
    // Even an immediate run waits for the handlers of the same event to finish.
    this.#cancel = this.#deps.clock.after(Math.max(0, delayMs), () => {
      this.#running = this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#dirty = false;
    this.#lastStartMs = this.#deps.clock.monotonicMs();
    let complete = false;
    try {
      complete = await this.#sync();
    } catch (error) {
      this.#deps.log.error({ err: error }, `${this.#name} failed`);
    }
    this.#running = undefined;
    if (this.#dirty) this.#mark();
    else if (complete) this.#dirtySinceMs = undefined;
    else this.#schedule(backoffMs(++this.#failures, retryBackoff, this.#deps.random));
  }
}
