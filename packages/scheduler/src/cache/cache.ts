import type { Node, Persisted, Pod } from '@flotilla/api';
import { assert } from '@flotilla/base';
import { NodeInfo } from './node-info.js';
import { type PodInfo, podInfo } from './pod-info.js';
import type { Snapshot } from './snapshot.js';

interface Placed {
  readonly nodeName: string;
  /** Decided here; the API server has not confirmed it yet. */
  readonly assumed: boolean;
}

const zoneLabel = 'topology.kubernetes.io/zone';
const regionLabel = 'topology.kubernetes.io/region';

/**
 * Nodes and the pods on them: what informers say, and ahead of them the pods that were assumed onto a node and whose bindings
 * are on their way. Everything derived is kept up to date change by change, so that a cycle copies nothing.
 */
export class Cache implements Snapshot {
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #placed = new Map<string, Placed>();
  readonly #images = new Map<string, number>();
  #ordered: readonly NodeInfo[] | undefined;

  get nodes(): readonly NodeInfo[] {
    this.#ordered ??= inZoneTurns([...this.#nodes.values()].filter(({ node }) => node !== undefined));
    return this.#ordered;
  }

  get(name: string): NodeInfo | undefined {
    const info = this.#nodes.get(name);
    return info?.node === undefined ? undefined : info;
  }

  imageNodes(name: string): number {
    return this.#images.get(name) ?? 0;
  }

  isAssumed(uid: string): boolean {
    return this.#placed.get(uid)?.assumed === true;
  }

  get assumedCount(): number {
    let count = 0;
    for (const { assumed } of this.#placed.values()) if (assumed) count++;
    return count;
  }

  /** Counts a pod on a node before its binding is written. */
  assume(info: PodInfo, nodeName: string): void {
    assert(!this.#placed.has(info.uid), `pod ${info.key} is on a node already`);
    this.#place(info, { nodeName, assumed: true });
  }

  /** The binding failed. Does nothing when the pod was confirmed, or deleted, in the meantime. */
  forget(uid: string): void {
    if (this.isAssumed(uid)) this.removePod(uid);
  }

  /** A pod that has a node, as the API server says: this outranks what was assumed. */
  setPod(pod: Persisted<Pod>): void {
    this.removePod(pod.metadata.uid);
    this.#place(podInfo(pod), { nodeName: pod.spec.nodeName ?? '', assumed: false });
  }

  removePod(uid: string): void {
    const placed = this.#placed.get(uid);
    if (placed === undefined) return;
    this.#placed.delete(uid);
    const node = this.#nodes.get(placed.nodeName);
    node?.removePod(uid);
    if (node !== undefined && node.node === undefined && node.podCount === 0) this.#nodes.delete(node.name);
  }

  setNode(node: Persisted<Node>): void {
    const info = this.#info(node.metadata.name);
    this.#countImages(info.node, -1);
    if (info.node === undefined || zoneOf(info.node) !== zoneOf(node)) this.#ordered = undefined;
    info.setNode(node);
    this.#countImages(node, 1);
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    if (info === undefined) return;
    this.#countImages(info.node, -1);
    info.setNode(undefined);
    // Pods may outlive their node for a while; they are still counted, should it come back.
    if (info.podCount === 0) this.#nodes.delete(name);
    this.#ordered = undefined;
  }

  #place(info: PodInfo, placed: Placed): void {
    this.#placed.set(info.uid, placed);
    this.#info(placed.nodeName).addPod(info);
  }

  #info(name: string): NodeInfo {
    let info = this.#nodes.get(name);
    if (info === undefined) {
      info = new NodeInfo(name);
      this.#nodes.set(name, info);
    }
    return info;
  }

  #countImages(node: Node | undefined, sign: 1 | -1): void {
    for (const { names } of node?.status?.images ?? []) {
      for (const name of names ?? []) {
        const count = (this.#images.get(name) ?? 0) + sign;
        if (count > 0) this.#images.set(name, count);
        else this.#images.delete(name);
      }
    }
  }
}

function zoneOf(node: Node): string {
  const labels = node.metadata.labels ?? {};
  return `${labels[regionLabel] ?? ''}/${labels[zoneLabel] ?? ''}`;
}

/** a1 b1 c1 a2 b2 …: a search that stops early has then seen every zone. */
function inZoneTurns(nodes: readonly NodeInfo[]): readonly NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  for (const info of nodes) {
    const zone = info.node === undefined ? '' : zoneOf(info.node);
    const members = zones.get(zone);
    if (members === undefined) zones.set(zone, [info]);
    else members.push(info);
  }
  const turns: NodeInfo[] = [];
  for (let turn = 0; turns.length < nodes.length; turn++) {
    for (const members of zones.values()) {
      const member = members[turn];
      if (member !== undefined) turns.push(member);
    }
  }
  return turns;
}
