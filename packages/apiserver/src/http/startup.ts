import type { Clock } from '@flotilla/base';

/** How far this server has come: what `/readyz` tells, and what a request that came too early waits for. */
export class Startup {
  #ready = false;
  #waiting: (() => void)[] = [];
  /** The process has been told to stop. */
  stopping = false;

  /** Roles, namespaces and what decisions rest on are there and loaded. */
  get ready(): boolean {
    return this.#ready;
  }

  markReady(): void {
    this.#ready = true;
    for (const wake of this.#waiting) wake();
    this.#waiting = [];
  }

  /** Resolves once ready, and in any case after `timeoutMs`. */
  wait(clock: Clock, timeoutMs: number): Promise<void> {
    if (this.#ready) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = clock.after(timeoutMs, resolve);
      this.#waiting.push(() => {
        cancel();
        resolve();
      });
    });
  }
}
