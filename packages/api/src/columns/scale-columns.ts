import type { Definition } from '../definition.js';
import type { Scale } from '../generated/types.js';
import { ageColumn, type Column, countColumn, nameColumn } from './column.js';

/** The columns of `/scale`, whichever kind it belongs to; custom resources have it printed a little differently. */
export function scaleColumnsOf({ schema }: Pick<Definition, 'schema'>): readonly Column[] {
  return (schema === undefined ? scaleColumns : customScaleColumns) as readonly Column[]; // their cells read scales
}

const desired = countColumn<Scale>('Desired', 'How many replicas are wanted.', ({ spec }) => spec?.replicas ?? 0);
const available = countColumn<Scale>('Available', 'How many replicas there are.', ({ status }) => status?.replicas ?? 0);

const scaleColumns: readonly Column<Scale>[] = [
  { ...nameColumn, format: '', cell: (scale, nowMs) => nameColumn.cell(scale, nowMs) },
  desired,
  available,
  ageColumn,
];

const customScaleColumns: readonly Column<Scale>[] = [
  nameColumn,
  { ...desired, cell: ({ spec }) => spec?.replicas ?? null },
  available,
  { ...ageColumn, type: 'date', cell: (scale, nowMs) => ageColumn.cell(scale, nowMs) },
];
