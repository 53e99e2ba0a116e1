import { spawn } from 'node:child_process';
import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { backoffMs, type Cancel, type Clock, type Logger, type Random } from '@flotilla/base';
import type { ProcessSpec } from '../topology/process-spec.js';
import { logBytesMax, restartBackoff, restartResetMs, stopGraceMs } from './limits.js';
import { identify, type ProcessIdentity, signalProcess } from './process-identity.js';

export interface ManagedProcessDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** What runs: node, the flotilla executable and what comes before the component's name. */
  readonly command: readonly [executable: string, ...args: string[]];
  /** Where its output goes; undefined: to the supervisor's own output. */
  readonly logFile: string | undefined;
  readonly pidFile: string;
}

/** One process, kept running as systemd's `Restart=always` would. */
export class ManagedProcess {
  readonly spec: ProcessSpec;
  /** How often it was started again after it died; asked-for stops and starts do not count. */
  restarts = 0;
  readonly #deps: ManagedProcessDeps;
  #wanted = false;
  #identity: ProcessIdentity | undefined;
  #failures = 0;
  #pendingRestart: Cancel | undefined;
  #exited: Promise<void> = Promise.resolve();

  constructor(spec: ProcessSpec, deps: ManagedProcessDeps) {
    this.spec = spec;
    this.#deps = deps;
  }

  /** undefined: not running now. */
  get pid(): number | undefined {
    return this.#identity?.pid;
  }

  /** False: somebody stopped it, and it stays so. */
  get wanted(): boolean {
    return this.#wanted;
  }

  start(): void {
    this.#wanted = true;
    if (this.#identity === undefined && this.#pendingRestart === undefined) this.#spawn();
  }

  /** Asks it to stop, insists after the grace period, and resolves once it is gone. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.#pendingRestart?.();
    this.#pendingRestart = undefined;
    if (this.#identity === undefined) return;
    const identity = this.#identity;
    signalProcess(identity, 'SIGTERM');
    const cancel = this.#deps.clock.after(stopGraceMs, () => {
      this.#deps.log.warn({ process: this.spec.name, pid: identity.pid }, 'did not stop in time, killed');
      signalProcess(identity, 'SIGKILL');
    });
    await this.#exited;
    cancel();
  }

  #spawn(): void {
    const { command, logFile, pidFile, log, clock } = this.#deps;
    const [executable, ...leading] = command;
    const output = logFile === undefined ? 'inherit' : openLog(logFile);
    const startedMs = clock.monotonicMs();
    const child = spawn(executable, [...leading, this.spec.component, ...this.spec.args], { stdio: ['ignore', output, output] });
    if (typeof output === 'number') closeSync(output);
    this.#identity = child.pid === undefined ? undefined : identify(child.pid);
    if (this.#identity !== undefined) writeFileSync(pidFile, JSON.stringify(this.#identity));
    this.#exited = new Promise((resolve) => {
      const onExit = (reason: object) => {
        this.#identity = undefined;
        rmSync(pidFile, { force: true });
        resolve();
        if (this.#wanted) this.#restartLater(clock.monotonicMs() - startedMs, reason);
      };
      child.once('error', (err) => onExit({ err }));
      child.once('exit', (code, signal) => onExit({ code, signal }));
    });
    log.info({ process: this.spec.name, pid: child.pid }, 'started');
  }

  #restartLater(ranMs: number, reason: object): void {
    const { clock, random, log } = this.#deps;
    this.#failures = ranMs >= restartResetMs ? 1 : this.#failures + 1;
    const delayMs = backoffMs(this.#failures, restartBackoff, random);
    log.warn({ process: this.spec.name, ...reason, ranMs: Math.round(ranMs), delayMs: Math.round(delayMs) }, 'died, restarting');
    this.#pendingRestart = clock.after(delayMs, () => {
      this.#pendingRestart = undefined;
      this.restarts++;
      try {
        this.#spawn();
      } catch (err) {
        this.#restartLater(0, { err }); // somebody deleted the folders of logs or pids: no reason to leave the others alone
      }
    });
  }
}

/** Opens it for appending; one that has grown large is set aside first. @returns a file descriptor */
function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logBytesMax) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}
