import { defineDaemon, durationFlag, integerFlag, listFlag, systemClock } from '@flotilla/process';
import { type KubeletFlags, processRuntimeDir, readConfig } from './config.js';

export const daemon = defineDaemon<KubeletFlags>({
  name: 'kubelet',
  description: 'Registers this host as a node and runs its pods',
  options(command) {
    command
      .option('--kubeconfig <file>', 'how to reach the API servers, and as whom')
      .option('--hostname-override <name>', "the node's name (default: the host's name)")
      .option('--node-ip <address>', "the node's address (default: the first that is not loopback)")
      .option('--address <address>', "where to serve (default: the node's address)")
      .option('--tls-cert-file <file>', 'certificate to serve with')
      .option('--tls-private-key-file <file>', 'its key')
      .option('--client-ca-file <file>', 'authorities whose client certificates are accepted')
      .option('--root-dir <dir>', 'where pods, logs and records live', '/var/lib/flotilla/kubelet')
      .option('--container-runtime-endpoint <endpoint>', 'process:// runs containers as plain processes', 'process://')
      .option('--image-catalog <dir>', 'folder of JSON files that describe further images of the process runtime')
      .option(
        '--pod-network <kind>',
        'loopback, or host-routes to make the pod range local to this host (CAP_NET_ADMIN)',
        'loopback',
      );
    integerFlag(command, 'port', 'where to serve', 10_250, { min: 0, max: 65_535 });
    integerFlag(command, 'max-pods', 'how many pods may run here', 110, { min: 1 });
    listFlag(command, 'node-labels', 'key=value labels to register with');
    listFlag(command, 'register-with-taints', 'key=value:Effect taints to register with');
    durationFlag(command, 'node-status-update-frequency', "how often the node's status is computed", '10s');
    command
      .command('stop-pods')
      .description('stops every container that a kubelet with this --root-dir left running, without asking the API')
      .action(async (_options: object, self: typeof command) => stopPodsOf((self.optsWithGlobals() as KubeletFlags).rootDir));
  },
  async run(flags, { clock, random, log, metrics, signal }) {
    const config = readConfig(flags);
    const [{ ApiClient, loadKubeconfig }, { Kubelet }] = await Promise.all([import('@flotilla/client'), import('./kubelet.js')]);
    const connection = await loadKubeconfig(config.kubeconfig);
    const client = new ApiClient({ connection, clock, random, log, userAgent: 'kubelet/v1.34.0 (flotilla)' });
    log.info({ node: config.nodeName, address: config.nodeIp, port: config.port }, 'kubelet starting');
    try {
      await new Kubelet(config, { client, clock, random, log, metrics, signal }).run();
    } finally {
      await client.close();
    }
  },
});

async function stopPodsOf(rootDir: string): Promise<void> {
  const { stopPods } = await import('./stop-pods.js');
  const stopped = await stopPods(processRuntimeDir(rootDir), { clock: systemClock });
  process.stdout.write(`${stopped} container${stopped === 1 ? '' : 's'} stopped\n`);
}
