import { kinds, type Node, type Persisted } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import { keyOf, type ObjectReader, type ResourceClient } from '@flotilla/client';
import { done, type EventRecorder, type ReconcileResult, runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { addressesOf, type Cidr, parseCidr, planPodCidr, podCidrsOf } from './plan.js';

interface NodeIpamDeps {
  readonly nodes: ObjectReader<Node>;
  readonly nodeClient: ResourceClient<Node>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly cluster: Cidr;
  readonly maskSize: number;
  /** Given out, and not yet seen on the node, by node name. */
  readonly given: Map<string, string>;
}

/** A node that does not tell its address may be about to: for so long it is not given just any range. */
const addressWaitMs = 5_000;

/** Every node has a range of pod addresses, and no two the same. Woken by nodes; patches them. */
export const nodeIpamController: Controller = {
  name: 'node-ipam-controller',
  start({ client, informers, clock, log, settings, recorder }) {
    const cidr = settings.clusterCidrs.find((text) => !text.includes(':'));
    if (!settings.allocateNodeCidrs || cidr === undefined) return () => Promise.resolve();
    const queue = new WorkQueue({ clock });
    const nodes = informers.informer(kinds.nodes);
    const given = new Map<string, string>();
    const see = (node: Persisted<Node>) => {
      if (podCidrsOf(node).length === 0) queue.add(keyOf(node));
      else given.delete(node.metadata.name);
    };
    nodes.addHandler({
      added: see,
      updated: (_before, node) => see(node),
      deleted: (node) => given.delete(node.metadata.name),
    });
    const deps = {
      nodes,
      nodeClient: client.resource(kinds.nodes),
      recorder: recorder('cidrAllocator'),
      clock,
      cluster: parseCidr(cidr),
      maskSize: settings.nodeCidrMaskSize,
      given,
    };
    const run = (key: string, signal: AbortSignal) => reconcile(key, deps, signal);
    // One worker: two at once could give the same range to two nodes.
    return (signal) => runController({ name: 'node-ipam-controller', queue, workers: 1, reconcile: run, log }, signal);
  },
};

async function reconcile(name: string, deps: NodeIpamDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const node = deps.nodes.get(name);
  if (node === undefined || node.metadata.deletionTimestamp !== undefined || podCidrsOf(node).length > 0) return done;
  const ageMs = deps.clock.wallMs() - Date.parse(node.metadata.creationTimestamp);
  if (addressesOf(node).length === 0 && ageMs < addressWaitMs) return { requeueAfterMs: addressWaitMs - ageMs };
  const others = deps.nodes.list().filter((one) => one !== node);
  const reserved = [...deps.given].filter(([owner]) => owner !== name).map(([, cidr]) => cidr);
  const podCIDR =
    deps.given.get(name) ??
    planPodCidr({
      node,
      cluster: deps.cluster,
      maskSize: deps.maskSize,
      taken: [...others.flatMap(podCidrsOf), ...reserved],
      otherAddresses: others.flatMap(addressesOf),
    });
  if (podCIDR === undefined) {
    deps.recorder.warning(node, 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`);
    throw new Error(`no pod CIDR left for node ${name}`);
  }
  deps.given.set(name, podCIDR);
  const { uid, resourceVersion } = node.metadata;
  const patch = { metadata: { uid, resourceVersion }, spec: { podCIDR, podCIDRs: [podCIDR] } };
  await deps.nodeClient.patch(name, patch, { type: 'merge', signal });
  return done;
}
