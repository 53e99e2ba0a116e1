import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError, type Logger } from '@flotilla/base';

/** How long files may keep changing before they are read: a rotation writes several of them. */
const settleMs = 200;
/** For changes that the system does not tell of, such as those behind a symbolic link. As often as Kubernetes looks. */
export const lookEveryMs = 60_000;

export interface FileWatch {
  close(): void;
}

/**
 * Calls `changed` soon after any of the files may have changed, and every so often whether they have or not. Keeps no process alive.
 * @param everyMs how often
 */
export function watchFiles(paths: readonly string[], changed: () => void, log: Logger, everyMs: number): FileWatch {
  let settling: NodeJS.Timeout | undefined;
  const watchers: FSWatcher[] = [];
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const watcher = watch(folder, { persistent: false }, () => {
      clearTimeout(settling);
      settling = setTimeout(changed, settleMs).unref();
    });
    watcher.on('error', (error) => log.warn({ err: error, folder }, 'folder is no longer watched'));
    watchers.push(watcher);
  }
  const looking = setInterval(changed, everyMs).unref();
  return {
    close() {
      clearTimeout(settling);
      clearInterval(looking);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** @throws ConfigError */
export function readConfigBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^\w+: (.*), open .*$/, '$1') : String(error);
    throw new ConfigError(`open ${path}: ${reason}`);
  }
}
