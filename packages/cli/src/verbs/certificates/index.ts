import { ConfigError, systemClock } from '@flotilla/process';
import type { Host } from '../../topology/cluster.js';
import type { Verb } from '../verb.js';

interface Options {
  readonly out: string;
  readonly controlPlanes: string;
  readonly nodes: string;
  readonly apiServer: string;
  readonly apiHosts: string;
  readonly clusterCidr: string;
  readonly serviceClusterIpRange: string;
}

export const certificates: Verb = {
  name: 'certificates',
  description: 'Make the CA, certificates and kubeconfigs of a cluster on several hosts; keeps what is there and good',
  options: (command) =>
    void command
      .requiredOption('--out <folder>', 'where they go')
      .requiredOption('--control-planes <name=address,...>', 'hosts of stores, API servers, schedulers, controller managers')
      .requiredOption('--nodes <name=address,...>', 'hosts of kubelets and proxies')
      .requiredOption('--api-server <host:port>', 'the load balancer, as kubeconfigs name it')
      .option('--api-hosts <list>', 'further names and addresses of the load balancer', '')
      .option('--cluster-cidr <range>', 'addresses of pods', '10.244.0.0/16')
      .option('--service-cluster-ip-range <range>', 'addresses of Services', '10.96.0.0/16'),
  async run(_, given) {
    const options = given as unknown as Options; // the flags above
    const { ensureClusterPki } = await import('../../pki/cluster-pki.js');
    const [apiHost = '', apiPort = '6443'] = options.apiServer.split(':');
    const written = await ensureClusterPki(
      options.out,
      {
        name: 'flotilla',
        controlPlanes: parseHosts(options.controlPlanes),
        nodes: parseHosts(options.nodes),
        apiHost,
        apiPort: Number(apiPort),
        apiHosts: options.apiHosts.split(',').filter((host) => host !== ''),
        clusterCidr: options.clusterCidr,
        serviceCidr: options.serviceClusterIpRange,
      },
      systemClock.wallMs(),
    );
    console.log(`${written} files written to ${options.out}`);
    return 0;
  },
};

function parseHosts(text: string): Host[] {
  return text.split(',').map((part) => {
    const [name, address] = part.split('=');
    if (name === undefined || address === undefined) throw new ConfigError(`want name=address, not "${part}"`);
    return { name, address };
  });
}
