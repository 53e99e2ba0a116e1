import type { Definition } from '@flotilla/api';
import { Keys } from '../keys.js';

interface Resource {
  readonly group: string;
  readonly plural: string;
}

/**
 * Tells whose objects lie under a key of the store; undefined for what is not an object, such as an allocated address.
 * @param builtIn custom resources are told by their keys, which begin with their group
 */
export function resourceOfKey(prefix: string, builtIn: readonly Definition[]): (key: string) => Resource | undefined {
  const root = new Keys(prefix).resource('').slice(0, -1);
  const byPath = new Map<string, Resource>();
  for (const { storagePath, group, plural } of builtIn) {
    if (!byPath.has(storagePath)) byPath.set(storagePath, { group, plural });
  }
  return (key) => {
    if (!key.startsWith(root)) return undefined;
    const [first = '', second = '', ...rest] = key.slice(root.length).split('/');
    const found = byPath.get(`${first}/${second}`) ?? byPath.get(first);
    if (found !== undefined) return found;
    return first.includes('.') && rest.length > 0 ? { group: first, plural: second } : undefined;
  };
}
