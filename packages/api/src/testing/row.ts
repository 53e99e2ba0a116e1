import { tableOf } from '../columns/table.js';
import type { Definition } from '../definition.js';

const nowMs = Date.parse('2024-01-01T01:00:00Z');
/** Of an object that is an hour old. */
export const rowMetadata = { name: 'x', namespace: 'default', creationTimestamp: '2024-01-01T00:00:00Z' };

/** The cells of one row; wide ones after a bar. */
export function row(definition: Definition, members: object): string {
  const object = { apiVersion: 'v1', kind: definition.kind, metadata: rowMetadata, ...members };
  const cells = tableOf(definition, [object], nowMs).rows[0]?.cells ?? [];
  const part = (priority: number) => cells.filter((_, index) => definition.columns[index]?.priority === priority).join(' ');
  return `${part(0)} | ${part(1)}`;
}
