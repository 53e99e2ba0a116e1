/** A deep copy that shares nothing with `value`; members that are undefined are left out. */
export function cloneJson<T>(value: T): Mutable<T> {
  return copy(value) as Mutable<T>; // a copy has the shape of its original
}

/** Writable all the way down. */
export type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (!isRecord(value)) return value;
  const result: Record<string, unknown> = {};
  for (const key in value) {
    const member = value[key];
    if (member !== undefined) setMember(result, key, copy(member));
  }
  return result;
}

/** Whether both are the same JSON; the order of members does not count. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  if (!isRecord(a) || !isRecord(b) || Array.isArray(b)) return false;
  let unmatched = 0;
  for (const key in a) {
    if (a[key] === undefined) continue;
    if (!Object.hasOwn(b, key) || !equalJson(a[key], b[key])) return false;
    unmatched--;
  }
  for (const key in b) if (b[key] !== undefined) unmatched++;
  return unmatched === 0;
}

/** The same, but that a list of nothing is as good as none: Go writes neither, and Kubernetes sees no change between them. */
export function equalButEmptyLists(a: unknown, b: unknown): boolean {
  return equalJson(a, b) || sameItems(a, b); // the first is fast, and mostly enough
}

function sameItems(a: unknown, b: unknown): boolean {
  if (isNoItem(a) || isNoItem(b)) return isNoItem(a) && isNoItem(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => sameItems(item, b[i]));
  }
  if (!isRecord(a) || !isRecord(b)) return a === b;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  const own = (record: Record<string, unknown>, name: string) => (Object.hasOwn(record, name) ? record[name] : undefined);
  return [...names].every((name) => sameItems(own(a, name), own(b, name)));
}

function isNoItem(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

/** What a text says as JSON, or what is wrong with it in the words of Go's decoder, as far as they are known. */
export function readJson(text: string): { readonly value?: unknown; readonly problem?: string } {
  if (text.trim() === '') return { problem: 'unexpected end of JSON input' };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: 'invalid character in JSON' };
  }
}

/** A JSON object: neither null nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As Go's JSON decoder names it. */
export function jsonTypeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Assignment would call the setter of `__proto__`, and a user may well name a label so. */
export function setMember(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}
