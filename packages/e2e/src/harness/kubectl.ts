import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** One kubectl binary of this machine. */
export interface KubectlBinary {
  readonly path: string;
  /** `1.27`; empty when its file name does not tell. */
  readonly version: string;
}

/**
 * The kubectl binaries to test with: the oldest and the newest of those that stand beside the one on PATH as
 * `kubectl.1.27`, or that one alone.
 * @throws when there is none: the tests that need it must not pass without it
 */
export function kubectlBinaries(): readonly KubectlBinary[] {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'kubectl'));
  const first = found.find((path) => existsSync(path));
  if (first === undefined) throw new Error('kubectl is not on PATH; on Debian, "apt-get install kubernetes-client" has one');
  const folder = dirname(realpathSync(first));
  const versioned = readdirSync(folder)
    .flatMap((file) => {
      const version = /^kubectl\.(1\.\d+)$/.exec(file)?.[1];
      return version === undefined ? [] : [{ path: join(folder, file), version }];
    })
    .sort((a, b) => Number(a.version.slice(2)) - Number(b.version.slice(2)));
  const oldest = versioned[0];
  const newest = versioned.at(-1);
  if (oldest === undefined || newest === undefined) return [{ path: first, version: '' }];
  return oldest === newest ? [oldest] : [oldest, newest];
}
