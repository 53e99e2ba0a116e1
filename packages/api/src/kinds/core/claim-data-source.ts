import type { PersistentVolumeClaimSpec, TypedLocalObjectReference } from '../../generated/types.js';
import type { Draft } from '../../objects.js';

type Spec = Draft<PersistentVolumeClaimSpec>;

/**
 * What a claim is to be filled with has two names. The older one, `dataSource`, knows claims and snapshots only, and has
 * always kept quiet about anything else; the newer one takes every kind, but of the claim's own namespace.
 * @param old the claim before an update: what it has been filled with may be named again in the old way
 */
export function settleDataSource(spec: Spec, old?: PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec;
  if ((dataSourceRef?.namespace ?? '') !== '' && old?.dataSourceRef === undefined) delete spec.dataSourceRef;
  const isNew = old?.dataSource === undefined && old?.dataSourceRef === undefined;
  if (isNew && spec.dataSourceRef === undefined && dataSource !== undefined && !isClaimOrSnapshot(dataSource)) {
    delete spec.dataSource;
  }
  alignDataSources(spec);
}

/** Whichever of the two names is given, the other says the same. */
export function alignDataSources(spec: Spec): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined && dataSourceRef === undefined) spec.dataSourceRef = { ...dataSource };
  if (dataSource !== undefined || dataSourceRef === undefined || (dataSourceRef.namespace ?? '') !== '') return;
  const { namespace: _, ...source } = dataSourceRef;
  spec.dataSource = source;
}

function isClaimOrSnapshot({ apiGroup = '', kind }: Draft<TypedLocalObjectReference>): boolean {
  if (kind === 'PersistentVolumeClaim') return apiGroup === '';
  return kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io';
}
