import { readFile } from 'node:fs/promises';
import { kinds } from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import { ApiClient, InformerFactory, loadKubeconfig } from '@flotilla/client';
import { EventRecorder, leaseNamespace, runElected } from '@flotilla/controller-kit';
import { ConfigError, defineDaemon, electionOf, leaderGauge, requiredFlag, serveHealth, servingOptions } from '@flotilla/process';
import type { Controller, ControllerContext } from './controller.js';
import { selectControllers } from './controllers.js';
import { addFlags, type Flags, settingsOf } from './flags.js';
import { runControllers } from './manager.js';
import { ServedResources } from './shared/served-resources.js';

const component = 'kube-controller-manager';

export const daemon = defineDaemon<Flags>({
  name: 'controller-manager',
  description: 'Runs the controllers that bring the cluster to the state that its objects describe.',
  options: (command) => addFlags(command, `${leaseNamespace}/${component}`),
  async run(flags, context) {
    const controllers = chosen(flags);
    const { clock, random, log, signal } = context;
    const connection = await loadKubeconfig(requiredFlag('kubeconfig', flags.kubeconfig));
    const client = new ApiClient({ connection, clock, random, log, userAgent: component });
    // Of its own: a renewal must not wait for a connection that controllers keep busy.
    const leases = new ApiClient({ connection, clock, random, log, userAgent: `${component}/leader-election` });
    const onLeading = leaderGauge(context.metrics, component);
    const health = await serveHealth({ ...servingOptions(flags), checks: {}, metrics: context.metrics, log });
    try {
      const settings = settingsOf(flags, await readOptional(flags.rootCaFile));
      const lead = (leadSignal: AbortSignal) => {
        // Made only now: a standby holds no caches. First lists are consistent, since a predecessor's writes must be seen.
        const informers = new InformerFactory(client, { initialResourceVersion: '' });
        const served = new ServedResources(client, informers);
        const recorder = (name: string) =>
          new EventRecorder({ events: client.resource(kinds.events), component: name, clock, random, log });
        const controllerContext: ControllerContext = { client, informers, served, clock, random, log, settings, recorder };
        return runControllers(controllers, controllerContext, leadSignal);
      };
      const election = { ...electionOf(flags), leases: leases.resource(kinds.leases), leaseName: component };
      await runElected({ ...election, clock, random, log, onLeading }, lead, signal);
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

async function readOptional(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`--root-ca-file: ${errorMessage(error)}`);
  }
}
