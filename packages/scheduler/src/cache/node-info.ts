import type { Node, Persisted } from '@flotilla/api';
import type { HostPort, PodInfo } from './pod-info.js';
import { accumulate, parseResources, type Resources } from './resources.js';

/** A node and the pods that are, or are about to be, on it. */
export class NodeInfo {
  readonly name: string;
  readonly #pods = new Map<string, PodInfo>();
  readonly #requested = new Map<string, number>();
  readonly #nonZeroRequested = new Map<string, number>();
  #withAffinity = 0;
  #withRequiredAntiAffinity = 0;
  #node: Persisted<Node> | undefined;
  #allocatable: Resources = new Map();

  constructor(name: string) {
    this.name = name;
  }

  /** undefined while pods are known on a node that is not, or not any more. */
  get node(): Persisted<Node> | undefined {
    return this.#node;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#node?.metadata.labels ?? {};
  }

  get allocatable(): Resources {
    return this.#allocatable;
  }

  get requested(): Resources {
    return this.#requested;
  }

  get nonZeroRequested(): Resources {
    return this.#nonZeroRequested;
  }

  get podCount(): number {
    return this.#pods.size;
  }

  /** Some pod has a pod affinity or anti-affinity of any sort. */
  get hasAffinityPods(): boolean {
    return this.#withAffinity > 0;
  }

  get hasRequiredAntiAffinityPods(): boolean {
    return this.#withRequiredAntiAffinity > 0;
  }

  pods(): IterableIterator<PodInfo> {
    return this.#pods.values();
  }

  setNode(node: Persisted<Node> | undefined): void {
    this.#node = node;
    this.#allocatable = parseResources(node?.status?.allocatable ?? node?.status?.capacity);
  }

  addPod(info: PodInfo): void {
    this.removePod(info.uid);
    this.#pods.set(info.uid, info);
    this.#account(info, 1);
  }

  /** @returns false when it was not there */
  removePod(uid: string): boolean {
    const info = this.#pods.get(uid);
    if (info === undefined) return false;
    this.#pods.delete(uid);
    this.#account(info, -1);
    return true;
  }

  /** Whether a host port of some pod stands in the way: the wildcard address collides with every address. */
  portsConflict(wanted: readonly HostPort[]): boolean {
    if (wanted.length === 0) return false;
    for (const { hostPorts } of this.#pods.values()) {
      for (const used of hostPorts) if (wanted.some((port) => collide(port, used))) return true;
    }
    return false;
  }

  /** An independent copy, for trying what would be. */
  clone(): NodeInfo {
    const copy = new NodeInfo(this.name);
    copy.setNode(this.#node);
    for (const info of this.#pods.values()) copy.addPod(info);
    return copy;
  }

  #account(info: PodInfo, sign: 1 | -1): void {
    accumulate(this.#requested, info.requests, sign);
    accumulate(this.#nonZeroRequested, info.nonZeroRequests, sign);
    const { requiredAffinity, requiredAntiAffinity, preferredAffinity, preferredAntiAffinity } = info;
    const terms = requiredAffinity.length + requiredAntiAffinity.length + preferredAffinity.length + preferredAntiAffinity.length;
    if (terms > 0) this.#withAffinity += sign;
    if (requiredAntiAffinity.length > 0) this.#withRequiredAntiAffinity += sign;
  }
}

function collide(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
}
