import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { metadataParts } from '../../definition.js';
import { type FieldError, invalid, required } from '../../errors/field-error.js';
import type { ServiceCIDR } from '../../generated/types.js';
import { immutable, immutableMessage } from '../../validation/object-meta.js';
import { validateStrictCidr } from '../../validation/strict-ip.js';
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
  statusKeeps: metadataParts,
  columns: [
    nameColumn,
    textColumn('CIDRs', 'The ranges of service addresses.', ({ spec }) => (spec.cidrs ?? []).join(',')),
    ageColumn,
  ],

  validate({ spec }) {
    const { cidrs = [] } = spec ?? {};
    const at = 'spec.cidrs';
    if (cidrs.length === 0) return [required(at, 'at least one CIDR required')];
    if (cidrs.length > cidrsMax) return [invalid(at, { CIDRs: cidrs }, `may only hold up to ${cidrsMax} values`)];
    const errors = cidrs.flatMap((cidr, index) => validateStrictCidr(`${at}[${index}]`, cidr));
    const families = new Set(cidrs.map((cidr) => cidr.includes(':')));
    if (errors.length > 0 || families.size === cidrs.length) return errors;
    const why = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    return [invalid(at, cidrs, why)];
  },
  validateUpdate: ({ spec }, old) => validateRanges(spec?.cidrs ?? [], old.spec.cidrs ?? []),
});

/** A range stays what it is; one of the other family may come to the only one. */
function validateRanges(cidrs: readonly string[], before: readonly string[]): FieldError[] {
  const extended = before.length === 1 && cidrs.length === cidrsMax;
  if (cidrs.length !== before.length && !extended) return [invalid('spec.cidrs', cidrs, immutableMessage)];
  return before.flatMap((cidr, index) => immutable(`spec.cidrs[${index}]`, cidrs[index], cidr));
}
