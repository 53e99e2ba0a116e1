import type { PersistentVolumeSpec, Volume } from '../generated/types.js';
import type { Draft } from '../objects.js';

type Common = 'hostPath' | 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO';

/** What volumes of pods and persistent volumes have in common. */
export function defaultVolumeSource(source: Pick<Draft<Volume>, Common> | Pick<Draft<PersistentVolumeSpec>, Common>): void {
  const { hostPath, iscsi, rbd, azureDisk, scaleIO } = source;
  if (hostPath !== undefined) hostPath.type ??= '';
  if (iscsi !== undefined) iscsi.iscsiInterface ||= 'default';
  if (rbd !== undefined) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk !== undefined) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.kind ??= 'Shared';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  }
  if (scaleIO !== undefined) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
}
