import type { NodeInfo } from './node-info.js';

/** The cluster as one scheduling cycle sees it. Cycles are synchronous, so that nothing in it changes while one runs. */
export interface Snapshot {
  /** Nodes that exist, zones taking turns. */
  readonly nodes: readonly NodeInfo[];
  get(name: string): NodeInfo | undefined;
  /** How many of the nodes have an image, by each of its names. */
  imageNodes(name: string): number;
}

/** The same cluster with one node replaced: for trying what would be. */
export function withNode(snapshot: Snapshot, changed: NodeInfo): Snapshot {
  return {
    nodes: snapshot.nodes.map((node) => (node.name === changed.name ? changed : node)),
    get: (name) => (name === changed.name ? changed : snapshot.get(name)),
    imageNodes: (name) => snapshot.imageNodes(name),
  };
}
