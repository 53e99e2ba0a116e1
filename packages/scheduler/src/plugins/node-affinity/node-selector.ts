import {
  matchesRequirements,
  type Node,
  type NodeSelectorRequirement,
  type NodeSelectorTerm,
  type Pod,
  type Requirement,
} from '@flotilla/api';

const operators: Readonly<Record<string, Requirement['operator']>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
};

/** `nodeSelector` and the required node affinity, both. */
export function matchesRequiredNodes(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** All of a term's requirements must hold; a term without any matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length + matchFields.length === 0) return false;
  const expressions = readAll(matchExpressions);
  const fields = readAll(matchFields);
  // A requirement that cannot be read matches nothing; the API server refuses such pods.
  if (expressions === undefined || fields === undefined) return false;
  return (
    matchesRequirements(expressions, node.metadata.labels ?? {}) &&
    matchesRequirements(fields, { 'metadata.name': node.metadata.name ?? '' })
  );
}

/** The nodes that a pod names by `metadata.name in (…)`; undefined when it does not restrict itself to names. */
export function namedNodes(pod: Pod): ReadonlySet<string> | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const names = new Set<string>();
  for (const { matchFields } of terms) {
    const named = matchFields?.filter(({ key, operator }) => key === 'metadata.name' && operator === 'In') ?? [];
    const [first, ...others] = named.map(({ values }) => new Set(values ?? []));
    if (first === undefined) return undefined; // this alternative allows any name
    for (const name of first) if (others.every((set) => set.has(name))) names.add(name);
  }
  return terms.length === 0 ? undefined : names;
}

function readAll(requirements: readonly NodeSelectorRequirement[]): readonly Requirement[] | undefined {
  const read: Requirement[] = [];
  for (const { key, operator, values = [] } of requirements) {
    const known = operators[operator];
    if (known === undefined) return undefined;
    read.push({ key, operator: known, values });
  }
  return read;
}
