import type { Logger } from '@flotilla/base';
import { lookEveryMs, readConfigBytes, watchFiles } from './watch-files.js';

/** A file that is read again when it changes. */
export interface ReloadingFile {
  current(): Buffer;
  /** Calls `fn` after each change. */
  onChange(fn: () => void): void;
  close(): void;
}

/**
 * A change that cannot be read is logged, and what was there before stays in use.
 * @throws ConfigError when it cannot be read at the start
 */
export function reloadingFile(path: string, log: Logger): ReloadingFile {
  let bytes = readConfigBytes(path);
  const listeners: (() => void)[] = [];
  const reload = () => {
    try {
      const next = readConfigBytes(path);
      if (next.equals(bytes)) return;
      bytes = next;
      for (const listener of listeners) listener();
      log.info({ path }, 'file reloaded');
    } catch (error) {
      log.warn({ err: error, path }, 'file not reloaded');
    }
  };
  const { close } = watchFiles([path], reload, log, lookEveryMs);
  return { current: () => bytes, onChange: (fn) => void listeners.push(fn), close };
}
