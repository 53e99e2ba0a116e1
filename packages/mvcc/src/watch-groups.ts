import { binaryString, spanContains } from './bytes.js';
import type { WatchRequest } from './model.js';
import { type History, type HistoryEvent, WatchGroup } from './watch-group.js';

/** Finds the groups that changes concern: those of one key by the key, the others by asking each. */
export class WatchGroups<Watch> {
  readonly #history: History;
  readonly #byKey = new Map<string, Set<WatchGroup<Watch>>>();
  readonly #ranges = new Set<WatchGroup<Watch>>();
  readonly #byRequest = new Map<string, WatchGroup<Watch>>();

  constructor(history: History) {
    this.#history = history;
  }

  [Symbol.iterator](): Iterator<WatchGroup<Watch>> {
    return this.#byRequest.values();
  }

  /** The group of the watches that ask for this, with one more in it. Each `join` has one `leave`. */
  join(request: WatchRequest): WatchGroup<Watch> {
    const name = nameOf(request);
    const group = this.#byRequest.get(name) ?? this.#add(name, request);
    group.size++;
    return group;
  }

  leave(group: WatchGroup<Watch>, request: WatchRequest): void {
    if (--group.size > 0) return;
    this.#byRequest.delete(nameOf(request));
    this.#ranges.delete(group);
    const sameKey = this.#byKey.get(group.span.start);
    sameKey?.delete(group);
    if (sameKey?.size === 0) this.#byKey.delete(group.span.start);
  }

  /** Those with a synced watch whose keys these are. */
  concerned(changes: readonly HistoryEvent[]): ReadonlySet<WatchGroup<Watch>> {
    const groups = new Set<WatchGroup<Watch>>();
    for (const { key } of changes) {
      for (const group of this.#byKey.get(key) ?? []) if (group.synced.size > 0) groups.add(group);
      for (const group of this.#ranges) if (group.synced.size > 0 && spanContains(group.span, key)) groups.add(group);
    }
    return groups;
  }

  #add(name: string, request: WatchRequest): WatchGroup<Watch> {
    const group = new WatchGroup<Watch>(request, this.#history);
    const { span } = group;
    this.#byRequest.set(name, group);
    if (!span.single) this.#ranges.add(group);
    else {
      const sameKey = this.#byKey.get(span.start);
      if (sameKey === undefined) this.#byKey.set(span.start, new Set([group]));
      else sameKey.add(group);
    }
    return group;
  }
}

/** Equal for requests that are told the same. */
function nameOf({ key, rangeEnd, prevKv = false, filters = [] }: WatchRequest): string {
  const without = ['noput', 'nodelete'].map((filter) => filters.some((each) => each === filter));
  const end = rangeEnd === undefined ? '' : binaryString(rangeEnd); // no end, or an empty one: a single key
  return `${[prevKv, ...without, key.length]}:${binaryString(key)}${end}`;
}
