import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../kinds/kinds.js';
import { created } from '../testing/refusal.js';

const sources = {
  hostPath: [{ path: '/x' }, { type: '' }],
  iscsi: [{ targetPortal: 'x', iqn: 'iqn.2001-04.com.example:storage', lun: 0 }, { iscsiInterface: 'default' }],
  rbd: [
    { image: 'i', monitors: ['m'] },
    { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
  ],
  azureDisk: [
    { diskName: 'd', diskURI: 'https://x/y' },
    { cachingMode: 'ReadWrite', kind: 'Shared', fsType: 'ext4', readOnly: false },
  ],
  scaleIO: [
    { gateway: 'g', system: 's', volumeName: 'v', secretRef: { name: 'x' } },
    { storageMode: 'ThinProvisioned', fsType: 'xfs' },
  ],
} as const;

for (const [name, [given, defaults]] of Object.entries(sources)) {
  test(`a volume of type ${name} is defaulted alike in pods and persistent volumes`, () => {
    const whole = { ...given, ...defaults };
    const spec = { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', [name]: given }] };
    const pod = created(kinds.pods, { spec }) as { readonly spec?: { readonly volumes?: readonly object[] } };
    assert.deepEqual(pod.spec?.volumes?.[0], { name: 'v', [name]: whole });
    const source = name === 'scaleIO' ? { ...given, secretRef: { name: 'x', namespace: 'y' } } : given;
    const volume = created(kinds.persistentVolumes, {
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], [name]: source },
    });
    assert.deepEqual(Reflect.get(Reflect.get(volume, 'spec') as object, name), { ...source, ...defaults });
  });
}
