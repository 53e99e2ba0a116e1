import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { invalid } from '../../errors/field-error.js';
import type { Lease } from '../../generated/types.js';
import { nonNegative } from '../../validation/check.js';
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

  prepareForCreate({ spec }) {
    delete spec?.strategy;
    delete spec?.preferredHolder;
  },
  /** Who is to lead is agreed upon only behind the gate CoordinatedLeaderElection, which Kubernetes 1.34 keeps shut. */
  prepareForUpdate({ spec }, old) {
    if (old.spec.strategy === undefined) delete spec?.strategy;
    if (old.spec.preferredHolder === undefined) delete spec?.preferredHolder;
  },

  validate({ spec = {} }) {
    const { leaseDurationSeconds: seconds } = spec;
    return [
      ...(seconds !== undefined && seconds <= 0 ? [invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')] : []),
      ...nonNegative('spec.leaseTransitions', spec.leaseTransitions),
    ];
  },
});
