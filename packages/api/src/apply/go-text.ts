import { isRecord } from '../json.js';

/** JSON as Go's `%v` prints it: `map[a:1 b:[x y]]`. Messages of Kubernetes quote values so. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isRecord(value)) return String(value);
  const members = sortedEntries(value).map(([name, item]) => `${name}:${goText(item)}`);
  return `map[${members.join(' ')}]`;
}

/** JSON as Go's `%#v` prints it: `[]interface {}{"a", 1}`. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isRecord(value)) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const members = sortedEntries(value).map(([name, item]) => `${JSON.stringify(name)}:${goSyntax(item)}`);
  return `map[string]interface {}{${members.join(', ')}}`;
}

function sortedEntries(value: Record<string, unknown>): readonly (readonly [string, unknown])[] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
