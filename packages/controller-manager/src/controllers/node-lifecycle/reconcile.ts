import { hasReason, type Lease, type Node, type Persisted, type Pod, type PodCondition } from '@flotilla/api';
import type { Clock, Logger } from '@flotilla/base';
import { nodeNameIndex, type ObjectReader, type ResourceClient } from '@flotilla/client';
import { done, type EventRecorder, podCondition, podIsReady, type ReconcileResult, timestamp } from '@flotilla/controller-kit';
import { unlessGone } from '../../shared/absence.js';
import type { Heartbeats } from './heartbeats.js';
import { planTaints, readyStatusOf, silentConditions } from './plan.js';

export interface NodeLifecycleDeps {
  readonly nodes: ObjectReader<Node>;
  readonly pods: ObjectReader<Pod>;
  readonly nodeClient: ResourceClient<Node>;
  readonly podClient: ResourceClient<Pod>;
  readonly leaseClient: ResourceClient<Lease>;
  readonly heartbeats: Heartbeats;
  readonly graceMs: number;
  readonly periodMs: number;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
}

export const nodeLeaseNamespace = 'kube-node-lease';

/** Tells of a node whose kubelet went silent, keeps its taints in step with its conditions, and its pods out of Services. */
export async function reconcile(name: string, deps: NodeLifecycleDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const node = deps.nodes.get(name);
  if (node === undefined) return done;
  const silentMs = deps.heartbeats.silentMs(name);
  if (silentMs < deps.graceMs) {
    await writeTaints(node, deps, signal);
    return { requeueAfterMs: deps.graceMs - silentMs };
  }
  const conditions = silentConditions(node, deps.clock.wallMs());
  if (conditions !== undefined) {
    if (await livesAfterAll(node, deps, signal)) return { requeueAfterMs: deps.periodMs };
    await declareSilent(node, conditions, silentMs, deps, signal);
    return done; // the change of the node's status brings us here again
  }
  await writeTaints(node, deps, signal);
  await markPodsNotReady(name, deps, signal);
  return { requeueAfterMs: deps.periodMs };
}

/** Our watches may have stalled rather than the kubelet: ask, before pods are driven off. */
async function livesAfterAll(node: Persisted<Node>, deps: NodeLifecycleDeps, signal: AbortSignal): Promise<boolean> {
  const { name } = node.metadata;
  const live = await deps.nodeClient.get(name, { signal });
  const nodeMoved = deps.heartbeats.seeNode(live);
  try {
    const lease = await deps.leaseClient.get(name, { namespace: nodeLeaseNamespace, signal });
    return deps.heartbeats.seeLease(lease) || nodeMoved;
  } catch (error) {
    if (hasReason(error, 'NotFound')) return nodeMoved;
    throw error;
  }
}

async function declareSilent(
  node: Persisted<Node>,
  conditions: NonNullable<NonNullable<Node['status']>['conditions']>,
  silentMs: number,
  deps: NodeLifecycleDeps,
  signal: AbortSignal,
): Promise<void> {
  const { name, uid, resourceVersion } = node.metadata;
  deps.log.warn({ node: name, silentMs }, 'the node gives no sign of life');
  const patch = { metadata: { uid, resourceVersion }, status: { conditions } };
  await deps.nodeClient.patchStatus(name, patch, { type: 'merge', signal });
  deps.recorder.normal(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
}

async function writeTaints(node: Persisted<Node>, deps: NodeLifecycleDeps, signal: AbortSignal): Promise<void> {
  const anyAlive = deps.nodes.list().some((one) => deps.heartbeats.silentMs(one.metadata.name) < deps.graceMs);
  const taints = planTaints(node, anyAlive, deps.clock.wallMs());
  if (taints === undefined) return;
  const { name, uid, resourceVersion } = node.metadata;
  await deps.nodeClient.patch(name, { metadata: { uid, resourceVersion }, spec: { taints } }, { type: 'merge', signal });
}

/** Nobody else can say it of them any more. */
async function markPodsNotReady(nodeName: string, deps: NodeLifecycleDeps, signal: AbortSignal): Promise<void> {
  const now = timestamp(deps.clock.wallMs());
  for (const pod of deps.pods.byIndex(nodeNameIndex, nodeName).filter(podIsReady)) {
    const old = podCondition(pod, 'Ready');
    const next: PodCondition = { ...old, type: 'Ready', status: 'False', reason: 'NodeNotReady', lastTransitionTime: now };
    const conditions = (pod.status?.conditions ?? []).map((condition) => (condition === old ? next : condition));
    const { name, namespace, uid, resourceVersion } = pod.metadata;
    const patch = { metadata: { uid, resourceVersion }, status: { conditions } };
    const patched = await unlessGone(deps.podClient.patchStatus(name, patch, { namespace, type: 'merge', signal }));
    if (patched !== undefined) deps.recorder.warning(pod, 'NodeNotReady', 'Node is not ready');
  }
}

export function isUnknown(node: Node): boolean {
  return readyStatusOf(node) === 'Unknown';
}
