import { join } from 'node:path';
import { ConfigError } from '@flotilla/process';
import { certificateNames } from '../../pki/cluster-pki.js';
import { StateDir } from '../../state-dir.js';
import type { Verb } from '../verb.js';

export const env: Verb = {
  name: 'env',
  description: 'Print shell exports for kubectl and etcdctl: eval "$(flotilla env)"',
  async run(_, options) {
    const state = new StateDir(String(options['stateDir']));
    const saved = state.load();
    if (saved === undefined) throw new ConfigError(`${state.root} holds no cluster; "flotilla up" makes one`);
    const stores = saved.specs.filter(({ component }) => component === 'store').map(({ address }) => `https://${address}`);
    const variables = {
      KUBECONFIG: state.kubeconfig,
      ETCDCTL_API: '3',
      ETCDCTL_ENDPOINTS: stores.join(','),
      ETCDCTL_CACERT: join(state.pki, `${certificateNames.storeCa}.crt`),
      ETCDCTL_CERT: join(state.pki, `${certificateNames.storeClient}.crt`),
      ETCDCTL_KEY: join(state.pki, `${certificateNames.storeClient}.key`),
    };
    for (const [name, value] of Object.entries(variables)) console.log(`export ${name}=${shellQuote(value)}`);
    return 0;
  },
};

/** As one word for any POSIX shell. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
