import { relative } from 'node:path';
import { checkoutRoot } from '../../checkout.js';
import type { StateDir } from '../../state-dir.js';
import { apiUrl, type Cluster } from '../../topology/cluster.js';
import { shellQuote } from '../env/index.js';
import { helloNodePort } from './example.js';

/** The block that `up` ends with. */
export function summary(state: StateDir, cluster: Cluster): string {
  const cli = `./${relative(process.cwd(), `${checkoutRoot}/scripts/flotilla`)}`.replace(/^\.\/\.\./, '..');
  return [
    `API       ${apiUrl(cluster)}`,
    `kubectl   export KUBECONFIG=${shellQuote(state.kubeconfig)}`,
    `Nodes     ${cluster.nodes.map(({ name, address }) => `${name} (${address})`).join(', ')}`,
    '',
    'Try next',
    `  ${cli} get pods -A -o wide`,
    `  curl http://${cluster.nodes[0]?.address}:${helloNodePort}/`,
    `  ${cli} status`,
  ].join('\n');
}
