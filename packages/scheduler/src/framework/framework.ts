import type { Pod } from '@flotilla/api';
import { assert } from '@flotilla/base';
import type { NodeInfo } from '../cache/node-info.js';
import type { PodInfo } from '../cache/pod-info.js';
import type { Snapshot } from '../cache/snapshot.js';
import { nodeScoreMax } from '../limits.js';
import type { ClusterEvent } from './cluster-event.js';
import type { CycleState } from './cycle-state.js';
import type { NodeRejections, Plugin, PostFilterResult, ProfilePlugin, Rejection } from './plugin.js';

export interface NamedRejection extends Rejection {
  readonly plugin: string;
}

export interface PreFilterOutcome {
  readonly rejection: NamedRejection | undefined;
  /** undefined: all of them. */
  readonly nodeNames: ReadonlySet<string> | undefined;
  /** Plugins that narrowed the choice: when nothing is found, they are among the reasons. */
  readonly narrowedBy: readonly string[];
}

/** Runs the plugins of a profile at each point, in the profile's order. */
export class Framework {
  readonly #profile: readonly ProfilePlugin[];
  readonly #byName: ReadonlyMap<string, Plugin>;

  constructor(profile: readonly ProfilePlugin[]) {
    this.#profile = profile;
    this.#byName = new Map(profile.map(({ plugin }) => [plugin.name, plugin]));
    assert(this.#byName.size === profile.length, 'plugin names are unique');
  }

  /** @returns why the pod may not be queued, undefined when it may */
  preEnqueue(pod: Pod): string | undefined {
    for (const { plugin } of this.#profile) {
      const reason = plugin.preEnqueue?.(pod);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  wakes(rejectedBy: ReadonlySet<string>, event: ClusterEvent, pod: PodInfo): boolean {
    for (const name of rejectedBy) if (this.#byName.get(name)?.wakes?.(event, pod) === true) return true;
    return false;
  }

  preFilter(state: CycleState, pod: PodInfo, snapshot: Snapshot): PreFilterOutcome {
    let nodeNames: ReadonlySet<string> | undefined;
    const narrowedBy: string[] = [];
    for (const { plugin } of this.#profile) {
      const result = plugin.preFilter?.(state, pod, snapshot);
      if (result === undefined) continue;
      if ('rejection' in result) return { rejection: { ...result.rejection, plugin: plugin.name }, nodeNames, narrowedBy };
      const known = nodeNames;
      nodeNames = known === undefined ? result.nodeNames : new Set([...result.nodeNames].filter((name) => known.has(name)));
      narrowedBy.push(plugin.name);
    }
    return { rejection: undefined, nodeNames, narrowedBy };
  }

  /** The first plugin that rejects decides. */
  filter(state: CycleState, pod: PodInfo, node: NodeInfo): NamedRejection | undefined {
    for (const { plugin } of this.#profile) {
      const rejection = plugin.filter?.(state, pod, node);
      if (rejection !== undefined) return { ...rejection, plugin: plugin.name };
    }
    return undefined;
  }

  /** The first plugin with a result decides. */
  postFilter(state: CycleState, pod: PodInfo, snapshot: Snapshot, rejections: NodeRejections): PostFilterResult | undefined {
    for (const { plugin } of this.#profile) {
      const result = plugin.postFilter?.(state, pod, snapshot, rejections);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  /** @returns the weighted sum of all plugins' scores, for each of the nodes */
  score(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[], snapshot: Snapshot): readonly number[] {
    const totals = nodes.map(() => 0);
    for (const { plugin, weight } of this.#profile) {
      if (plugin.score === undefined || plugin.preScore?.(state, pod, nodes, snapshot) === false) continue;
      const scores: number[] = [];
      for (const node of nodes) scores.push(plugin.score(state, pod, node, snapshot));
      plugin.normalizeScores?.(state, scores, nodes);
      for (const [i, score] of scores.entries()) {
        assert(score >= 0 && score <= nodeScoreMax, `${plugin.name} scores between 0 and ${nodeScoreMax}, not ${score}`);
        totals[i] = (totals[i] ?? 0) + score * weight;
      }
    }
    return totals;
  }

  /** All or nothing: what was reserved is given back when a later plugin rejects. */
  reserve(state: CycleState, pod: PodInfo, nodeName: string): NamedRejection | undefined {
    for (const { plugin } of this.#profile) {
      const rejection = plugin.reserve?.(state, pod, nodeName);
      if (rejection === undefined) continue;
      this.unreserve(state, pod, nodeName);
      return { ...rejection, plugin: plugin.name };
    }
    return undefined;
  }

  unreserve(state: CycleState, pod: PodInfo, nodeName: string): void {
    for (const { plugin } of [...this.#profile].reverse()) plugin.unreserve?.(state, pod, nodeName);
  }

  /** @throws an Error with a plugin's reason, when one does not permit the pod to be bound */
  async permit(state: CycleState, pod: PodInfo, nodeName: string): Promise<void> {
    const waits: Promise<void>[] = [];
    for (const { plugin } of this.#profile) {
      const result = plugin.permit?.(state, pod, nodeName) ?? 'allow';
      if (result === 'allow') continue;
      if ('reject' in result) throw new Error(`pod "${pod.key}" rejected while waiting on permit: ${result.reject}`);
      waits.push(result.wait);
    }
    await Promise.all(waits);
  }

  async bind(state: CycleState, pod: PodInfo, nodeName: string, signal: AbortSignal): Promise<void> {
    for (const { plugin } of this.#profile) await plugin.preBind?.(state, pod, nodeName, signal);
    let bound = false;
    for (const { plugin } of this.#profile) {
      bound = (await plugin.bind?.(state, pod, nodeName, signal)) ?? false;
      if (bound) break;
    }
    assert(bound, 'some plugin binds every pod');
    for (const { plugin } of this.#profile) plugin.postBind?.(state, pod, nodeName);
  }
}
