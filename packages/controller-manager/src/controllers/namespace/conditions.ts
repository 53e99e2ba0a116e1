import type { NamespaceCondition } from '@flotilla/api';

/** What an attempt to empty a namespace came to. */
export interface EmptyingReport {
  /** Group versions whose resources are not known, and why. */
  readonly undiscovered: ReadonlyMap<string, Error>;
  /** Why resources could not be emptied. */
  readonly failures: readonly Error[];
  /** Objects that are still there, by `RESOURCE.GROUP`. */
  readonly remaining: ReadonlyMap<string, number>;
  /** How many objects wait for each finalizer. */
  readonly finalizers: ReadonlyMap<string, number>;
}

interface Told {
  readonly reason: string;
  readonly message: string;
}

const fine = {
  NamespaceDeletionDiscoveryFailure: { reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
  NamespaceDeletionGroupVersionParsingFailure: {
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  },
  NamespaceDeletionContentFailure: {
    reason: 'ContentDeleted',
    message: 'All content successfully deleted, may be waiting on finalization',
  },
  NamespaceContentRemaining: { reason: 'ContentRemoved', message: 'All content successfully removed' },
  NamespaceFinalizersRemaining: {
    reason: 'ContentHasNoFinalizers',
    message: 'All content-preserving finalizers finished',
  },
} as const;

/** The conditions of a namespace that is being deleted, in Kubernetes' words. What has not changed keeps its `lastTransitionTime`. */
export function conditionsAfter(
  before: readonly NamespaceCondition[],
  report: EmptyingReport,
  now: string,
): readonly NamespaceCondition[] {
  const trouble = troubleOf(report);
  const others = before.filter(({ type }) => !Object.hasOwn(fine, type));
  const ours = Object.entries(fine).map(([type, good]) => {
    const bad = trouble[type as keyof typeof fine]; // a key of it
    const condition = { type, status: bad === undefined ? 'False' : 'True', ...(bad ?? good) };
    const old = before.find((one) => one.type === type);
    const same = old?.status === condition.status && old.reason === condition.reason && old.message === condition.message;
    return same ? old : { ...condition, lastTransitionTime: now };
  });
  return [...others, ...ours];
}

function troubleOf(report: EmptyingReport): Partial<Record<keyof typeof fine, Told>> {
  const { undiscovered, failures, remaining, finalizers } = report;
  return {
    ...(undiscovered.size > 0 && {
      NamespaceDeletionDiscoveryFailure: { reason: 'DiscoveryFailed', message: undiscoveredText(undiscovered) },
    }),
    ...(failures.length > 0 && {
      NamespaceDeletionContentFailure: {
        reason: 'ContentDeletionFailed',
        message: `Failed to delete all resource types, ${failures.length} remaining: ${joined(failures.map(({ message }) => message))}`,
      },
    }),
    ...(remaining.size > 0 && {
      NamespaceContentRemaining: {
        reason: 'SomeResourcesRemain',
        message: `Some resources are remaining: ${counts(remaining, 'has')}`,
      },
    }),
    ...(finalizers.size > 0 && {
      NamespaceFinalizersRemaining: {
        reason: 'SomeFinalizersRemain',
        message: `Some content in the namespace has finalizers remaining: ${counts(finalizers, 'in')}`,
      },
    }),
  };
}

function undiscoveredText(undiscovered: EmptyingReport['undiscovered']): string {
  const failed = [...undiscovered].map(([version, error]) => `${version}: ${error.message}`);
  return `Discovery failed for some groups, ${failed.length} failing: unable to retrieve the complete list of server APIs: ${joined(failed)}`;
}

function counts(amounts: ReadonlyMap<string, number>, preposition: string): string {
  return joined([...amounts].map(([name, count]) => `${name} ${preposition} ${count} resource instances`));
}

function joined(texts: readonly string[]): string {
  return [...texts].sort().join(', ');
}
