import { type Cell, type Column, nameColumn, sinceText } from '../columns/column.js';
import { JsonPath } from '../columns/json-path.js';
import type { CustomResourceColumnDefinition } from '../generated/types.js';

/** The columns of a version: its name and the additionalPrinterColumns, or the age when it has none. */
export function printerColumns(given: readonly CustomResourceColumnDefinition[] | undefined): readonly Column[] {
  const columns = given === undefined || given.length === 0 ? [ageByPath] : given;
  return [nameColumn, ...columns.map(printerColumn)];
}

const ageByPath: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description:
    'When the object was created on the server, by its own clock; related operations may have happened in another order. Set by the system.',
};

function printerColumn(given: CustomResourceColumnDefinition): Column {
  const { name, type, format = '', priority = 0, jsonPath } = given;
  const path = parsed(jsonPath);
  return {
    name,
    type: type as Column['type'], // validation allows no other
    format,
    priority,
    description: given.description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    cell: (object, nowMs) => cellOf(type, path?.find(object)[0], nowMs),
  };
}

/** Kubernetes refuses few of the paths that lead nowhere when the definition is created; their cells stay empty. */
function parsed(jsonPath: string): JsonPath | undefined {
  try {
    return JsonPath.parse(jsonPath);
  } catch {
    return undefined;
  }
}

function cellOf(type: string, value: unknown, nowMs: number): Cell {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      if (typeof value !== 'string') return null;
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : sinceText(value, nowMs);
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}
