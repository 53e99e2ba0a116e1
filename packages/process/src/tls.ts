import type { Logger } from '@flotilla/base';
import { lookEveryMs, readConfigBytes, watchFiles } from './watch-files.js';

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

/**
 * Certificate files that are read again when they change, so that a rotated certificate needs no restart.
 * A change that cannot be read is logged and the old material stays in use.
 * @param everyMs how often they are looked at, whether something tells of a change or not
 * @throws ConfigError when a file cannot be read at the start
 */
export function reloadingTls(paths: TlsPaths, log: Logger, everyMs = lookEveryMs): ReloadingTls {
  let material = readTls(paths);
  const listeners: ((material: TlsMaterial) => void)[] = [];
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
  const { close } = watchFiles(Object.values(paths), reload, log, everyMs);
  return { current: () => material, onChange: (fn) => void listeners.push(fn), close };
}

function readTls(paths: TlsPaths): TlsMaterial {
  return {
    cert: readConfigBytes(paths.cert),
    key: readConfigBytes(paths.key),
    ...(paths.ca === undefined ? {} : { ca: readConfigBytes(paths.ca) }),
  };
}

function sameMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  const sameCa = a.ca === undefined ? b.ca === undefined : b.ca !== undefined && a.ca.equals(b.ca);
  return a.cert.equals(b.cert) && a.key.equals(b.key) && sameCa;
}
