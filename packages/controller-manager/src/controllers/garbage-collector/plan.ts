import type { OwnerReference, Persisted } from '@flotilla/api';

export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';

export type OwnerState =
  /** It lives, or we cannot tell: its dependents stay. */
  | 'present'
  /** Verified on the server: there is no object of this uid. */
  | 'absent'
  /** It is being deleted in the foreground: it goes once its dependents are gone. */
  | 'waiting';

export type Verdict =
  | { readonly do: 'keep' }
  /** Somebody else owns it still: only these references go. */
  | { readonly do: 'disown'; readonly uids: readonly string[] }
  | { readonly do: 'delete'; readonly propagationPolicy: 'Background' | 'Foreground' | 'Orphan' };

/** What becomes of an object, by the states of its owners. */
export function judge(
  object: Persisted,
  states: readonly { readonly owner: OwnerReference; readonly state: OwnerState }[],
  hasDependents: boolean,
): Verdict {
  if (states.length === 0) return { do: 'keep' };
  const gone = states.filter(({ state }) => state !== 'present');
  if (gone.length === 0) return { do: 'keep' };
  if (gone.length < states.length) return { do: 'disown', uids: gone.map(({ owner }) => owner.uid) };
  const waitedFor = states.some(({ state }) => state === 'waiting');
  return { do: 'delete', propagationPolicy: policyOf(object, waitedFor && hasDependents) };
}

/** A deletion keeps the manner that was asked for before; dependents of a foreground deletion go in the foreground too. */
function policyOf({ metadata }: Persisted, foreground: boolean): 'Background' | 'Foreground' | 'Orphan' {
  if (metadata.finalizers?.includes(orphanFinalizer) === true) return 'Orphan';
  return foreground || metadata.finalizers?.includes(foregroundFinalizer) === true ? 'Foreground' : 'Background';
}

export function isDeletingInForeground({ metadata }: Persisted): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(foregroundFinalizer) === true;
}

export function isOrphaning({ metadata }: Persisted): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(orphanFinalizer) === true;
}

/** Whether this dependent keeps its owner from going, in a foreground deletion. */
export function blocks(dependent: Persisted, ownerUid: string): boolean {
  return (
    dependent.metadata.ownerReferences?.some(({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true) ===
    true
  );
}
