import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import type { Lease } from '../../generated/types.js';
import { define } from '../define.js';

export const leases = define<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  allowUnconditionalUpdate: false,
  allowCreateOnUpdate: true,
  columns: [nameColumn, textColumn('Holder', 'Who holds the lease.', (lease) => lease.spec.holderIdentity ?? ''), ageColumn],
});
