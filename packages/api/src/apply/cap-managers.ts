import { type FieldSet, noFields, unionOf } from './field-set.js';
import { type Manager, managerKey } from './managers.js';

/** Of those who update, so that managedFields cannot grow without end; appliers are few, and are never forgotten. */
const updateManagersMax = 10;
/** Who is said to own what the forgotten ones owned. */
const bucketName = 'ancient-changes';

/** Puts the oldest who have updated together, as far as they speak of the same version, until there are few enough. */
export function capUpdateManagers(managers: readonly Manager[]): readonly Manager[] {
  if (managers.length <= updateManagersMax) return managers;
  const updaters = managers.filter((manager) => manager.operation === 'Update');
  if (updaters.length <= updateManagersMax) return managers;
  updaters.sort((a, b) => compare(a.time ?? '', b.time ?? '') || compare(managerKey(a), managerKey(b)));
  const left = new Map(managers.map((manager) => [managerKey(manager), manager]));
  const firsts = new Map<string, string>();
  const gathered = new Map<string, FieldSet[]>();
  let count = updaters.length;
  for (const updater of updaters) {
    if (count <= updateManagersMax) break;
    const { apiVersion } = updater;
    const first = firsts.get(apiVersion);
    if (first === undefined) {
      firsts.set(apiVersion, managerKey(updater));
      continue;
    }
    const identity = { name: bucketName, operation: 'Update', subresource: '', apiVersion } as const;
    const bucket = managerKey(identity);
    const sets = gathered.get(bucket) ?? [(left.get(bucket) ?? left.get(first))?.fields ?? noFields];
    gathered.set(bucket, sets);
    sets.push(updater.fields);
    if (!left.has(bucket)) left.delete(first);
    left.delete(managerKey(updater));
    left.set(bucket, { ...identity, time: updater.time, fields: noFields });
    count -= 1;
  }
  for (const [bucket, sets] of gathered) {
    const manager = left.get(bucket);
    if (manager !== undefined) left.set(bucket, { ...manager, fields: unionOf(sets) });
  }
  return [...left.values()];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
