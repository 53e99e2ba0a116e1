import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '@flotilla/api';
import type { Condition } from './conditions.js';

export interface Naming {
  readonly acceptedNames: CustomResourceDefinitionNames;
  readonly condition: Condition;
}

/**
 * Which of the wanted names a definition gets: those that no other definition of its group has been given before.
 * What it has been given it keeps, until it wants another.
 */
export function acceptNames(crd: CustomResourceDefinition, others: readonly CustomResourceDefinition[]): Naming {
  const taken = namesTaken(crd, others);
  const wanted = crd.spec.names;
  const accepted: Partial<CustomResourceDefinitionNames> = crd.status?.acceptedNames ?? {};
  const conflicts: Condition[] = [];
  const judge = (reason: string, problems: readonly string[]) => {
    if (problems.length > 0) conflicts.push({ type: 'NamesAccepted', status: 'False', reason, message: aggregate(problems) });
    return problems.length === 0;
  };
  const one = (name: 'plural' | 'singular' | 'kind' | 'listKind', reason: string, among: ReadonlySet<string>) => {
    const want = wanted[name] ?? '';
    const problems = want !== accepted[name] && among.has(want) ? [inUse(want)] : [];
    return judge(reason, problems) ? want : (accepted[name] ?? '');
  };
  const fresh = (wanted.shortNames ?? []).filter((name) => accepted.shortNames?.includes(name) !== true);
  const plural = one('plural', 'PluralConflict', taken.resources);
  const singular = one('singular', 'SingularConflict', taken.resources);
  const shortProblems = fresh.filter((name) => taken.resources.has(name)).map(inUse);
  const shortNames = judge('ShortNamesConflict', shortProblems) ? wanted.shortNames : accepted.shortNames;
  const kind = one('kind', 'KindConflict', taken.kinds);
  const listKind = one('listKind', 'ListKindConflict', taken.kinds);
  return {
    acceptedNames: {
      plural,
      singular,
      ...(shortNames === undefined ? {} : { shortNames }),
      kind,
      listKind,
      ...(wanted.categories === undefined ? {} : { categories: wanted.categories }),
    },
    condition: conflicts.at(-1) ?? {
      type: 'NamesAccepted',
      status: 'True',
      reason: 'NoConflicts',
      message: 'no conflicts found',
    },
  };
}

function namesTaken(crd: CustomResourceDefinition, others: readonly CustomResourceDefinition[]) {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const other of others) {
    const names = other.status?.acceptedNames;
    if (names === undefined || other.spec.group !== crd.spec.group || other.metadata.name === crd.metadata.name) continue;
    for (const name of [names.plural, names.singular, ...(names.shortNames ?? [])]) if (name !== undefined) resources.add(name);
    for (const kind of [names.kind, names.listKind]) if (kind !== undefined) kinds.add(kind);
  }
  return { resources, kinds };
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`;
}

function aggregate(problems: readonly string[]): string {
  const [only] = problems;
  return problems.length === 1 && only !== undefined ? only : `[${problems.join(', ')}]`;
}
