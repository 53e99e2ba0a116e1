import { defined } from '@flotilla/base';
import type { Definition } from '../definition.js';
import type { ListMeta, ObjectMeta } from '../generated/types.js';
import type { KubernetesObject } from '../objects.js';
import type { Cell } from './column.js';
import { scaleColumnsOf } from './scale-columns.js';

const initialEventsEnd = 'k8s.io/initial-events-end';

/** meta.k8s.io/v1 Table: what kubectl asks a server for, to print it. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: ListMeta;
  /** Null in all tables of a watch but the first. */
  readonly columnDefinitions: readonly TableColumnDefinition[] | null;
  readonly rows: readonly TableRow[];
}

export interface TableColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

export interface TableRow {
  readonly cells: readonly Cell[];
  readonly conditions?: readonly TableRowCondition[];
  /** PartialObjectMetadata unless the request's includeObject says otherwise: null for None. */
  readonly object: unknown;
}

/** `Completed`: the object has run to its end, and clients may leave it out. */
export interface TableRowCondition {
  readonly type: 'Completed';
  readonly status: 'True';
  readonly reason: string;
  readonly message: string;
}

/** meta.k8s.io/v1 PartialObjectMetadata: any object, without what is particular to its kind. */
export interface PartialObjectMetadata {
  readonly kind: 'PartialObjectMetadata';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: ObjectMeta;
}

export interface TableOptions {
  /** The list's, or the object's resourceVersion alone. */
  readonly metadata?: ListMeta;
  /** What each row carries of its object. */
  readonly includeObject?: 'None' | 'Metadata' | 'Object';
  /** Watch events after the first leave the columns out. */
  readonly columns?: boolean;
}

export function tableOf(
  definition: Definition,
  objects: readonly KubernetesObject[],
  nowMs: number,
  { metadata = {}, includeObject = 'Metadata', columns = true }: TableOptions = {},
): Table {
  const { compareRows } = definition;
  const shownColumns = objects.some(isScale) ? scaleColumnsOf(definition) : definition.columns;
  const shown = compareRows === undefined ? objects : [...objects].sort((a, b) => compareRows(a, b));
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns ? shownColumns.map(columnDefinition) : null,
    rows: shown.map((object) => ({
      cells: shownColumns.map((column) => (isBookmark(object) ? null : column.cell(object, nowMs))),
      ...conditionsOf(definition, object),
      object: carriedOf(object, includeObject),
    })),
  };
}

/** Where initial events end, a watcher sees by the annotation alone: it is there whatever rows are to carry. */
function carriedOf(object: KubernetesObject, includeObject: TableOptions['includeObject']): unknown {
  if (includeObject === 'Object') return object;
  const bare = includeObject === 'None' && object.metadata.annotations?.[initialEventsEnd] !== 'true';
  return bare ? null : partialObjectMetadata(object);
}

/** A bookmark of a watch: all it has is metadata without a name, of which no cell can tell anything. */
function isBookmark({ metadata }: KubernetesObject): boolean {
  return metadata.name === undefined;
}

function isScale({ apiVersion, kind }: KubernetesObject): boolean {
  return apiVersion === 'autoscaling/v1' && kind === 'Scale';
}

function conditionsOf(definition: Definition, object: KubernetesObject): Pick<TableRow, 'conditions'> {
  const conditions = definition.rowConditions?.(object) ?? [];
  return conditions.length === 0 ? {} : { conditions };
}

export function partialObjectMetadata(object: KubernetesObject): PartialObjectMetadata {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: defined(object.metadata, 'an object has metadata'),
  };
}

function columnDefinition({ name, type, format, description, priority }: TableColumnDefinition): TableColumnDefinition {
  return { name, type, format, description, priority };
}
