import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { required } from '../../errors/field-error.js';
import type { ServiceCIDR } from '../../generated/types.js';
import { immutable } from '../../validation/object-meta.js';
import { define, statusOf } from '../define.js';

export const serviceCidrs = define<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  namespaced: false,
  subresources: [statusOf('networking.k8s.io', 'v1', 'ServiceCIDR')],
  columns: [
    nameColumn,
    textColumn('CIDRs', 'The ranges of service addresses.', ({ spec }) => (spec.cidrs ?? []).join(',')),
    ageColumn,
  ],

  validate: ({ spec }) => ((spec?.cidrs ?? []).length === 0 ? [required('spec.cidrs', 'at least one CIDR required')] : []),
  validateUpdate: ({ spec }, old) => immutable('spec.cidrs', spec?.cidrs, old.spec.cidrs),
});
