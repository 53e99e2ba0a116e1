import type { Pod } from '@flotilla/api';
import type { NodeInfo } from '../../cache/node-info.js';
import type { Snapshot } from '../../cache/snapshot.js';
import type { Rejection } from '../../framework/plugin.js';
import { countSiblings, counts, hardConstraints, hasAllKeys, type SpreadConstraint, selects } from './constraints.js';

interface CountedConstraint {
  readonly constraint: SpreadConstraint;
  /** Siblings by domain. */
  readonly domains: ReadonlyMap<string, number>;
  /** In the emptiest domain; 0 while there are fewer domains than minDomains. */
  readonly min: number;
  /** 1 when the pod itself is one of those it is spread among. */
  readonly self: number;
}

export type HardSpread = readonly CountedConstraint[];

const missingLabel: Rejection = {
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  unresolvable: true,
};
const tooMany: Rejection = { reasons: ["node(s) didn't match pod topology spread constraints"] };

export function countHardSpread(pod: Pod, { nodes }: Snapshot): HardSpread {
  const constraints = hardConstraints(pod);
  return constraints.map((constraint) => {
    const domains = new Map<string, number>();
    for (const node of nodes) {
      const value = node.labels[constraint.topologyKey];
      if (value === undefined || !hasAllKeys(constraints, node) || !counts(constraint, pod, node)) continue;
      domains.set(value, (domains.get(value) ?? 0) + countSiblings(constraint, pod, node));
    }
    const min = domains.size < constraint.minDomains ? 0 : Math.min(...domains.values());
    return { constraint, domains, min: Number.isFinite(min) ? min : 0, self: selects(constraint, pod) ? 1 : 0 };
  });
}

export function rejectHardSpread(spread: HardSpread, node: NodeInfo): Rejection | undefined {
  for (const { constraint, domains, min, self } of spread) {
    const value = node.labels[constraint.topologyKey];
    if (value === undefined) return missingLabel;
    if ((domains.get(value) ?? 0) + self - min > constraint.maxSkew) return tooMany;
  }
  return undefined;
}
