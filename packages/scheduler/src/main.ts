import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { kinds } from '@flotilla/api';
import { ApiClient, InformerFactory, KubeconfigError, loadKubeconfig } from '@flotilla/client';
import { EventRecorder, LeaderElector, leaseLock } from '@flotilla/controller-kit';
import {
  booleanFlag,
  ConfigError,
  type DaemonContext,
  defineDaemon,
  durationFlag,
  integerFlag,
  serveHealth,
} from '@flotilla/process';
import { type BindingApi, bindingWriter } from './binding-writer.js';
import { defaultSelector } from './default-selector.js';
import { apiEvict } from './evict.js';
import { feed, openInformers } from './informers.js';
import { SchedulerMetrics } from './metrics.js';
import { defaultProfile } from './profile.js';
import { apiReporter } from './reporter.js';
import { Scheduler } from './scheduler.js';

const component = 'kube-scheduler';
const schedulerName = 'default-scheduler';
const leaseNamespace = 'kube-system';

interface Flags {
  readonly kubeconfig?: string;
  readonly bindAddress: string;
  readonly securePort: number;
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly clientCaFile?: string;
  readonly leaderElect: boolean;
  readonly leaderElectLeaseDuration: number;
  readonly leaderElectRenewDeadline: number;
  readonly leaderElectRetryPeriod: number;
  readonly hostnameOverride?: string;
}

export const daemon = defineDaemon<Flags>({
  name: 'scheduler',
  description: 'Binds pending pods to nodes',
  options(command) {
    command.option('--kubeconfig <file>', 'how to reach the API servers');
    command.option('--bind-address <ip>', 'address of the health and metrics server', '127.0.0.1');
    integerFlag(command, 'secure-port', 'port of the health and metrics server', 10_259, { min: 0, max: 65_535 });
    command.option('--tls-cert-file <file>', 'certificate of that server; without one it speaks plain HTTP');
    command.option('--tls-private-key-file <file>', 'its key');
    command.option('--client-ca-file <file>', 'who may read /metrics');
    booleanFlag(command, 'leader-elect', 'lead only while holding the Lease kube-system/kube-scheduler', true);
    durationFlag(command, 'leader-elect-lease-duration', 'how long a silent leader keeps the lease', '15s');
    durationFlag(command, 'leader-elect-renew-deadline', 'a leader that cannot renew for this long gives up', '10s');
    durationFlag(command, 'leader-elect-retry-period', 'time between attempts to acquire or renew', '2s');
    command.option('--hostname-override <name>', "first part of the leader's identity (default: the host's name)");
  },
  async run(flags, context) {
    const { clock, random, log, signal } = context;
    const client = await connect(flags, context);
    const metrics = new SchedulerMetrics(context.metrics, component);
    const health = await serveHealth({
      address: flags.bindAddress,
      port: flags.securePort,
      ...tlsOf(flags),
      checks: {},
      metrics: context.metrics,
      log,
    });
    try {
      const lead = (leadSignal: AbortSignal) => schedule(client, metrics, context, leadSignal);
      if (!flags.leaderElect) return await lead(signal);
      await new LeaderElector({
        lock: leaseLock(client.resource(kinds.leases), leaseNamespace, component),
        identity: `${flags.hostnameOverride ?? hostname()}_${randomUUID()}`,
        leaseDurationMs: flags.leaderElectLeaseDuration,
        renewDeadlineMs: flags.leaderElectRenewDeadline,
        retryPeriodMs: flags.leaderElectRetryPeriod,
        clock,
        random,
        log,
        onLeading: (leading) => metrics.leading(component, leading),
      }).run(lead, signal);
    } finally {
      await health.close();
      await client.close();
    }
  },
});

/** What a leader does. A standby holds no caches; the first lists are consistent, so that a predecessor's bindings are seen. */
async function schedule(
  client: ApiClient,
  metrics: SchedulerMetrics,
  { clock, random, log }: DaemonContext,
  signal: AbortSignal,
) {
  const factory = new InformerFactory(client, { initialResourceVersion: '' });
  const informers = openInformers(factory);
  const recorder = new EventRecorder({
    events: client.resource(kinds.events),
    component: schedulerName,
    host: hostname(),
    clock,
    random,
    log,
  });
  const scheduler = new Scheduler({
    profile: (trial) =>
      defaultProfile(
        {
          writeBinding: bindingWriter(bindingApi(client), { clock, random }),
          namespaceLabels: (name) => informers.namespaces.get(name)?.metadata.labels,
          defaultSelector: defaultSelector(informers),
          evict: apiEvict({ pods: client.resource(kinds.pods), recorder, clock, log, signal }),
        },
        trial,
      ),
    reporter: apiReporter({ pods: client.resource(kinds.pods), recorder, metrics, clock, log, signal }),
    clock,
    random,
    log,
    yieldTurn: () => setImmediate(),
  });
  metrics.watch(scheduler.queue);
  feed(informers, scheduler, schedulerName);
  const watching = factory.run(signal);
  try {
    await factory.synced(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await Promise.all([scheduler.run(signal), watching]);
}

function bindingApi(client: ApiClient): BindingApi {
  const pods = client.resource(kinds.pods);
  return {
    async post(binding, namespace, signal) {
      await pods.createSubresource(binding.metadata.name ?? '', 'binding', binding, { namespace, signal });
    },
    get: (name, namespace, signal) => pods.get(name, { namespace, signal }),
  };
}

async function connect({ kubeconfig }: Flags, { clock, random, log }: DaemonContext): Promise<ApiClient> {
  if (kubeconfig === undefined) throw new ConfigError('--kubeconfig is required');
  try {
    return new ApiClient({ connection: await loadKubeconfig(kubeconfig), clock, random, log, userAgent: component });
  } catch (error) {
    throw error instanceof KubeconfigError ? new ConfigError(`--kubeconfig: ${error.message}`) : error;
  }
}

function tlsOf({ tlsCertFile, tlsPrivateKeyFile, clientCaFile }: Flags) {
  if (tlsCertFile === undefined || tlsPrivateKeyFile === undefined) return {};
  return { tls: { cert: tlsCertFile, key: tlsPrivateKeyFile, ...(clientCaFile !== undefined && { clientCa: clientCaFile }) } };
}
