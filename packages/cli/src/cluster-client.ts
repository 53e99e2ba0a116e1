import { silentLogger } from '@flotilla/base';
import { ApiClient, loadKubeconfig } from '@flotilla/client';
import { systemClock, systemRandom } from '@flotilla/process';
import type { Command } from 'commander';
import { StateDir } from './state-dir.js';
import type { VerbOptions } from './verbs/verb.js';

/** The flag of every verb that talks to the API. */
export function addKubeconfigFlag(command: Command): void {
  command.option('--kubeconfig <file>', "the cluster to talk to (default: the state folder's own, then $KUBECONFIG)");
}

/** A client of the cluster that the verb's flags name. */
export async function openCluster(options: VerbOptions): Promise<ApiClient> {
  const state = new StateDir(String(options['stateDir']));
  const environment = process.env['KUBECONFIG'];
  const fallback = state.load() === undefined && environment !== undefined ? environment : state.kubeconfig;
  return new ApiClient({
    connection: await loadKubeconfig(String(options['kubeconfig'] ?? fallback)),
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    userAgent: 'flotilla/0.1.0',
  });
}
