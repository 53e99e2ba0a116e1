import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { invalid, required } from '../../errors/field-error.js';
import type { ServiceCIDR } from '../../generated/types.js';
import { validateCidr } from '../../validation/ip.js';
import { immutable } from '../../validation/object-meta.js';
import { define, statusOf } from '../define.js';

/** One of each family. */
const cidrsMax = 2;

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

  validate({ spec }) {
    const { cidrs = [] } = spec ?? {};
    const at = 'spec.cidrs';
    if (cidrs.length === 0) return [required(at, 'at least one CIDR required')];
    if (cidrs.length > cidrsMax) return [invalid(at, cidrs, `may only hold up to ${cidrsMax} values`)];
    return cidrs.flatMap((cidr, index) => validateCidr(`${at}[${index}]`, cidr));
  },
  validateUpdate: ({ spec }, old) => immutable('spec.cidrs', spec?.cidrs, old.spec.cidrs),
});
