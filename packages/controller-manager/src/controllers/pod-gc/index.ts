import { hasReason, kinds, type Node, type Persisted, type Pod } from '@flotilla/api';
import { AssertionError, sleep } from '@flotilla/base';
import type { ResourceClient } from '@flotilla/client';
import { podIsTerminal } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { planPodGc } from './plan.js';

/** As often as Kubernetes. All it costs is a walk over the cache. */
const periodMs = 20_000;
/** A node that was deleted may register again at once; its pods are left alone for so long. */
const quarantineMs = 40_000;

/** Pods that nobody will end are removed. Woken by time; deletes pods. */
export const podGcController: Controller = {
  name: 'pod-garbage-collector-controller',
  start({ client, informers, clock, log, settings }) {
    const pods = informers.informer(kinds.pods);
    const nodes = informers.informer(kinds.nodes);
    const clients = { pods: client.resource(kinds.pods), nodes: client.resource(kinds.nodes) };
    const missingSince = new Map<string, number>();

    const collect = async (signal: AbortSignal) => {
      const nodesByName = new Map(nodes.list().map((node) => [node.metadata.name, node]));
      const plan = planPodGc({ pods: pods.list(), nodes: nodesByName, terminatedMax: settings.terminatedPodsMax });
      const missing = new Set(plan.orphaned.map(({ spec }) => spec.nodeName ?? ''));
      for (const name of missingSince.keys()) if (!missing.has(name)) missingSince.delete(name);
      for (const name of missing) if (!missingSince.has(name)) missingSince.set(name, clock.monotonicMs());
      for (const pod of [...plan.abandoned, ...plan.terminated]) await remove(pod, clients.pods, signal);
      for (const name of missing) {
        if (clock.monotonicMs() - (missingSince.get(name) ?? 0) < quarantineMs) continue;
        if (await exists(name, clients.nodes, signal)) continue;
        for (const pod of plan.orphaned) if (pod.spec.nodeName === name) await remove(pod, clients.pods, signal);
      }
    };
    return async (signal) => {
      while (!signal.aborted) {
        await collect(signal).catch((error: unknown) => {
          if (error instanceof AssertionError) throw error;
          if (!signal.aborted) log.warn({ err: error }, 'pod garbage collection failed, trying again');
        });
        await sleep(clock, periodMs, signal).catch(() => undefined);
      }
    };
  },
};

async function exists(nodeName: string, nodes: ResourceClient<Node>, signal: AbortSignal): Promise<boolean> {
  try {
    await nodes.get(nodeName, { signal });
    return true;
  } catch (error) {
    if (hasReason(error, 'NotFound')) return false;
    throw error;
  }
}

/** By force: there is no kubelet that could end the pod in an orderly way. */
async function remove(pod: Persisted<Pod>, pods: ResourceClient<Pod>, signal: AbortSignal): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  try {
    if (!podIsTerminal(pod))
      await pods.patchStatus(name, { metadata: { uid }, status: { phase: 'Failed' } }, { namespace, type: 'merge', signal });
    await pods.delete(name, { namespace, gracePeriodSeconds: 0, preconditions: { uid }, signal });
  } catch (error) {
    if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
  }
}
