import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { kinds } from '@flotilla/api';
import { ApiClient, InformerFactory, KubeconfigError, loadKubeconfig } from '@flotilla/client';
import { EventRecorder, LeaderElector, leaseLock } from '@flotilla/controller-kit';
import { ConfigError, type DaemonContext, defineDaemon, serveHealth } from '@flotilla/process';
import { Gauge } from 'prom-client';
import type { Controller, ControllerContext } from './controller.js';
import { selectControllers } from './controllers.js';
import { addFlags, type Flags, settingsOf } from './flags.js';
import { runControllers } from './manager.js';
import { servedDefinitions } from './shared/served.js';

const component = 'kube-controller-manager';
const leaseNamespace = 'kube-system';

export const daemon = defineDaemon<Flags>({
  name: 'controller-manager',
  description: 'Runs the controllers that bring the cluster to the state that its objects describe.',
  options: addFlags,
  async run(flags, context) {
    const controllers = chosen(flags);
    const { clock, random, log, signal } = context;
    if (flags.clusterSigningCertFile !== undefined)
      log.warn({}, '--cluster-signing-cert-file: certificate requests are not signed yet');
    const connection = await connect(flags);
    const client = new ApiClient({ connection, clock, random, log, userAgent: component });
    // Of its own: a renewal must not wait for a connection that controllers keep busy.
    const leases = new ApiClient({ connection, clock, random, log, userAgent: `${component}/leader-election` });
    const leading = leaderGauge(context);
    const health = await serveHealth({
      address: flags.bindAddress,
      port: flags.securePort,
      ...tlsOf(flags),
      checks: { ping: () => undefined },
      metrics: context.metrics,
      log,
    });
    try {
      const settings = settingsOf(flags, await readOptional(flags.rootCaFile));
      const lead = async (leadSignal: AbortSignal) => {
        const served = await servedDefinitions(client, leadSignal);
        // Made only now: a standby holds no caches. First lists are consistent, since a predecessor's writes must be seen.
        const informers = new InformerFactory(client, { initialResourceVersion: '' });
        const recorder = (name: string) =>
          new EventRecorder({ events: client.resource(kinds.events), component: name, clock, random, log });
        const controllerContext: ControllerContext = { client, informers, served, clock, random, log, settings, recorder };
        return runControllers(controllers, controllerContext, leadSignal);
      };
      if (!flags.leaderElect) return await lead(signal);
      await new LeaderElector({
        lock: leaseLock(leases.resource(kinds.leases), leaseNamespace, component),
        identity: `${flags.hostnameOverride ?? hostname()}_${randomUUID()}`,
        leaseDurationMs: flags.leaderElectLeaseDuration,
        renewDeadlineMs: flags.leaderElectRenewDeadline,
        retryPeriodMs: flags.leaderElectRetryPeriod,
        clock,
        random,
        log,
        onLeading: leading,
      }).run(lead, signal);
    } finally {
      await health.close();
      await Promise.all([client.close(), leases.close()]);
    }
  },
});

function chosen(flags: Flags): readonly Controller[] {
  try {
    return selectControllers(flags.controllers);
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError(`--controllers: ${error.message}`);
    throw error;
  }
}

async function connect(flags: Flags) {
  if (flags.kubeconfig === undefined) throw new ConfigError('--kubeconfig is required');
  try {
    return await loadKubeconfig(flags.kubeconfig);
  } catch (error) {
    if (error instanceof KubeconfigError) throw new ConfigError(`--kubeconfig: ${error.message}`);
    throw error;
  }
}

function tlsOf({ tlsCertFile, tlsPrivateKeyFile, clientCaFile }: Flags) {
  if (tlsCertFile === undefined || tlsPrivateKeyFile === undefined) return {};
  return { tls: { cert: tlsCertFile, key: tlsPrivateKeyFile, ...(clientCaFile !== undefined && { clientCa: clientCaFile }) } };
}

async function readOptional(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`--root-ca-file: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function leaderGauge({ metrics }: DaemonContext): (leading: boolean) => void {
  const gauge = new Gauge({
    name: 'leader_election_master_status',
    help: 'Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.',
    labelNames: ['name'],
    registers: [metrics.registry],
  });
  gauge.set({ name: component }, 0);
  return (leading) => gauge.set({ name: component }, leading ? 1 : 0);
}
