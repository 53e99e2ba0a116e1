import { ConfigError } from '@flotilla/process';
import { certificateNames } from '../../pki/cluster-pki.js';
import { StateDir } from '../../state-dir.js';
import { storeOf } from '../../topology/components.js';
import type { Verb } from '../verb.js';

export const env: Verb = {
  name: 'env',
  description: 'Print shell exports for kubectl and etcdctl: eval "$(flotilla env)"',
  async run(_, options) {
    const state = new StateDir(String(options['stateDir']));
    const saved = state.load();
    if (saved === undefined) throw new ConfigError(`${state.root} holds no cluster; "flotilla up" makes one`);
    const { endpoints, caFile, certFile, keyFile } = storeOf(saved.cluster, state, certificateNames.storeClient);
    const variables = {
      KUBECONFIG: state.kubeconfig,
      ETCDCTL_API: '3',
      ETCDCTL_ENDPOINTS: endpoints.join(','),
      ETCDCTL_CACERT: caFile,
      ETCDCTL_CERT: certFile,
      ETCDCTL_KEY: keyFile,
    };
    for (const [name, value] of Object.entries(variables)) {
      if (value !== undefined) console.log(`export ${name}=${shellQuote(value)}`);
    }
    return 0;
  },
};

/** As one word for any POSIX shell. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
