import { nameColumn, textColumn } from '../../columns/column.js';
import type { ComponentCondition, ComponentStatus } from '../../generated/types.js';
import { define } from '../define.js';

/** Of no store: an API server answers it by asking the components. */
export const componentStatuses = define<ComponentStatus>({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  shortNames: ['cs'],
  namespaced: false,
  verbs: ['get', 'list'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  columns: [
    nameColumn,
    textColumn('Status', 'Whether it is healthy.', (component) => healthText(healthOf(component))),
    textColumn('Message', 'What it answered.', (component) => healthOf(component)?.message ?? ''),
    textColumn('Error', 'What went wrong.', (component) => healthOf(component)?.error ?? ''),
  ],
});

function healthOf({ conditions }: ComponentStatus): ComponentCondition | undefined {
  return conditions?.find(({ type }) => type === 'Healthy');
}

function healthText(condition: ComponentCondition | undefined): string {
  if (condition === undefined) return 'Unknown';
  return condition.status === 'True' ? 'Healthy' : 'Unhealthy';
}
