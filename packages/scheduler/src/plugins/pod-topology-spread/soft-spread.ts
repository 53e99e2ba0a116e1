import type { Pod } from '@flotilla/api';
import type { NodeInfo } from '../../cache/node-info.js';
import type { Snapshot } from '../../cache/snapshot.js';
import { nodeScoreMax } from '../../limits.js';
import {
  countSiblings,
  counts,
  type DefaultSelector,
  hasAllKeys,
  hostnameKey,
  type SpreadConstraint,
  softConstraints,
} from './constraints.js';

interface CountedConstraint {
  readonly constraint: SpreadConstraint;
  /** Siblings by domain, of domains that some candidate belongs to; undefined for hostnames, which are counted per node. */
  readonly domains: ReadonlyMap<string, number> | undefined;
  /** Many domains with few pods each weigh more than few with many. */
  readonly weight: number;
}

export interface SoftSpread {
  readonly counted: readonly CountedConstraint[];
  /** Nodes without a label that a constraint needs: their score is 0. */
  readonly ignored: ReadonlySet<string>;
}

/** @returns undefined when the pod has nothing to spread by */
export function countSoftSpread(
  pod: Pod,
  candidates: readonly NodeInfo[],
  { nodes }: Snapshot,
  defaultSelector: DefaultSelector,
): SoftSpread | undefined {
  const { constraints, system } = softConstraints(pod, defaultSelector);
  if (constraints.length === 0) return undefined;
  const ignored = new Set(system ? [] : candidates.filter((node) => !hasAllKeys(constraints, node)).map(({ name }) => name));
  const scored = candidates.filter(({ name }) => !ignored.has(name));
  const counted = constraints.map((constraint): CountedConstraint => {
    if (constraint.topologyKey === hostnameKey) return { constraint, domains: undefined, weight: weightOf(scored.length) };
    const domains = new Map<string, number>();
    for (const { labels } of scored) {
      const value = labels[constraint.topologyKey];
      if (value !== undefined) domains.set(value, 0);
    }
    for (const node of nodes) {
      const count = domains.get(node.labels[constraint.topologyKey] ?? '');
      if (count === undefined || (!system && !hasAllKeys(constraints, node)) || !counts(constraint, pod, node)) continue;
      domains.set(node.labels[constraint.topologyKey] ?? '', count + countSiblings(constraint, pod, node));
    }
    return { constraint, domains, weight: weightOf(domains.size) };
  });
  return { counted, ignored };
}

/** The fuller the node's domains, the higher: `normalizeSoftSpread` turns it round. */
export function scoreSoftSpread({ counted, ignored }: SoftSpread, pod: Pod, node: NodeInfo): number {
  if (ignored.has(node.name)) return 0;
  let score = 0;
  for (const { constraint, domains, weight } of counted) {
    const value = node.labels[constraint.topologyKey];
    if (value === undefined) continue;
    const count = domains === undefined ? countSiblings(constraint, pod, node) : (domains.get(value) ?? 0);
    score += count * weight + (constraint.maxSkew - 1);
  }
  return Math.round(score);
}

export function normalizeSoftSpread({ ignored }: SoftSpread, scores: number[], nodes: readonly NodeInfo[]): void {
  const counted = scores.filter((_, i) => !ignored.has(nodes[i]?.name ?? ''));
  const [min, max] = [Math.min(...counted), Math.max(...counted)];
  for (const [i, score] of scores.entries()) {
    if (ignored.has(nodes[i]?.name ?? '')) scores[i] = 0;
    else scores[i] = max === 0 ? nodeScoreMax : Math.floor((nodeScoreMax * (max + min - score)) / max);
  }
}

function weightOf(domainCount: number): number {
  return Math.log(domainCount + 2);
}
