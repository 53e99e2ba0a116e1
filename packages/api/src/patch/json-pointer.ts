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

/**
 * Puts `value` before an item of a list, at its end (`-`), or as a member of an object.
 * @returns how many items of the list had to move
 * @throws RangeError when there is no place for it
 */
export function insertAt(root: unknown, path: readonly string[], value: unknown): number {
  const { parent, last } = parentOf(root, path);
  if (!Array.isArray(parent)) {
    setMember(parent, last, value);
    return 0;
  }
  const at = last === '-' ? parent.length : index(last, parent.length + 1);
  parent.splice(at, 0, value);
  return parent.length - 1 - at;
}

/** @throws RangeError when nothing is there */
export function replaceAt(root: unknown, path: readonly string[], value: unknown): void {
  const { parent, last } = parentOf(root, path);
  if (Array.isArray(parent)) parent[index(last, parent.length)] = value;
  else if (Object.hasOwn(parent, last)) setMember(parent, last, value);
  else throw nothingThere();
}

/** @returns how many items of a list had to move. @throws RangeError when nothing is there */
export function removeAt(root: unknown, path: readonly string[]): number {
  elementAt(root, path);
  const { parent, last } = parentOf(root, path);
  if (!Array.isArray(parent)) {
    delete parent[last];
    return 0;
  }
  const at = index(last, parent.length);
  parent.splice(at, 1);
  return parent.length - at;
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
