import { equalJson } from '../json.js';

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
  const indexIn = (keys: readonly unknown[], item: unknown) => keys.findIndex((key) => equalJson(key, keyOf(item)));
  const serverKeys = before.map(keyOf);
  const named = merged.filter((item) => indexIn(order, item) >= 0).sort((a, b) => indexIn(order, a) - indexIn(order, b));
  const others = merged.filter((item) => indexIn(order, item) < 0);
  const result: unknown[] = [];
  let next = 0;
  for (const item of others) {
    const place = indexIn(serverKeys, item);
    while (next < named.length && !(indexIn(serverKeys, named[next]) > place)) result.push(named[next++]);
    result.push(item);
  }
  return [...result, ...named.slice(next)];
}
