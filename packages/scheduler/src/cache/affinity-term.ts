import {
  type LabelSelector,
  labelSelectorRequirements,
  matchesRequirements,
  type Pod,
  type PodAffinityTerm,
  type Requirement,
  type WeightedPodAffinityTerm,
} from '@flotilla/api';

/** A pod (anti-)affinity term, read once: which pods it means, and how near is near. */
export interface AffinityTerm {
  readonly topologyKey: string;
  readonly namespaces: ReadonlySet<string>;
  /** undefined: no namespace is selected by its labels. Empty: every namespace is. */
  readonly namespaceSelector: readonly Requirement[] | undefined;
  /** undefined matches no pod. */
  readonly selector: readonly Requirement[] | undefined;
}

export interface WeightedTerm {
  readonly term: AffinityTerm;
  readonly weight: number;
}

/** Labels of a namespace; undefined when it is not known. */
export type NamespaceLabels = (name: string) => Readonly<Record<string, string>> | undefined;

export function readTerms(terms: readonly PodAffinityTerm[] | undefined, owner: Pod): readonly AffinityTerm[] {
  return (terms ?? []).map((term) => readTerm(term, owner));
}

export function readWeightedTerms(terms: readonly WeightedPodAffinityTerm[] | undefined, owner: Pod): readonly WeightedTerm[] {
  return (terms ?? []).map(({ podAffinityTerm, weight }) => ({ term: readTerm(podAffinityTerm, owner), weight }));
}

export function termMatches(term: AffinityTerm, pod: Pod, namespaceLabels: NamespaceLabels): boolean {
  if (term.selector === undefined) return false;
  const namespace = pod.metadata.namespace ?? '';
  const inNamespace =
    term.namespaces.has(namespace) ||
    (term.namespaceSelector !== undefined && matchesRequirements(term.namespaceSelector, namespaceLabels(namespace) ?? {}));
  return inNamespace && matchesRequirements(term.selector, pod.metadata.labels ?? {});
}

function readTerm(term: PodAffinityTerm, owner: Pod): AffinityTerm {
  const { namespaces = [], namespaceSelector, topologyKey } = term;
  const ownNamespace = namespaces.length === 0 && namespaceSelector === undefined;
  return {
    topologyKey,
    namespaces: new Set(ownNamespace ? [owner.metadata.namespace ?? ''] : namespaces),
    namespaceSelector: namespaceSelector === undefined ? undefined : labelSelectorRequirements(namespaceSelector),
    selector: selectorWithKeys(term.labelSelector, term.matchLabelKeys, term.mismatchLabelKeys, owner),
  };
}

/** The selector, narrowed to pods that share (or do not share) the owner's values of some labels (KEP-3633). */
export function selectorWithKeys(
  selector: LabelSelector | undefined,
  matchKeys: readonly string[] | undefined,
  mismatchKeys: readonly string[] | undefined,
  owner: Pod,
): readonly Requirement[] | undefined {
  if (selector === undefined) return undefined;
  const labels = owner.metadata.labels ?? {};
  const narrowed = (keys: readonly string[] | undefined, operator: 'in' | 'notin') =>
    (keys ?? []).flatMap((key): Requirement[] => (labels[key] === undefined ? [] : [{ key, operator, values: [labels[key]] }]));
  return [...labelSelectorRequirements(selector), ...narrowed(matchKeys, 'in'), ...narrowed(mismatchKeys, 'notin')];
}
