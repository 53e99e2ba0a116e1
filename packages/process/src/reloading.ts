import type { Logger } from '@flotilla/base';
import { watchFiles } from './watch-files.js';

/** What files say, read again when they change. */
export interface Reloading<T> {
  current(): T;
  /** Calls `fn` with what they say now, after each change. */
  onChange(fn: (now: T) => void): void;
  close(): void;
}

interface Source<T> {
  readonly paths: readonly string[];
  /** @throws ConfigError */
  read(): T;
  same(a: T, b: T): boolean;
  /** For the log: what it is, and where. */
  readonly what: string;
  readonly where: object;
}

/**
 * A change that cannot be read is logged, and what was there before stays in use.
 * @param everyMs how often the files are looked at, whether something tells of a change or not
 * @throws ConfigError when they cannot be read at the start
 */
export function reloading<T>({ paths, read, same, what, where }: Source<T>, log: Logger, everyMs: number): Reloading<T> {
  let current = read();
  const listeners: ((now: T) => void)[] = [];
  const reload = () => {
    try {
      const next = read();
      if (same(next, current)) return;
      current = next;
      for (const listener of listeners) listener(next);
      log.info(where, `${what} reloaded`);
    } catch (error) {
      log.warn({ err: error, ...where }, `${what} not reloaded`);
    }
  };
  const { close } = watchFiles(paths, reload, log, everyMs);
  return { current: () => current, onChange: (fn) => void listeners.push(fn), close };
}
