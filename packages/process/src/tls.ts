import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError, type Logger } from '@flotilla/base';

export interface TlsPaths {
  readonly cert: string;
  readonly key: string;
  /** The authorities that the other side's certificate is checked against. */
  readonly ca?: string;
}

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
}

export interface ReloadingTls {
  current(): TlsMaterial;
  /** Calls `fn` with the new material after each change on disk. */
  onChange(fn: (material: TlsMaterial) => void): void;
  close(): void;
}

/** How long files may keep changing before they are read: a rotation writes several of them. */
const settleMs = 200;

/**
 * Certificate files that are read again when they change, so that a rotated certificate needs no restart.
 * A change that cannot be read is logged and the old material stays in use.
 * @throws ConfigError when a file cannot be read at the start
 */
export function reloadingTls(paths: TlsPaths, log: Logger): ReloadingTls {
  let material = readTls(paths);
  const listeners: ((material: TlsMaterial) => void)[] = [];
  let settling: NodeJS.Timeout | undefined;
  const reload = () => {
    try {
      const next = readTls(paths);
      if (sameMaterial(next, material)) return;
      material = next;
      for (const listener of listeners) listener(material);
      log.info({ cert: paths.cert }, 'certificate reloaded');
    } catch (error) {
      log.warn({ err: error, cert: paths.cert }, 'certificate not reloaded');
    }
  };
  const folders = new Set([paths.cert, paths.key, ...(paths.ca === undefined ? [] : [paths.ca])].map((path) => dirname(path)));
  const watchers: FSWatcher[] = [];
  for (const folder of folders) {
    const watcher = watch(folder, { persistent: false }, () => {
      clearTimeout(settling);
      settling = setTimeout(reload, settleMs).unref();
    });
    watcher.on('error', (error) => log.warn({ err: error, folder }, 'certificate folder is no longer watched'));
    watchers.push(watcher);
  }
  return {
    current: () => material,
    onChange: (fn) => void listeners.push(fn),
    close() {
      clearTimeout(settling);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function readTls(paths: TlsPaths): TlsMaterial {
  return {
    cert: readFile(paths.cert),
    key: readFile(paths.key),
    ...(paths.ca === undefined ? {} : { ca: readFile(paths.ca) }),
  };
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^\w+: (.*), open .*$/, '$1') : String(error);
    throw new ConfigError(`open ${path}: ${reason}`);
  }
}

function sameMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  const sameCa = a.ca === undefined ? b.ca === undefined : b.ca !== undefined && a.ca.equals(b.ca);
  return a.cert.equals(b.cert) && a.key.equals(b.key) && sameCa;
}
