import type { Container, Pod } from '@flotilla/api';

type Referable = 'secrets' | 'configmaps' | 'persistentvolumeclaims' | 'serviceaccounts';

interface Placed {
  readonly node: string;
  readonly references: readonly string[];
}

/** Which node needs which object, through the pods that are bound to it. Kept by whoever watches pods. */
export class NodeGraph {
  readonly #pods = new Map<string, Placed>();
  /** Reference → node → how many of its pods have it. */
  readonly #needs = new Map<string, Map<string, number>>();

  setPod(pod: Pod): void {
    const key = podKey(pod);
    const node = pod.spec?.nodeName ?? '';
    // What a pod references cannot change once it is bound, so only its arrival counts.
    if (node === '' || this.#pods.get(key)?.node === node) return;
    this.deletePod(pod);
    const references = referencesOf(pod);
    this.#pods.set(key, { node, references });
    for (const reference of references) {
      const nodes = this.#needs.get(reference) ?? new Map<string, number>();
      nodes.set(node, (nodes.get(node) ?? 0) + 1);
      this.#needs.set(reference, nodes);
    }
  }

  deletePod(pod: Pod): void {
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

  /** Whether a pod on the node references the object. */
  needs(node: string, resource: Referable, namespace: string, name: string): boolean {
    return this.#needs.get(`${resource}/${namespace}/${name}`)?.has(node) ?? false;
  }

  runs(node: string, namespace: string, pod: string): boolean {
    return this.#pods.get(`${namespace}/${pod}`)?.node === node;
  }
}

function podKey({ metadata }: Pod): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

function referencesOf(pod: Pod): readonly string[] {
  const namespace = pod.metadata?.namespace ?? '';
  const found = new Set<string>();
  const add = (resource: Referable, name: string | undefined) => {
    if (name !== undefined && name !== '') found.add(`${resource}/${namespace}/${name}`);
  };
  const { spec } = pod;
  add('serviceaccounts', spec?.serviceAccountName);
  for (const secret of spec?.imagePullSecrets ?? []) add('secrets', secret.name);
  for (const volume of spec?.volumes ?? []) {
    add('secrets', volume.secret?.secretName);
    add('configmaps', volume.configMap?.name);
    add('persistentvolumeclaims', volume.persistentVolumeClaim?.claimName);
    for (const source of volume.projected?.sources ?? []) {
      add('secrets', source.secret?.name);
      add('configmaps', source.configMap?.name);
    }
  }
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) addEnvironment(container, add);
  return [...found];
}

function addEnvironment(container: Container, add: (resource: Referable, name: string | undefined) => void): void {
  for (const { valueFrom } of container.env ?? []) {
    add('secrets', valueFrom?.secretKeyRef?.name);
    add('configmaps', valueFrom?.configMapKeyRef?.name);
  }
  for (const { secretRef, configMapRef } of container.envFrom ?? []) {
    add('secrets', secretRef?.name);
    add('configmaps', configMapRef?.name);
  }
}
