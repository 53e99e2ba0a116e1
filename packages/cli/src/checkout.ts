import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout (or of the installed tree): `packages/cli/dist/` lies three levels below it. */
export const checkoutRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** Where a cluster lives unless `--state-dir` or `FLOTILLA_STATE_DIR` says otherwise. */
export const defaultStateDir = join(checkoutRoot, '.flotilla');

/** The executable that daemons are started with. */
export const flotillaCommand: readonly [executable: string, ...args: string[]] = [
  process.execPath,
  fileURLToPath(new URL('./main.js', import.meta.url)),
];
