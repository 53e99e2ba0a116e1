import type { Node } from '@flotilla/api';
import { kinds } from '@flotilla/api';
import type { ApiClient } from '@flotilla/client';
import { openCluster } from '../../cluster-client.js';
import type { Cluster } from '../../topology/cluster.js';
import type { Progress } from './progress.js';
import { processesOf, until, type WaitContext } from './wait.js';

/** Waits, step by step, until the control plane answers. @returns a client of it */
export async function bringUp(context: WaitContext, cluster: Cluster, progress: Progress): Promise<ApiClient> {
  const count = cluster.controlPlanes.length;
  progress.step(await storeReady(context, cluster));
  const client = await openCluster({ stateDir: context.state.root });
  await until('the API', context, () => client.requestText({ method: 'GET', path: '/readyz' }));
  progress.step(`${plural(count, 'API server')} behind https://${cluster.apiHost}:${cluster.apiPort}`);
  for (const component of ['controller-manager', 'scheduler']) {
    const leading = await until(`a leading ${component}`, context, async () =>
      (await processesOf(context, component))?.find(({ role }) => role === 'leader'),
    );
    progress.step(`${leading.name} leads`);
  }
  return client;
}

/** Of an external store, the API servers tell whether they reach it. @returns what can be told of the store */
async function storeReady(context: WaitContext, { controlPlanes, externalStore }: Cluster): Promise<string> {
  if (externalStore !== undefined) return `store at ${externalStore.endpoints.join(', ')}`;
  const count = controlPlanes.length;
  const leader = await until('the store', context, async () => {
    const stores = await processesOf(context, 'store');
    const healthy = stores?.filter((store) => store.healthy).length ?? 0;
    return healthy > count / 2 ? stores?.find(({ role }) => role === 'leader') : undefined;
  });
  return `${plural(count, 'store member')}: quorum, ${leader.name} leads`;
}

/** Waits until every node says that it is Ready. */
export async function nodesReady(context: WaitContext, client: ApiClient, cluster: Cluster, progress: Progress): Promise<void> {
  const nodes = client.resource<Node>(kinds.nodes);
  await until('nodes to be Ready', context, async () => {
    const { items } = await nodes.list();
    const ready = items.filter((node) =>
      node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    return ready.length >= cluster.nodes.length ? true : undefined;
  });
  progress.step(`${plural(cluster.nodes.length, 'node')} Ready`);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
