import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContainerStatus } from '../runtime.js';
import {
  type ContainerRecord,
  containerIdVariable,
  type ExitRecord,
  exitFile,
  readJson,
  type StartedRecord,
  shimFile,
  startedFile,
  writeJson,
} from './container-files.js';
import { isAlive, type ProcessIdentity, pidsWithEnvironment, signalQuietly } from './proc.js';

const shimProgram = fileURLToPath(new URL('./shim.js', import.meta.url));

/** A container as its files and /proc show it. Everything here can be found out again by a kubelet that has just started. */
export class ContainerProcess {
  readonly dir: string;
  readonly record: ContainerRecord;
  #shim: ProcessIdentity | undefined;
  #started: StartedRecord | undefined;
  #exit: ExitRecord | undefined;

  constructor(dir: string, record: ContainerRecord) {
    this.dir = dir;
    this.record = record;
  }

  get state(): ContainerStatus['state'] {
    if (this.#exit !== undefined) return 'CONTAINER_EXITED';
    return this.#started === undefined ? 'CONTAINER_CREATED' : 'CONTAINER_RUNNING';
  }

  /** The container's main process, once started. */
  get process(): ProcessIdentity | undefined {
    return this.#started?.container;
  }

  get exit(): ExitRecord | undefined {
    return this.#exit;
  }

  /** Reads what changed on disk and in /proc; an ended container costs nothing. @returns whether the state changed */
  refresh(): boolean {
    if (this.#exit !== undefined) return false;
    const before = this.state;
    this.#shim ??= readJson<ProcessIdentity>(this.dir, shimFile);
    // Asked before the exit file is read: a shim that is gone has written it, if it ever will.
    const shimGone = this.#shim !== undefined && !isAlive(this.#shim);
    this.#started ??= readJson<StartedRecord>(this.dir, startedFile);
    this.#exit = readJson<ExitRecord>(this.dir, exitFile);
    if (this.#exit === undefined && shimGone) this.#lost();
    return this.state !== before;
  }

  /** Starts the shim, which starts the container; the shim's files tell the rest. */
  spawnShim(): void {
    const { namespace, podName, name, attempt } = this.record;
    const errors = openSync(join(this.dir, 'shim.err'), 'a', 0o600);
    const label = `${namespace}/${podName}/${name}/${attempt}`;
    const flags = ['--max-old-space-size=64', '--max-semi-space-size=1'];
    const shim = spawn(process.execPath, [...flags, shimProgram, this.dir, label], {
      detached: true,
      stdio: ['ignore', 'ignore', errors],
      cwd: '/',
      env: {},
    });
    shim.on('error', () => {}); // no shim.json will appear; the start times out with what shim.err says
    shim.unref();
    closeSync(errors);
  }

  /** @returns false when there is nothing to signal any more */
  signal(signal: NodeJS.Signals): boolean {
    const main = this.#started?.container;
    if (main === undefined || !isAlive(main)) return false;
    // The group gets the kill, the main process alone everything else: it is the one to hand a signal on, as pid 1 of a container is.
    return signalQuietly(signal === 'SIGKILL' ? -main.pid : main.pid, signal);
  }

  /** Kills everything of this container, also what left its process group, and the shim if it is stuck. */
  killAll(): void {
    this.signal('SIGKILL');
    for (const pid of pidsWithEnvironment(`${containerIdVariable}=${this.record.id}`)) signalQuietly(pid, 'SIGKILL');
  }

  /** The shim did not report in time: ends it, so that `refresh` records the loss. */
  killShim(): void {
    if (this.#shim !== undefined && isAlive(this.#shim)) signalQuietly(this.#shim.pid, 'SIGKILL');
  }

  /** Declares a container dead whose shim cannot tell any more. */
  declareExit(exit: ExitRecord): void {
    writeJson(this.dir, exitFile, exit);
    this.#exit = exit;
  }

  status(): ContainerStatus {
    const { id, sandboxId, podUid, name, attempt, createdAtMs, image, imageRef, logPath, specHash } = this.record;
    const exit = this.#exit;
    return {
      id,
      podSandboxId: sandboxId,
      podUid,
      name,
      attempt,
      createdAtMs,
      image,
      imageRef,
      logPath,
      specHash,
      state: this.state,
      startedAtMs: this.#started?.startedAtMs ?? exit?.startedAtMs,
      finishedAtMs: exit?.finishedAtMs,
      exitCode: exit?.exitCode,
      signal: exit?.signal,
      reason: exit?.reason,
      message: exit?.message,
    };
  }

  /** Without its shim nobody reads the container's output or waits for it: it goes too, and counts as killed. */
  #lost(): void {
    this.killAll();
    this.declareExit({
      exitCode: 137,
      signal: 9,
      reason: 'Error',
      message: 'the shim of the container was killed, and the container with it',
      startedAtMs: this.#started?.startedAtMs,
      finishedAtMs: Date.now(),
    });
  }
}
