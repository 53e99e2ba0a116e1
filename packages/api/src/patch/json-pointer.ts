import { isRecord, setMember } from '../json.js';

/** The parts of a JSON pointer (RFC 6901), unescaped; undefined when it is none. */
export function parsePointer(text: string): readonly string[] | undefined {
  if (text === '') return [];
  if (!text.startsWith('/')) return undefined;
  return text
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What is at `path`. Only what a value has of itself counts: `constructor` of `{}` is nothing. @throws RangeError when nothing is there */
export function elementAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const part of path) {
    if (Array.isArray(value)) value = value[index(part, value.length)];
    else if (isRecord(value) && Object.hasOwn(value, part)) value = value[part];
    else throw nothingThere();
  }
  return value;
}

/** Puts `value` before an item of a list, at its end (`-`), or as a member of an object. @throws RangeError when there is no place for it */
export function insertAt(root: unknown, path: readonly string[], value: unknown): void {
  const { parent, last } = parentOf(root, path);
  if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : index(last, parent.length + 1), 0, value);
  else setMember(parent, last, value);
}

/** @throws RangeError when nothing is there */
export function replaceAt(root: unknown, path: readonly string[], value: unknown): void {
  const { parent, last } = parentOf(root, path);
  if (Array.isArray(parent)) parent[index(last, parent.length)] = value;
  else if (Object.hasOwn(parent, last)) setMember(parent, last, value);
  else throw nothingThere();
}

/** @returns what was there. @throws RangeError when nothing is there */
export function removeAt(root: unknown, path: readonly string[]): unknown {
  const removed = elementAt(root, path);
  const { parent, last } = parentOf(root, path);
  if (Array.isArray(parent)) parent.splice(index(last, parent.length), 1);
  else delete parent[last];
  return removed;
}

function parentOf(root: unknown, path: readonly string[]) {
  const parent = elementAt(root, path.slice(0, -1));
  const last = path[path.length - 1];
  if (last === undefined || !(Array.isArray(parent) || isRecord(parent))) throw nothingThere();
  return { parent: parent as unknown[] | Record<string, unknown>, last };
}

/** Negative ones count from the end, beyond RFC 6901, as in the library that Kubernetes uses. */
function index(part: string, end: number): number {
  const number = /^-?(0|[1-9]\d{0,8})$/.test(part) ? Number(part) : end;
  const at = number < 0 ? end + number : number;
  if (at < 0 || at >= end) throw nothingThere();
  return at;
}

function nothingThere(): RangeError {
  return new RangeError('nothing is there');
}
