import type { NodeRejections } from './plugin.js';

/** A pod that fits nowhere. The message is Kubernetes', which people and tools search for. */
export class FitError extends Error {
  override readonly name = 'FitError';
  /** The plugins that rejected it: what wakes them wakes the pod. Empty: anything does. */
  readonly rejectedBy: ReadonlySet<string>;

  constructor(message: string, rejectedBy: ReadonlySet<string>) {
    super(message);
    this.rejectedBy = rejectedBy;
  }
}

export const noNodesMessage = 'no nodes available to schedule pods';

/**
 * `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`
 * @param preFilterMessage a reason that holds for the cluster as a whole replaces those of the nodes
 */
export function fitMessage(nodeCount: number, rejections: NodeRejections, preFilterMessage = '', postFilterMessage = ''): string {
  let message = `0/${nodeCount} nodes are available:`;
  if (preFilterMessage !== '') message += ` ${preFilterMessage}.`;
  else {
    const counts = reasonCounts([...rejections.values()].flatMap(({ reasons }) => reasons));
    if (counts.length > 0) message += ` ${counts.join(', ')}.`;
  }
  return postFilterMessage === '' ? message : `${message} ${postFilterMessage}`;
}

/** `['1 Insufficient cpu', '2 node(s) were unschedulable']`, sorted as text. */
function reasonCounts(reasons: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
}
