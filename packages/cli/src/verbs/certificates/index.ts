import { systemClock } from '@flotilla/process';
import { addClusterFlags, readClusterFlags } from '../../topology/cluster-flags.js';
import type { Verb } from '../verb.js';

export const certificates: Verb = {
  name: 'certificates',
  description: 'Make the CA, certificates and kubeconfigs of a cluster of several hosts; keeps what is there and good',
  options: addClusterFlags,
  async run(_, options) {
    const { ensureClusterPki } = await import('../../pki/cluster-pki.js');
    const folder = String(options['pkiDir']);
    const written = await ensureClusterPki(folder, readClusterFlags(options), systemClock.wallMs());
    console.log(`${written} files written to ${folder}`);
    return 0;
  },
};
