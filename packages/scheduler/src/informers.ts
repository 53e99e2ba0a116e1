import { kinds, type Namespace, type Node, type Persisted, type Pod, type ReplicaSet, type Service } from '@flotilla/api';
import type { Informer, InformerFactory } from '@flotilla/client';
import { podIsTerminal } from '@flotilla/controller-kit';
import type { Scheduler } from './scheduler.js';

export interface Informers {
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly namespaces: Informer<Namespace>;
  readonly services: Informer<Service>;
  readonly replicaSets: Informer<ReplicaSet>;
}

export function openInformers(factory: InformerFactory): Informers {
  return {
    pods: factory.informer(kinds.pods, { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' }),
    nodes: factory.informer(kinds.nodes),
    namespaces: factory.informer(kinds.namespaces),
    services: factory.informer(kinds.services),
    replicaSets: factory.informer(kinds.replicaSets),
  };
}

/** What the scheduler wants to be told. */
export type Inputs = Pick<
  Scheduler,
  | 'podAppeared'
  | 'podChanged'
  | 'podVanished'
  | 'podPlaced'
  | 'placedPodChanged'
  | 'placedPodVanished'
  | 'nodeAppeared'
  | 'nodeChanged'
  | 'nodeVanished'
>;

interface Sources {
  readonly pods: Pick<Informer<Pod>, 'addHandler'>;
  readonly nodes: Pick<Informer<Node>, 'addHandler'>;
}

/** Leads what the informers see to the scheduler: pods with a node to its cache, pods without one to its queue. */
export function feed({ pods, nodes }: Sources, scheduler: Inputs, schedulerName: string): void {
  const isOurs = (pod: Pod) => (pod.spec.schedulerName || 'default-scheduler') === schedulerName;
  const added = (pod: Persisted<Pod>) => {
    if (podIsTerminal(pod)) return;
    if (hasNode(pod)) scheduler.podPlaced(pod);
    else if (isOurs(pod)) scheduler.podAppeared(pod);
  };
  const deleted = (pod: Persisted<Pod>) => {
    if (hasNode(pod)) scheduler.placedPodVanished(pod);
    else scheduler.podVanished(pod);
  };
  pods.addHandler({
    added,
    updated(before, after) {
      if (podIsTerminal(after)) deleted(before);
      else if (hasNode(before)) scheduler.placedPodChanged(before, after);
      else if (hasNode(after)) scheduler.podPlaced(after);
      else if (isOurs(after)) scheduler.podChanged(after);
    },
    deleted,
  });
  nodes.addHandler({
    added: (node) => scheduler.nodeAppeared(node),
    updated(before, after) {
      // Heartbeats change a timestamp every few seconds and concern nobody here.
      if (schedulingPart(before) !== schedulingPart(after)) scheduler.nodeChanged(before, after);
    },
    deleted: (node) => scheduler.nodeVanished(node),
  });
}

function hasNode(pod: Pod): boolean {
  return (pod.spec.nodeName ?? '') !== '';
}

function schedulingPart({ metadata, spec, status }: Node): string {
  const conditions = status?.conditions?.map(({ type, status: state }) => [type, state]);
  return JSON.stringify([metadata.labels, metadata.annotations, spec, status?.allocatable, status?.images, conditions]);
}
