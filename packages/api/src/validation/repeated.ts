/**
 * The places of those that have stood before in the same list: of `['a', 'b', 'a']`, 2. Looking back from each of them would
 * take minutes in the longest lists that a request can hold.
 */
export function repeated(keys: readonly (string | number | undefined)[]): ReadonlySet<number> {
  const seen = new Set<string | number | undefined>();
  const places = new Set<number>();
  for (const [index, key] of keys.entries()) {
    if (seen.has(key)) places.add(index);
    seen.add(key);
  }
  return places;
}
