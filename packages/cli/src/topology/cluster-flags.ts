import { ConfigError } from '@flotilla/process';
import { type Command, Option } from 'commander';
import type { VerbOptions } from '../verbs/verb.js';
import type { Cluster, Host } from './cluster.js';

interface Options {
  readonly controlPlanes: string;
  readonly nodes: string;
  readonly apiServer: string;
  readonly apiHosts: string;
  readonly adminServer?: string;
  readonly clusterCidr: string;
  readonly serviceClusterIpRange: string;
}

/**
 * The flags that describe a cluster of several hosts; every host is given the same ones. Each may come from the
 * environment instead: `--control-planes` from `FLOTILLA_CONTROL_PLANES`.
 */
export function addClusterFlags(command: Command): void {
  const flag = (flags: string, description: string) =>
    new Option(flags, description).env(`FLOTILLA_${flags.slice(2).replace(/ .*$/, '').replaceAll('-', '_').toUpperCase()}`);
  command
    .addOption(flag('--pki-dir <folder>', 'certificates and kubeconfigs').makeOptionMandatory())
    .addOption(
      flag(
        '--control-planes <name=address,...>',
        'hosts of stores, API servers, schedulers, controller managers',
      ).makeOptionMandatory(),
    )
    .addOption(flag('--nodes <name=address,...>', 'hosts of kubelets and proxies').makeOptionMandatory())
    .addOption(
      flag('--api-server <host:port>', 'where the load balancer listens, as the cluster itself reaches it').makeOptionMandatory(),
    )
    .addOption(flag('--api-hosts <list>', 'further names and addresses of the load balancer').default(''))
    .addOption(flag('--admin-server <url>', "the API as the administrator's kubeconfig names it (default: the load balancer)"))
    .addOption(flag('--cluster-cidr <range>', 'addresses of pods').default('10.244.0.0/16'))
    .addOption(flag('--service-cluster-ip-range <range>', 'addresses of Services').default('10.96.0.0/16'));
}

/** @throws ConfigError for a host that is not written as name=address */
export function readClusterFlags(given: VerbOptions): Cluster {
  const options = given as unknown as Options; // the flags above
  const [apiHost = '', apiPort = '6443'] = options.apiServer.split(':');
  return {
    name: 'flotilla',
    controlPlanes: parseHosts(options.controlPlanes),
    nodes: parseHosts(options.nodes),
    apiHost,
    apiPort: Number(apiPort),
    apiHosts: options.apiHosts.split(',').filter((host) => host !== ''),
    ...(options.adminServer === undefined ? {} : { adminUrl: options.adminServer }),
    clusterCidr: options.clusterCidr,
    serviceCidr: options.serviceClusterIpRange,
  };
}

function parseHosts(text: string): Host[] {
  return text.split(',').map((part) => {
    const [name, address] = part.split('=');
    if (!name || !address) throw new ConfigError(`want name=address, not "${part}"`);
    return { name, address };
  });
}
