import type { Node, Persisted, Pod } from '@flotilla/api';

/** Something that happened in the cluster and that may make a pod schedulable. `pod` events are about pods that have a node. */
export type ClusterEvent =
  | { readonly type: 'nodeAdded'; readonly node: Persisted<Node> }
  | { readonly type: 'nodeUpdated'; readonly before: Persisted<Node>; readonly after: Persisted<Node> }
  | { readonly type: 'nodeDeleted'; readonly node: Persisted<Node> }
  | { readonly type: 'podAdded'; readonly pod: Persisted<Pod> }
  | { readonly type: 'podUpdated'; readonly before: Persisted<Pod>; readonly after: Persisted<Pod> }
  | { readonly type: 'podDeleted'; readonly pod: Persisted<Pod> };

/** The node that an event makes available or changes. */
export function nodeOf(event: ClusterEvent): Persisted<Node> | undefined {
  switch (event.type) {
    case 'nodeAdded':
      return event.node;
    case 'nodeUpdated':
      return event.after;
    default:
      return undefined;
  }
}
