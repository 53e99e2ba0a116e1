import type { Logger } from '@flotilla/base';
import { type Reloading, reloading } from './reloading.js';
import { lookEveryMs, readConfigBytes } from './watch-files.js';

/** A file that is read again when it changes. */
export type ReloadingFile = Reloading<Buffer>;

/** As `reloading`. @throws ConfigError when it cannot be read at the start */
export function reloadingFile(path: string, log: Logger): ReloadingFile {
  const read = () => readConfigBytes(path);
  const same = (a: Buffer, b: Buffer) => a.equals(b);
  return reloading({ paths: [path], read, same, what: 'file', where: { path } }, log, lookEveryMs);
}
