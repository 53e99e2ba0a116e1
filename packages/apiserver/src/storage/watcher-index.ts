import { requiredFieldValue } from '@flotilla/api';
import type { CacheEvent } from './cache-event.js';
import type { CacheWatcher } from './cache-watcher.js';
import type { StoredObject } from './stored-object.js';

/** A field by which watchers commonly select one value, such as the node of a kubelet's pods. */
export interface IndexedField {
  readonly name: string;
  read(object: StoredObject): string;
}

/** Finds the watchers that an event may concern, without asking each of them. */
export class WatcherIndex {
  readonly #fields: readonly { readonly field: IndexedField; readonly byValue: Map<string, Set<CacheWatcher>> }[];
  readonly #others = new Set<CacheWatcher>();

  constructor(fields: readonly IndexedField[]) {
    this.#fields = fields.map((field) => ({ field, byValue: new Map() }));
  }

  add(watcher: CacheWatcher): void {
    for (const { field, byValue } of this.#fields) {
      const value = requiredFieldValue(watcher.selection.fields, field.name);
      if (value === undefined) continue;
      const watchers = byValue.get(value) ?? new Set();
      byValue.set(value, watchers.add(watcher));
      return;
    }
    this.#others.add(watcher);
  }

  remove(watcher: CacheWatcher): void {
    this.#others.delete(watcher);
    for (const { byValue } of this.#fields) {
      for (const [value, watchers] of byValue) {
        if (watchers.delete(watcher) && watchers.size === 0) byValue.delete(value);
      }
    }
  }

  offer(event: CacheEvent): void {
    for (const watcher of this.#others) watcher.offer(event);
    for (const { field, byValue } of this.#fields) {
      if (byValue.size === 0) continue;
      const now = event.object === undefined ? undefined : field.read(event.object);
      const before = event.previous === undefined ? undefined : field.read(event.previous);
      if (now !== undefined) for (const watcher of byValue.get(now) ?? []) watcher.offer(event);
      if (before !== undefined && before !== now) for (const watcher of byValue.get(before) ?? []) watcher.offer(event);
    }
  }

  /** A copy: what is done to the watchers may remove them. */
  all(): readonly CacheWatcher[] {
    return [...this.#others, ...this.#fields.flatMap(({ byValue }) => [...byValue.values()].flatMap((set) => [...set]))];
  }
}
