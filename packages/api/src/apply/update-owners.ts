import type { ManagedFieldsEntry } from '../generated/types.js';
import { equalJson, isRecord } from '../json.js';
import { capUpdateManagers } from './cap-managers.js';
import { difference, equalSets, isEmptySet, noFields, union } from './field-set.js';
import { type Manager, managedFieldsOf, managerKey, managersOf, parseManagers } from './managers.js';
import { type Ownership, type Settlement, settle } from './ownership.js';
import { ElementError } from './path-element.js';

interface WithOwners {
  readonly metadata?: { readonly managedFields?: readonly unknown[] | undefined } | undefined;
}

/**
 * The managedFields after a create, update or patch by `name`: it owns what it has changed, and nobody owns what is gone.
 * @param live what was there; on a create the empty object of the kind
 * @param draft what is to be written; its own managedFields are what the client sent
 */
export function ownersAfterUpdate(
  ownership: Ownership,
  live: WithOwners,
  draft: WithOwners,
  name: string,
): readonly ManagedFieldsEntry[] | undefined {
  const managers = ownersBefore(ownership, live, draft);
  const { apiVersion, subresource } = ownership;
  const self = { name: name === '' ? 'unknown' : name, operation: 'Update', apiVersion, subresource } as const;
  const by = managerKey(self);
  const settled = settlement(ownership, managers, live, draft, by);
  if (settled === undefined) return undefined;
  const { comparison, others } = settled;
  const before = managers.find((manager) => managerKey(manager) === by);
  const taken = union(comparison.modified, comparison.added);
  const fields = union(difference(before?.fields ?? noFields, comparison.removed), taken);
  const time = isEmptySet(taken) ? before?.time : ownership.now;
  const after = isEmptySet(fields) ? others : [...others, { ...self, time, fields }];
  return managedFieldsOf(capUpdateManagers(after));
}

/** Undefined when items of a list cannot be told apart: then nobody owns anything, and validation says what is wrong with the object. */
function settlement(...[ownership, managers, live, draft, by]: Parameters<typeof settle>): Settlement | undefined {
  try {
    return settle(ownership, managers, live, draft, by);
  } catch (error) {
    if (error instanceof ElementError) return undefined;
    throw error;
  }
}

/** Clients may set managedFields, and take them all away by an empty list or entry; those that leave them out or garble them keep what was there. */
function ownersBefore({ subresource }: Ownership, live: WithOwners, draft: WithOwners): readonly Manager[] {
  const present = (live.metadata?.managedFields ?? []) as readonly ManagedFieldsEntry[]; // stored by this server
  const sent = draft.metadata?.managedFields;
  if (sent === undefined || subresource !== '' || equalJson(sent, present)) return managersOf(present);
  if (isReset(sent)) return [];
  return parseManagers(sent) ?? managersOf(present);
}

function isReset(sent: readonly unknown[]): boolean {
  const [only] = sent;
  return sent.length === 0 || (sent.length === 1 && isRecord(only) && Object.keys(only).length === 0);
}

/** Whether both say the same but for when it came to be so. */
export function sameOwners(a: readonly ManagedFieldsEntry[] = [], b: readonly ManagedFieldsEntry[] = []): boolean {
  if (a.length !== b.length) return false;
  const byKey = new Map(managersOf(b).map((manager) => [managerKey(manager), manager]));
  return managersOf(a).every((manager) => {
    const other = byKey.get(managerKey(manager));
    return other !== undefined && other.apiVersion === manager.apiVersion && equalSets(manager.fields, other.fields);
  });
}
