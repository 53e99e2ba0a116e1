import { networkInterfaces } from 'node:os';
import { type EndpointSlice, kinds, type Node, type Service } from '@flotilla/api';
import { ApiClient, type Informer, InformerFactory, loadKubeconfig } from '@flotilla/client';
import {
  booleanFlag,
  ConfigError,
  type DaemonContext,
  defineDaemon,
  integerFlag,
  listFlag,
  requiredFlag,
  serveHealth,
} from '@flotilla/process';
import { type Config, type Options, readConfig } from './config.js';
import { RangeClaim } from './dataplane/userspace/range-claim.js';
import { UserspaceDataPlane } from './dataplane/userspace/userspace.js';
import { claimPort, routeResyncMs, syncStuckMs } from './limits.js';
import { registerMetrics } from './metrics.js';
import { firstAddress } from './plan/ip-address.js';
import { planRoutes } from './plan/plan-routes.js';
import { Proxier } from './proxier.js';
import { IpCommandError, runIp } from './routes/ip-command.js';
import { RouteTable } from './routes/route-table.js';
import { SyncLoop } from './sync-loop.js';

export const daemon = defineDaemon<Options>({
  name: 'proxy',
  description: 'Service routing and pod routes on every host',
  options(command) {
    command.option('--kubeconfig <file>', 'how to reach the API servers');
    command.option('--hostname-override <name>', "the node's name (default: the host's)");
    command.option('--bind-address <ip>', 'address of the health and metrics server', '127.0.0.1');
    integerFlag(command, 'healthz-port', 'port of the health and metrics server', 10_256, { min: 0, max: 65_535 });
    command.option('--proxy-mode <mode>', 'how rules are applied: userspace', 'userspace');
    command.option('--cluster-cidr <cidr>', 'addresses of all pods; outside 127.0.0.0/8, routes to other nodes are kept');
    command.option('--service-cluster-ip-range <cidr>', 'addresses of all Services', '10.96.0.0/16');
    listFlag(command, 'nodeport-addresses', 'CIDRs of the addresses that answer to node ports (default: the internal ones)');
    booleanFlag(command, 'cleanup', 'remove the routes of this program from the host and exit', false);
  },
  run,
});

interface Informers {
  readonly services: Informer<Service>;
  readonly slices: Informer<EndpointSlice>;
  readonly nodes: Informer<Node>;
}

async function run(options: Options, context: DaemonContext): Promise<void> {
  const { clock, random, log, signal } = context;
  const routes = new RouteTable(runIp, log);
  if (options.cleanup) return operatorsFault(() => routes.removeAll());
  const config = readConfig(options);
  const client = await connect(options, context);
  if (!config.loopbackServices) await operatorsFault(() => routes.makeLocal(config.serviceRange.text));

  const factory = new InformerFactory(client);
  const informers = openInformers(factory);
  const claim = new RangeClaim({ host: firstAddress(config.serviceRange), port: claimPort }, context, () => rulesLoop.changed());
  const dataPlane = new UserspaceDataPlane({ clock, random, log, servesShared: () => claim.held });
  const { nodeName } = config;
  const proxier = new Proxier({
    ...informers,
    dataPlane,
    nodeName,
    nodePortRanges: options.nodeportAddresses,
    hostAddresses,
    log,
  });
  const synced = () => Object.values(informers).every((informer) => informer.hasSynced);
  const rulesLoop = new SyncLoop('applying rules', async () => !synced() || (await proxier.sync()), context);
  const routesLoop = new SyncLoop(
    'keeping routes',
    async () => {
      if (!synced()) return true;
      await routes.sync(planRoutes(informers.nodes.list(), nodeName));
      return true;
    },
    context,
  );
  registerMetrics(context.metrics, proxier, claim);
  const health = await serveHealth({
    address: options.bindAddress,
    port: options.healthzPort,
    checks: {
      informers: () => {
        if (!synced()) throw new Error('the first lists have not arrived');
      },
      sync: () => {
        if (rulesLoop.lagMs > syncStuckMs) throw new Error(`changes wait since ${Math.round(rulesLoop.lagMs / 1_000)} s`);
      },
    },
    metrics: context.metrics,
    log,
  });
  listen(informers, rulesLoop, config, routesLoop);
  await claim.start();
  const running = factory.run(signal);
  const cancelResync = config.podRoutes ? resync(context, routesLoop) : () => {};
  informersSynced(factory, signal, () => {
    rulesLoop.changed();
    if (config.podRoutes) routesLoop.changed();
  });
  await running;

  cancelResync();
  await Promise.all([rulesLoop.close(), routesLoop.close()]);
  // Routes stay, as kube-proxy's rules do: traffic goes on while this process is being replaced.
  await dataPlane.close();
  claim.close();
  await health.close();
  await client.close();
}

async function connect(options: Options, { clock, random, log }: DaemonContext): Promise<ApiClient> {
  const connection = await loadKubeconfig(requiredFlag('kubeconfig', options.kubeconfig));
  return new ApiClient({ connection, clock, random, log, userAgent: 'kube-proxy' });
}

function openInformers(factory: InformerFactory): Informers {
  const labelSelector = '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name';
  return {
    services: factory.informer(kinds.services, { labelSelector }),
    slices: factory.informer(kinds.endpointSlices, { labelSelector }),
    nodes: factory.informer(kinds.nodes),
  };
}

/** Node heartbeats change nothing here and must not cost a pass. */
function listen(informers: Informers, rulesLoop: SyncLoop, config: Config, routesLoop: SyncLoop): void {
  const onRules = () => rulesLoop.changed();
  informers.services.addHandler({ added: onRules, updated: onRules, deleted: onRules });
  informers.slices.addHandler({ added: onRules, updated: onRules, deleted: onRules });
  const onNode = (node: Node) => {
    if (node.metadata.name === config.nodeName) rulesLoop.changed();
    if (config.podRoutes) routesLoop.changed();
  };
  const network = ({ spec, status }: Node) => JSON.stringify([spec?.podCIDR, spec?.podCIDRs, status?.addresses]);
  informers.nodes.addHandler({
    added: onNode,
    updated: (before, after) => {
      if (network(before) !== network(after)) onNode(after);
    },
    deleted: onNode,
  });
}

function informersSynced(factory: InformerFactory, signal: AbortSignal, then: () => void): void {
  factory.synced(signal).then(then, () => {}); // rejects only when the process is told to stop
}

function resync({ clock }: DaemonContext, loop: SyncLoop): () => void {
  let cancel = () => {};
  const again = () => {
    cancel = clock.after(routeResyncMs, () => {
      loop.changed();
      again();
    });
  };
  again();
  return () => cancel();
}

function hostAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}

/** Missing rights or a missing `ip` are for the operator to mend. */
async function operatorsFault(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw error instanceof IpCommandError ? new ConfigError(error.message) : error;
  }
}
