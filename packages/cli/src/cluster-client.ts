import { silentLogger } from '@flotilla/base';
import { ApiClient, loadKubeconfig } from '@flotilla/client';
import { systemClock, systemRandom } from '@flotilla/process';
import { StateDir } from './state-dir.js';

/** A client of the cluster in `stateDir`, or of the one that `KUBECONFIG` names when there is none. */
export async function openCluster(stateDir: string): Promise<ApiClient> {
  const state = new StateDir(stateDir);
  const path = state.load() === undefined ? (process.env['KUBECONFIG'] ?? state.kubeconfig) : state.kubeconfig;
  return new ApiClient({
    connection: await loadKubeconfig(path),
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    userAgent: 'flotilla/0.1.0',
  });
}
