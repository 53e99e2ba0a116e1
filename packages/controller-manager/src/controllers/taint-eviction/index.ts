import { equalJson, hasReason, kinds, type Node, type Persisted, type Pod } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import { byNodeName, keyOf, nodeNameIndex, type ObjectReader, type ResourceClient } from '@flotilla/client';
import { done, type EventRecorder, type ReconcileResult, runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { noExecuteTaintsOf } from '../../shared/taints.js';
import { evictionTimeMs } from './plan.js';

interface TaintEvictionDeps {
  readonly pods: ObjectReader<Pod>;
  readonly nodes: ObjectReader<Node>;
  readonly podClient: ResourceClient<Pod>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

const workers = 4;

/** Pods leave nodes whose NoExecute taints they do not, or no longer, tolerate. Woken by nodes and pods; deletes pods. */
export const taintEvictionController: Controller = {
  name: 'taint-eviction-controller',
  start({ client, informers, clock, log, recorder }) {
    const queue = new WorkQueue({ clock });
    const nodes = informers.informer(kinds.nodes);
    const pods = informers.informer(kinds.pods);
    pods.addIndex(nodeNameIndex, byNodeName);
    const wakeNode = (node: Persisted<Node>) => {
      for (const pod of pods.byIndex(nodeNameIndex, node.metadata.name)) queue.add(keyOf(pod));
    };
    const wakePod = (pod: Persisted<Pod>) => {
      const node = nodes.get(pod.spec.nodeName ?? '');
      if (node !== undefined && noExecuteTaintsOf(node).length > 0) queue.add(keyOf(pod));
    };
    nodes.addHandler({
      added: (node) => {
        if (noExecuteTaintsOf(node).length > 0) wakeNode(node);
      },
      updated(before, node) {
        if (!equalJson(noExecuteTaintsOf(before), noExecuteTaintsOf(node))) wakeNode(node);
      },
    });
    pods.addHandler({ added: wakePod, updated: (_before, pod) => wakePod(pod) });
    const deps = { pods, nodes, podClient: client.resource(kinds.pods), recorder: recorder('taint-eviction-controller'), clock };
    const run = (key: string, signal: AbortSignal) => reconcile(key, deps, signal);
    return (signal) => runController({ name: 'taint-eviction-controller', queue, workers, reconcile: run, log }, signal);
  },
};

async function reconcile(key: string, deps: TaintEvictionDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const pod = deps.pods.get(key);
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return done;
  const node = deps.nodes.get(pod.spec.nodeName ?? '');
  if (node === undefined) return done;
  const nowMs = deps.clock.wallMs();
  const leaveMs = evictionTimeMs(pod, noExecuteTaintsOf(node), nowMs);
  if (leaveMs === undefined) return done;
  if (leaveMs > nowMs) return { requeueAfterMs: leaveMs - nowMs };
  const { name, namespace, uid } = pod.metadata;
  deps.recorder.normal(pod, 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
  try {
    await deps.podClient.delete(name, { namespace, preconditions: { uid }, signal });
  } catch (error) {
    if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
  }
  return done;
}
