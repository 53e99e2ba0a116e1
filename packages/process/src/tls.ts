import type { Logger } from '@flotilla/base';
import { type Reloading, reloading } from './reloading.js';
import { lookEveryMs, readConfigBytes } from './watch-files.js';

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

/** Certificate files that are read again when they change, so that a rotated certificate needs no restart. */
export type ReloadingTls = Reloading<TlsMaterial>;

/** As `reloading`. @throws ConfigError when a file cannot be read at the start */
export function reloadingTls(paths: TlsPaths, log: Logger, everyMs = lookEveryMs): ReloadingTls {
  const read = () => readTls(paths);
  const where = { cert: paths.cert };
  return reloading({ paths: Object.values(paths), read, same: sameMaterial, what: 'certificate', where }, log, everyMs);
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
