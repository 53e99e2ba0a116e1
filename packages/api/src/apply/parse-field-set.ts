import { isRecord } from '../json.js';
import { type FieldSet, itself, nodeOf, noFields } from './field-set.js';

/**
 * FieldsV1 that a client has sent, as a set of ours: elements of unknown types are left out, keys are in canonical form.
 * @returns undefined when it is not FieldsV1
 */
export function parseFieldSet(input: unknown): FieldSet | undefined {
  return isRecord(input) ? parseChildren(input) : undefined;
}

function parseChildren(input: Record<string, unknown>): FieldSet | undefined {
  const children: Record<string, FieldSet> = {};
  for (const [text, value] of Object.entries(input)) {
    if (text === itself) continue;
    const element = parseElement(text);
    if (element === 'unknown') continue;
    if (element === undefined || !isRecord(value)) return undefined;
    const below = parseChildren(value);
    if (below === undefined) return undefined;
    const member = Object.keys(value).length === 0 || Object.hasOwn(value, itself);
    const node = nodeOf(below, member);
    if (node !== undefined) children[element] = node;
  }
  return Object.keys(children).length === 0 ? noFields : children;
}

function parseElement(text: string): string | 'unknown' | undefined {
  if (text[1] !== ':') return undefined;
  const rest = text.slice(2);
  switch (text[0]) {
    case 'f':
      return text;
    case 'i':
      return /^-?\d{1,9}$/.test(rest) ? text : undefined;
    case 'v':
    case 'k':
      return parseJsonElement(text.slice(0, 2), rest);
    default:
      return 'unknown';
  }
}

function parseJsonElement(prefix: string, json: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (prefix === 'v:') return prefix + JSON.stringify(value);
  if (!isRecord(value)) return undefined;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${prefix}{${members.map(([name, item]) => `${JSON.stringify(name)}:${JSON.stringify(item)}`).join(',')}}`;
}
