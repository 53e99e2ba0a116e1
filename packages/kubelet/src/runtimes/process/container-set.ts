import { type FSWatcher, readdirSync, renameSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { type Cancel, type Clock, type Logger, sleep } from '@flotilla/base';
import { killTimeoutMs, relistMs } from '../../limits.js';
import type { StopDeadline } from '../runtime.js';
import { type ContainerRecord, type ExitRecord, makeDir, readJson, specFile } from './container-files.js';
import { ContainerProcess } from './container-process.js';

interface Watched {
  readonly container: ContainerProcess;
  readonly watcher: FSWatcher | undefined;
  readonly listeners: Set<() => void>;
}

/** The containers of one folder, their state kept fresh by file events and, where no file tells, by a look at /proc every few seconds. */
export class ContainerSet {
  readonly dir: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #watched = new Map<string, Watched>();
  readonly #listeners = new Set<(podUid: string) => void>();
  #cancelRelist: Cancel | undefined;

  /** Takes over what the folder holds. */
  constructor(dir: string, clock: Clock, log: Logger) {
    this.dir = dir;
    this.#clock = clock;
    this.#log = log;
    makeDir(dir);
    for (const name of readdirSync(dir)) this.#adopt(name);
    this.#relist();
  }

  get(id: string): ContainerProcess | undefined {
    const watched = this.#watched.get(id);
    if (watched !== undefined) this.#refresh(watched);
    return watched?.container;
  }

  list(): ContainerProcess[] {
    return [...this.#watched.values()].map((watched) => {
      this.#refresh(watched);
      return watched.container;
    });
  }

  add(container: ContainerProcess): void {
    container.refresh();
    const { dir, record, state } = container;
    const watcher = state === 'CONTAINER_EXITED' ? undefined : this.#watch(dir, () => this.#refresh(watched));
    const watched: Watched = { container, watcher, listeners: new Set() };
    this.#watched.set(record.id, watched);
  }

  /** Forgets a container that has ended, and its files. */
  delete({ dir, record }: ContainerProcess): void {
    this.#watched.get(record.id)?.watcher?.close();
    this.#watched.delete(record.id);
    // Renamed first: a shim that is only now starting finds its folder gone and does nothing, instead of half of it.
    const gone = `${dir}.removed`;
    renameSync(dir, gone);
    rmSync(gone, { recursive: true, force: true });
  }

  /** Declares an exit that no shim will report. */
  declareExit(container: ContainerProcess, exit: ExitRecord): void {
    container.declareExit(exit);
    const watched = this.#watched.get(container.record.id);
    if (watched !== undefined) this.#notify(watched);
  }

  /** Kills a container with all that belongs to it. Resolves when it has ended. */
  async kill(container: ContainerProcess): Promise<void> {
    const ended = () => this.get(container.record.id)?.exit !== undefined || container.exit !== undefined;
    if (ended()) return;
    container.killAll();
    if (container.state === 'CONTAINER_RUNNING') await this.waitUntil(container, ended, killTimeoutMs);
    if (ended()) return;
    container.killShim();
    if (ended()) return;
    const finishedAtMs = Date.now();
    const message = 'killed before it started';
    this.declareExit(container, { exitCode: 137, signal: 9, reason: 'Error', message, startedAtMs: undefined, finishedAtMs });
  }

  /** Resolves when the condition holds or the deadline, which may move, has passed. */
  async waitUntilDeadline(container: ContainerProcess, condition: () => boolean, deadline: StopDeadline): Promise<void> {
    for (;;) {
      const remainingMs = deadline.atMs - this.#clock.monotonicMs();
      if (remainingMs <= 0 || condition()) return;
      const moved = new AbortController();
      const stopListening = deadline.onChange(() => moved.abort());
      await this.waitUntil(container, condition, remainingMs, moved.signal);
      stopListening();
    }
  }

  /** Resolves when the condition, asked at each change of the container, holds, the time is over or the signal aborts. */
  async waitUntil(container: ContainerProcess, condition: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const watched = this.#watched.get(container.record.id);
    if (watched === undefined) return;
    this.#refresh(watched);
    if (condition()) return;
    const done = new AbortController();
    const check = () => condition() && done.abort();
    watched.listeners.add(check);
    signal?.addEventListener('abort', () => done.abort(), { once: true });
    await sleep(this.#clock, timeoutMs, done.signal).catch(() => {});
    watched.listeners.delete(check);
    this.#refresh(watched);
  }

  /** @returns how to stop listening */
  onChange(listener: (podUid: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#cancelRelist?.();
    for (const { watcher } of this.#watched.values()) watcher?.close();
  }

  /** Where the system has no watches left, the look at /proc and the files every few seconds has to do. */
  #watch(dir: string, onEvent: () => void): FSWatcher | undefined {
    try {
      const watcher = watch(dir, { persistent: false }, onEvent);
      watcher.on('error', (error) => this.#log.warn({ err: error, dir }, 'container folder is no longer watched'));
      return watcher;
    } catch (error) {
      this.#log.warn({ err: error, dir }, 'container folder cannot be watched');
      return undefined;
    }
  }

  #adopt(name: string): void {
    const dir = join(this.dir, name);
    const record = readJson<ContainerRecord>(dir, specFile);
    if (record?.id === name) this.add(new ContainerProcess(dir, record));
    else rmSync(dir, { recursive: true, force: true }); // a creation or removal that a crash cut short
  }

  /** The only caller of a known container's `refresh`: a change that is seen is told, whoever happened to look. */
  #refresh(watched: Watched): void {
    if (watched.container.refresh()) this.#notify(watched);
  }

  #notify({ container, watcher, listeners }: Watched): void {
    if (container.state === 'CONTAINER_EXITED') watcher?.close();
    for (const listener of [...listeners]) listener();
    for (const listener of this.#listeners) listener(container.record.podUid);
  }

  /** The safety net under the file events: a shim killed with SIGKILL writes no file. */
  #relist(): void {
    for (const watched of this.#watched.values()) this.#refresh(watched);
    this.#cancelRelist = this.#clock.after(relistMs, () => this.#relist());
  }
}
