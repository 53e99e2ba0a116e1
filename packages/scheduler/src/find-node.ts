import { pick, type Random } from '@flotilla/base';
import type { NodeInfo } from './cache/node-info.js';
import type { PodInfo } from './cache/pod-info.js';
import type { Snapshot } from './cache/snapshot.js';
import { CycleState } from './framework/cycle-state.js';
import { FitError, fitMessage, noNodesMessage } from './framework/fit-error.js';
import type { Framework, NamedRejection } from './framework/framework.js';
import { feasibleNodesMin, feasiblePercentMin } from './limits.js';
import type { Nominator } from './nominator.js';

/** No node fits, but removing pods from one of these may help. */
export interface NoFit {
  readonly rejections: ReadonlyMap<string, NamedRejection>;
  readonly error: FitError;
}

/** Finds the node for one pod at a time. Synchronous: see `Snapshot`. */
export class NodeFinder {
  readonly #framework: Framework;
  readonly #nominator: Nominator;
  readonly #random: Random;
  /** Where the last search stopped, so that every node gets its turn when not all are searched. */
  #start = 0;

  constructor(framework: Framework, nominator: Nominator, random: Random) {
    this.#framework = framework;
    this.#nominator = nominator;
    this.#random = random;
  }

  find(state: CycleState, pod: PodInfo, snapshot: Snapshot): NodeInfo | NoFit {
    if (snapshot.nodes.length === 0) return { rejections: new Map(), error: new FitError(noNodesMessage, new Set()) };
    const outcome = this.#framework.preFilter(state, pod, snapshot);
    const rejections = new Map<string, NamedRejection>();
    if (outcome.rejection !== undefined) {
      const { reasons, plugin } = outcome.rejection;
      for (const { name } of snapshot.nodes) rejections.set(name, outcome.rejection);
      return {
        rejections,
        error: new FitError(fitMessage(snapshot.nodes.length, rejections, reasons.join(', ')), new Set([plugin])),
      };
    }
    const nominated = this.#nominatedNode(state, pod, snapshot);
    if (nominated !== undefined) return nominated;
    const { nodeNames } = outcome;
    const candidates = nodeNames === undefined ? snapshot.nodes : snapshot.nodes.filter(({ name }) => nodeNames.has(name));
    const feasible = this.#feasible(state, pod, candidates, rejections);
    if (feasible.length > 0) return this.#best(state, pod, feasible, snapshot);
    const rejectedBy = new Set([...rejections.values()].map(({ plugin }) => plugin).concat(outcome.narrowedBy));
    for (const { name } of snapshot.nodes) {
      if (rejections.has(name)) continue;
      const reasons = [`node(s) didn't satisfy plugin(s) [${outcome.narrowedBy.join(' ')}]`];
      rejections.set(name, { reasons, unresolvable: true, plugin: outcome.narrowedBy[0] ?? '' });
    }
    return { rejections, error: new FitError(fitMessage(snapshot.nodes.length, rejections), rejectedBy) };
  }

  /** Whether the pod would fit, were the cluster as the snapshot has it. */
  fits(pod: PodInfo, node: NodeInfo, snapshot: Snapshot): boolean {
    const state = new CycleState();
    const { rejection, nodeNames } = this.#framework.preFilter(state, pod, snapshot);
    if (rejection !== undefined || nodeNames?.has(node.name) === false) return false;
    return this.filter(state, pod, node) === undefined;
  }

  /** Also counts the pods that preemption has promised a node to, if they are at least as important. */
  filter(state: CycleState, pod: PodInfo, node: NodeInfo): NamedRejection | undefined {
    const promised = this.#nominator.on(node.name, pod);
    if (promised.length > 0) {
      const full = node.clone();
      for (const other of promised) full.addPod(other);
      const rejection = this.#framework.filter(state, pod, full);
      if (rejection !== undefined) return rejection;
    }
    // Also without them: they may never come, and affinity to them must not be counted on.
    return this.#framework.filter(state, pod, node);
  }

  /** A node that was made free for this very pod is taken as soon as it fits. */
  #nominatedNode(state: CycleState, pod: PodInfo, snapshot: Snapshot): NodeInfo | undefined {
    const node = snapshot.get(pod.pod.status?.nominatedNodeName ?? '');
    return node !== undefined && this.filter(state, pod, node) === undefined ? node : undefined;
  }

  #feasible(
    state: CycleState,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    rejections: Map<string, NamedRejection>,
  ): readonly NodeInfo[] {
    const enough = nodesToFind(nodes.length);
    const feasible: NodeInfo[] = [];
    let looked = 0;
    for (; looked < nodes.length && feasible.length < enough; looked++) {
      const node = nodes[(this.#start + looked) % nodes.length];
      if (node === undefined) continue;
      const rejection = this.filter(state, pod, node);
      if (rejection === undefined) feasible.push(node);
      else rejections.set(node.name, rejection);
    }
    this.#start = nodes.length === 0 ? 0 : (this.#start + looked) % nodes.length;
    return feasible;
  }

  #best(state: CycleState, pod: PodInfo, feasible: readonly NodeInfo[], snapshot: Snapshot): NodeInfo {
    const [only] = feasible;
    if (feasible.length === 1 && only !== undefined) return only;
    const scores = this.#framework.score(state, pod, feasible, snapshot);
    const max = Math.max(...scores);
    return pick(
      this.#random,
      feasible.filter((_, i) => scores[i] === max),
    );
  }
}

/** How many fitting nodes are enough to choose among: all of a small cluster, half to a twentieth of a large one. */
export function nodesToFind(nodeCount: number): number {
  if (nodeCount < feasibleNodesMin) return nodeCount;
  const percent = Math.max(feasiblePercentMin, 50 - Math.floor(nodeCount / 125));
  return Math.max(feasibleNodesMin, Math.floor((nodeCount * percent) / 100));
}
