import type { ManagedFieldsEntry } from '../generated/types.js';
import { isRecord, type Mutable } from '../json.js';
import type { FieldSet } from './field-set.js';
import { parseFieldSet } from './parse-field-set.js';

/** One entry of managedFields: what somebody owns, since when, and by what. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  /** Empty: the object itself. */
  readonly subresource: string;
  /** The version in which `fields` are to be read. */
  readonly apiVersion: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Who somebody is: an applier is the same in whatever version it applies. */
export function managerKey({ name, operation, subresource, apiVersion }: Omit<Manager, 'time' | 'fields'>): string {
  // Only the name may hold anything.
  return `${operation} ${subresource} ${operation === 'Apply' ? '' : apiVersion} ${name}`;
}

/** Of managedFields that this server has written. */
export function managersOf(entries: readonly ManagedFieldsEntry[] = []): readonly Manager[] {
  return entries.map((entry) => ({
    name: entry.manager ?? '',
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    subresource: entry.subresource ?? '',
    apiVersion: entry.apiVersion ?? '',
    time: entry.time,
    fields: (entry.fieldsV1 ?? {}) as FieldSet, // parsed before it was stored
  }));
}

/** Of managedFields that a client has sent. @returns undefined when they are not well-formed */
export function parseManagers(entries: readonly unknown[]): readonly Manager[] | undefined {
  const byKey = new Map<string, Manager>();
  for (const entry of entries) {
    const manager = parseManager(entry);
    if (manager === undefined) return undefined;
    byKey.set(managerKey(manager), manager);
  }
  return [...byKey.values()];
}

function parseManager(entry: unknown): Manager | undefined {
  if (!isRecord(entry)) return undefined;
  const { manager: name = '', operation, subresource = '', apiVersion, time, fieldsType, fieldsV1 = {} } = entry;
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  if (typeof apiVersion !== 'string' || apiVersion === '' || fieldsType !== 'FieldsV1') return undefined;
  if (typeof name !== 'string' || typeof subresource !== 'string') return undefined;
  if (time !== undefined && typeof time !== 'string') return undefined;
  const fields = parseFieldSet(fieldsV1);
  return fields === undefined ? undefined : { name, operation, subresource, apiVersion, time, fields };
}

/** Appliers first, then by age. @returns undefined when nobody owns anything */
export function managedFieldsOf(managers: readonly Manager[]): ManagedFieldsEntry[] | undefined {
  if (managers.length === 0) return undefined;
  return (managers.length === 1 ? managers : [...managers].sort(inOrder)).map(entryOf);
}

/** In the order in which Go writes the members. */
function entryOf({ name, operation, apiVersion, time, fields, subresource }: Manager): ManagedFieldsEntry {
  const entry: Mutable<ManagedFieldsEntry> = { manager: name, operation, apiVersion };
  if (time !== undefined) entry.time = time;
  entry.fieldsType = 'FieldsV1';
  entry.fieldsV1 = fields;
  if (subresource !== '') entry.subresource = subresource;
  return entry;
}

function inOrder(a: Manager, b: Manager): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.name, b.name) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
