import type { KubernetesObject } from '../objects.js';
import { type Column, nameColumn } from './column.js';

/** The name of a class, marked when one of the annotations says that it is the default. */
export function markedNameColumn<T extends KubernetesObject>(annotations: readonly string[]): Column<T> {
  const isDefault = ({ metadata }: T) => annotations.some((annotation) => metadata.annotations?.[annotation] === 'true');
  return { ...nameColumn, cell: (object) => `${object.metadata.name ?? ''}${isDefault(object) ? ' (default)' : ''}` };
}
