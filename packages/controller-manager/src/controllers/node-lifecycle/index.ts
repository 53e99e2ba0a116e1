import { kinds, type Lease, type Node, type Persisted } from '@flotilla/api';
import { byNodeName, keyOf, nodeNameIndex } from '@flotilla/client';
import { runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { Heartbeats } from './heartbeats.js';
import { isUnknown, nodeLeaseNamespace, reconcile } from './reconcile.js';

const workers = 4;

/** Nodes are what they say, or Unknown when they say nothing. Woken by nodes, their leases and time; patches nodes and pods. */
export const nodeLifecycleController: Controller = {
  name: 'node-lifecycle-controller',
  start({ client, informers, clock, log, settings, recorder }) {
    const queue = new WorkQueue({ clock });
    const heartbeats = new Heartbeats(clock);
    const nodes = informers.informer(kinds.nodes);
    const leases = informers.informer(kinds.leases, { namespace: nodeLeaseNamespace });
    const pods = informers.informer(kinds.pods);
    pods.addIndex(nodeNameIndex, byNodeName);

    const see = (node: Persisted<Node>) => {
      heartbeats.seeNode(node);
      queue.add(keyOf(node));
    };
    // A heartbeat changes nothing for a node that is known to live: its timer will find it.
    const seeLease = (lease: Persisted<Lease>) => {
      const isNew = heartbeats.seeLease(lease);
      const node = nodes.get(lease.metadata.name);
      if (isNew && node !== undefined && isUnknown(node)) queue.add(keyOf(node));
    };
    nodes.addHandler({
      added: see,
      updated: (_before, node) => see(node),
      deleted: (node) => heartbeats.forget(node.metadata.name),
    });
    leases.addHandler({ added: seeLease, updated: (_before, lease) => seeLease(lease) });

    const deps = {
      nodes,
      pods,
      nodeClient: client.resource(kinds.nodes),
      podClient: client.resource(kinds.pods),
      leaseClient: client.resource(kinds.leases),
      heartbeats,
      graceMs: settings.nodeMonitorGracePeriodMs,
      periodMs: settings.nodeMonitorPeriodMs,
      recorder: recorder('node-controller'),
      clock,
      log,
    };
    const run = (key: string, signal: AbortSignal) => reconcile(key, deps, signal);
    return (signal) => {
      heartbeats.restart();
      return runController({ name: 'node-lifecycle-controller', queue, workers, reconcile: run, log }, signal);
    };
  },
};
