import type { Scale } from '../generated/types.js';
import { ageColumn, type Column, countColumn, nameColumn } from './column.js';

/** The columns of `/scale`, whichever kind it belongs to. */
export const scaleColumns: readonly Column<Scale>[] = [
  { ...nameColumn, format: '', cell: (scale, nowMs) => nameColumn.cell(scale, nowMs) },
  countColumn('Desired', 'How many replicas are wanted.', ({ spec }) => spec?.replicas ?? 0),
  countColumn('Available', 'How many replicas there are.', ({ status }) => status?.replicas ?? 0),
  ageColumn,
];
