import type { KubernetesObject } from '../objects.js';

export type Cell = string | number | boolean | null;

/** A column of the table that `kubectl get` prints. */
export interface Column<T extends KubernetesObject = KubernetesObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** `name` marks the column that names the object; empty otherwise. */
  readonly format: string;
  /** 0 is always shown; 1 only by `-o wide`. */
  readonly priority: number;
  readonly description: string;
  /** `nowMs`: milliseconds since the epoch, for ages. */
  cell(object: T, nowMs: number): Cell;
}

type Read<T> = (object: T, nowMs: number) => Cell;

export function textColumn<T extends KubernetesObject>(name: string, description: string, cell: Read<T>): Column<T> {
  return { name, type: 'string', format: '', priority: 0, description, cell };
}

export function countColumn<T extends KubernetesObject>(name: string, description: string, cell: Read<T>): Column<T> {
  return { name, type: 'integer', format: '', priority: 0, description, cell };
}

/** Shown only by `-o wide`. */
export function wide<T extends KubernetesObject>(column: Column<T>): Column<T> {
  return { ...column, priority: 1, cell: (object, nowMs) => column.cell(object, nowMs) };
}

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  description: 'The name of the object, unique among the objects of its kind in its namespace.',
  cell: (object) => object.metadata.name ?? '',
};

export const ageColumn: Column = {
  name: 'Age',
  type: 'string',
  format: '',
  priority: 0,
  description: 'The time since the object was created.',
  cell: (object, nowMs) => sinceText(object.metadata.creationTimestamp, nowMs),
};

/** When the object was created, as it stands in its metadata: what kinds without an age show. */
export const createdAtColumn: Column = {
  name: 'Created At',
  type: 'date',
  format: '',
  priority: 0,
  description: 'The time at which the object was created.',
  cell: (object) => object.metadata.creationTimestamp ?? null,
};

/** How long ago `timestamp` (RFC 3339) was, or `<unknown>`. */
export function sinceText(timestamp: string | undefined, nowMs: number): string {
  const thenMs = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(thenMs) ? '<unknown>' : ageText(nowMs - thenMs);
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** Up to two units, the coarser the longer it lasted: what k8s.io/apimachinery's HumanDuration prints. */
export function ageText(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * minute) return `${seconds}s`;
  if (seconds < 10 * minute) return twoUnits(seconds, minute, 'm', 1, 's');
  if (seconds < 3 * hour) return `${Math.trunc(seconds / minute)}m`;
  if (seconds < 8 * hour) return twoUnits(seconds, hour, 'h', minute, 'm');
  if (seconds < 2 * day) return `${Math.trunc(seconds / hour)}h`;
  if (seconds < 8 * day) return twoUnits(seconds, day, 'd', hour, 'h');
  if (seconds < 2 * year) return `${Math.trunc(seconds / day)}d`;
  if (seconds < 8 * year) return twoUnits(seconds, year, 'y', day, 'd');
  return `${Math.trunc(seconds / year)}y`;
}

function twoUnits(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.trunc((seconds % large) / small);
  return `${Math.trunc(seconds / large)}${largeName}${rest === 0 ? '' : `${rest}${smallName}`}`;
}
