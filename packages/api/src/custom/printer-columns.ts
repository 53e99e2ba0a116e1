import { type Cell, type Column, nameColumn, sinceText } from '../columns/column.js';
import { JsonPath } from '../columns/json-path.js';
import type { CustomResourceColumnDefinition } from '../generated/types.js';
import { isRecord } from '../json.js';
import { parseTime } from '../values/time.js';

/**
 * The columns of a version: its name and the additionalPrinterColumns, or the age when it has none. Kubernetes refuses few of the paths that
 * make no sense when the definition is created; a column with one is not there, nor are those after it.
 */
export function printerColumns(given: readonly CustomResourceColumnDefinition[] | undefined): readonly Column[] {
  const columns: Column[] = [nameColumn];
  for (const one of given === undefined || given.length === 0 ? [ageByPath] : given) {
    const path = parsed(one.jsonPath);
    if (path === undefined) break;
    columns.push(printerColumn(one, path));
  }
  return columns;
}

const ageByPath: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description:
    'When the object was created on the server, by its own clock; related operations may have happened in another order. Set by the system.',
};

function printerColumn(given: CustomResourceColumnDefinition, path: JsonPath): Column {
  const { name, type, format = '', priority = 0, jsonPath } = given;
  return {
    name,
    type: type as Column['type'], // validation allows no other
    format,
    priority,
    description: given.description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    cell: (object, nowMs) => cellOf(type, path.find(object)[0], nowMs),
  };
}

function parsed(jsonPath: string): JsonPath | undefined {
  try {
    return JsonPath.parse(jsonPath);
  } catch {
    return undefined;
  }
}

function cellOf(type: string, value: unknown, nowMs: number): Cell {
  if (value === undefined) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? dateText(value, nowMs) : null;
    default:
      return textOf(value);
  }
}

function dateText(value: string, nowMs: number): string {
  return value !== '' && parseTime(value) === undefined ? '<invalid>' : sinceText(value, nowMs);
}

/** As Go's templates and JSON print it. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null) return '<no value>';
  return JSON.stringify(value, (_name, member: unknown) => (isRecord(member) ? inOrder(member) : member)).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function inOrder(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
