import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import type { ResourceQuota } from '../../generated/types.js';
import { define, statusOf } from '../define.js';
import { validateQuota, validateQuotaStatus, validateQuotaUpdate } from './quota-validation.js';

export const resourceQuotas = define<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  namespaced: true,
  returnsDeleted: true,
  subresources: [statusOf('', 'v1', 'ResourceQuota')],
  columns: [
    nameColumn,
    textColumn('Request', 'What is used of what may be requested.', (quota) =>
      usageText(quota, (name) => !name.startsWith('limits.')),
    ),
    textColumn('Limit', 'What is used of what may be limited.', (quota) =>
      usageText(quota, (name) => name.startsWith('limits.')),
    ),
    ageColumn,
  ],

  validate: validateQuota,
  validateUpdate: validateQuotaUpdate,
  validateStatusUpdate: validateQuotaStatus,
});

function usageText({ status }: ResourceQuota, counts: (name: string) => boolean): string {
  const names = Object.keys(status?.hard ?? {})
    .filter(counts)
    .sort();
  return names.map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name]}`).join(', ');
}
