import type { PersistentVolume, Pod } from '@flotilla/api';
import { type Referable, referencesOfPod, secretsOfVolume } from './references.js';

interface Named {
  readonly metadata?: { readonly namespace?: string | undefined; readonly name?: string | undefined };
}

interface Placed {
  readonly node: string;
  readonly references: readonly string[];
}

interface Claimed {
  /** `persistentvolumeclaims/namespace/name` */
  readonly claim: string;
  readonly secrets: readonly string[];
}

/**
 * Which node needs which object: through the pods that are bound to it, through their claims to volumes, and through those
 * to the Secrets that they are mounted with. Kept by whoever watches pods and volumes.
 */
export class NodeGraph {
  readonly #pods = new Map<string, Placed>();
  /** Reference → node → how many of its pods have it. */
  readonly #needs = new Map<string, Map<string, number>>();
  readonly #volumes = new Map<string, Claimed>();
  /** Secret → the claims whose volumes need it. */
  readonly #claimsBySecret = new Map<string, Set<string>>();

  setPod(pod: Pod): void {
    const node = pod.spec?.nodeName ?? '';
    const placed = this.#pods.get(podKey(pod));
    if (node === '' && placed === undefined) return;
    // Ephemeral containers and generated claims come when the pod runs; most changes bring neither.
    const references = referencesOfPod(pod);
    if (placed?.node === node && sameTexts(placed.references, references)) return;
    this.deletePod(pod);
    if (node === '') return;
    this.#pods.set(podKey(pod), { node, references });
    for (const reference of references) {
      const nodes = this.#needs.get(reference) ?? new Map<string, number>();
      nodes.set(node, (nodes.get(node) ?? 0) + 1);
      this.#needs.set(reference, nodes);
    }
  }

  deletePod(pod: Named): void {
    const placed = this.#pods.get(podKey(pod));
    if (placed === undefined) return;
    this.#pods.delete(podKey(pod));
    for (const reference of placed.references) {
      const nodes = this.#needs.get(reference);
      const count = (nodes?.get(placed.node) ?? 1) - 1;
      if (count > 0) nodes?.set(placed.node, count);
      else nodes?.delete(placed.node);
      if (nodes?.size === 0) this.#needs.delete(reference);
    }
  }

  setVolume(volume: PersistentVolume): void {
    this.deleteVolume(volume);
    const { namespace = '', name } = volume.spec?.claimRef ?? {};
    if (name === undefined) return;
    const claimed = { claim: `persistentvolumeclaims/${namespace}/${name}`, secrets: secretsOfVolume(volume) };
    this.#volumes.set(volume.metadata.name ?? '', claimed);
    for (const secret of claimed.secrets) {
      const claims = this.#claimsBySecret.get(secret) ?? new Set();
      this.#claimsBySecret.set(secret, claims.add(claimed.claim));
    }
  }

  deleteVolume({ metadata }: Named): void {
    const claimed = this.#volumes.get(metadata?.name ?? '');
    if (claimed === undefined) return;
    this.#volumes.delete(metadata?.name ?? '');
    for (const secret of claimed.secrets) {
      const claims = this.#claimsBySecret.get(secret);
      claims?.delete(claimed.claim);
      if (claims?.size === 0) this.#claimsBySecret.delete(secret);
    }
  }

  /** Whether a pod on the node references the object. */
  needs(node: string, resource: Referable, namespace: string, name: string): boolean {
    const reference = `${resource}/${namespace}/${name}`;
    if (this.#needs.get(reference)?.has(node) === true) return true;
    for (const claim of this.#claimsBySecret.get(reference) ?? []) if (this.#needs.get(claim)?.has(node) === true) return true;
    return false;
  }

  /** Whether a pod on the node has a claim that is bound to the volume. */
  needsVolume(node: string, name: string): boolean {
    const claim = this.#volumes.get(name)?.claim;
    return claim !== undefined && this.#needs.get(claim)?.has(node) === true;
  }

  runs(node: string, namespace: string, pod: string): boolean {
    return this.#pods.get(`${namespace}/${pod}`)?.node === node;
  }
}

function podKey({ metadata }: Named): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
