import { hostname } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { kinds } from '@flotilla/api';
import { ApiClient, InformerFactory, loadKubeconfig } from '@flotilla/client';
import { EventRecorder, leaseNamespace, runElected } from '@flotilla/controller-kit';
import {
  addLeaderElectionFlags,
  addServingFlags,
  type DaemonContext,
  defineDaemon,
  electionOf,
  type LeaderElectionFlags,
  leaderGauge,
  requiredFlag,
  type ServingFlags,
  serveHealth,
  servingOptions,
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

interface Flags extends ServingFlags, LeaderElectionFlags {
  readonly kubeconfig?: string;
}

export const daemon = defineDaemon<Flags>({
  name: 'scheduler',
  description: 'Binds pending pods to nodes',
  options(command) {
    command.option('--kubeconfig <file>', 'how to reach the API servers');
    addServingFlags(command, 10_259);
    addLeaderElectionFlags(command, `${leaseNamespace}/${component}`);
  },
  async run(flags, context) {
    const { clock, random, log, signal } = context;
    const connection = await loadKubeconfig(requiredFlag('kubeconfig', flags.kubeconfig));
    const client = new ApiClient({ connection, clock, random, log, userAgent: component });
    const metrics = new SchedulerMetrics(context.metrics);
    const onLeading = leaderGauge(context.metrics, component);
    const health = await serveHealth({ ...servingOptions(flags), checks: {}, metrics: context.metrics, log });
    const leases = client.resource(kinds.leases);
    try {
      await runElected(
        { ...electionOf(flags), leases, leaseName: component, clock, random, log, onLeading },
        (leadSignal) => schedule(client, metrics, context, leadSignal),
        signal,
      );
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
