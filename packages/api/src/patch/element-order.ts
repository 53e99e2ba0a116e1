import { Places } from './places.js';

/**
 * Sorts a merged list as $setElementOrder says. Items that the order does not name were on the server alone: they keep
 * their order among themselves, and each stands before the first named item that followed it on the server.
 */
export function inElementOrder(
  merged: readonly unknown[],
  before: readonly unknown[],
  order: readonly unknown[],
  keyOf: (item: unknown) => unknown,
): unknown[] {
  const wanted = new Places(order);
  const server = new Places(before.map(keyOf));
  const named = merged.filter((item) => wanted.has(keyOf(item))).sort((a, b) => wanted.of(keyOf(a)) - wanted.of(keyOf(b)));
  const others = merged.filter((item) => !wanted.has(keyOf(item)));
  const result: unknown[] = [];
  let next = 0;
  for (const item of others) {
    const place = server.of(keyOf(item));
    while (next < named.length && !(server.of(keyOf(named[next])) > place)) result.push(named[next++]);
    result.push(item);
  }
  return [...result, ...named.slice(next)];
}
