import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { failure, type Loose, pod, Registries } from '../../testing/registries.js';

/** What objects get from the class that they name, or from the default one. */
describe('classes', () => {
  const registries = new Registries();
  const client = registries.at();
  before(() => client.namespace());
  after(() => registries.close());

  const claim = (name: string, spec: Loose = {}) => ({
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  });
  const isDefault = { 'storageclass.kubernetes.io/is-default-class': 'true' };

  test('claims get the default storage class', async () => {
    const none = await client.create(kinds.persistentVolumeClaims, claim('none'));
    assert.equal(none.spec.storageClassName, undefined);
    for (const [name, annotations] of [
      ['plain', {}],
      ['usual', isDefault],
      ['zed', isDefault],
    ] as const) {
      await client.create(kinds.storageClasses, { metadata: { name, annotations }, provisioner: 'x.io/p' });
    }
    await client.list(kinds.storageClasses);
    const classOf = async (name: string, spec: Loose) =>
      (await client.create(kinds.persistentVolumeClaims, claim(name, spec))).spec.storageClassName;
    assert.match(await classOf('some', {}), /^(usual|zed)$/); // the younger one, when they were made in different seconds
    assert.equal(await classOf('own', { storageClassName: 'plain' }), 'plain');
    assert.equal(await classOf('without', { storageClassName: '' }), '');
  });

  test('claims and volumes that are in use are protected', async () => {
    const made = await client.create(kinds.persistentVolumeClaims, claim('guarded'));
    assert.deepEqual(made.metadata.finalizers, ['kubernetes.io/pvc-protection']);
    const volume = {
      metadata: { name: 'v', finalizers: ['x.io/y'] },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } },
    };
    const { metadata } = await client.create(kinds.persistentVolumes, volume);
    assert.deepEqual(metadata.finalizers, ['x.io/y', 'kubernetes.io/pv-protection']);
  });

  test('ingresses get the default class', async () => {
    const ingress = (name: string, more: Loose = {}) => ({
      metadata: { name, ...more.metadata },
      spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } }, ...more.spec },
    });
    const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
    await client.create(kinds.ingressClasses, { metadata: { name: 'front', annotations }, spec: { controller: 'x.io/c' } });
    await client.list(kinds.ingressClasses);
    const classOf = async (name: string, more?: Loose) =>
      (await client.create(kinds.ingresses, ingress(name, more))).spec.ingressClassName;
    assert.equal(await classOf('a'), 'front');
    assert.equal(await classOf('b', { spec: { ingressClassName: 'other' } }), 'other');
    assert.equal(await classOf('c', { metadata: { annotations: { 'kubernetes.io/ingress.class': 'old' } } }), undefined);
  });

  test('claims grow where their class allows it', async () => {
    await client.create(kinds.storageClasses, {
      metadata: { name: 'elastic' },
      provisioner: 'x.io/p',
      allowVolumeExpansion: true,
    });
    await client.create(kinds.storageClasses, { metadata: { name: 'rigid' }, provisioner: 'x.io/p' });
    await client.list(kinds.storageClasses);
    for (const storageClassName of ['elastic', 'rigid']) {
      await client.create(kinds.persistentVolumeClaims, claim(storageClassName, { storageClassName, volumeName: 'v' }));
    }
    const grow = (name: string) =>
      client.patch(kinds.persistentVolumeClaims, name, { spec: { resources: { requests: { storage: '2Gi' } } } });
    const bind = (name: string) =>
      client.patch(kinds.persistentVolumeClaims, name, { status: { phase: 'Bound' } }, { subresource: 'status' });
    await bind('elastic');
    await bind('rigid');
    assert.equal((await grow('elastic')).spec.resources.requests.storage, '2Gi');
    assert.equal(
      await failure(grow('rigid')),
      '403 Forbidden: persistentvolumeclaims "rigid" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  });

  test('pods of a runtime class', async () => {
    const toleration = { key: 'sandbox', operator: 'Exists', effect: 'NoSchedule' };
    await client.create(kinds.runtimeClasses, {
      metadata: { name: 'kata' },
      handler: 'kata',
      overhead: { podFixed: { memory: '120Mi' } },
      scheduling: { nodeSelector: { vm: 'yes' }, tolerations: [toleration] },
    });
    const create = (spec: Loose) => client.create(kinds.pods, pod('p', { spec }));
    const { spec } = await create({ runtimeClassName: 'kata', nodeSelector: { disk: 'ssd' } });
    assert.deepEqual([spec.overhead, spec.nodeSelector], [{ memory: '120Mi' }, { disk: 'ssd', vm: 'yes' }]);
    assert.ok(spec.tolerations.some(({ key }: Loose) => key === 'sandbox'));
    const rows: readonly (readonly [Loose, string])[] = [
      [{ runtimeClassName: 'none' }, 'pod rejected: RuntimeClass "none" not found'],
      [
        { runtimeClassName: 'kata', overhead: { memory: '1Mi' } },
        "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
      ],
      [{ overhead: { memory: '1Mi' } }, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'],
      [
        { runtimeClassName: 'kata', nodeSelector: { vm: 'no' } },
        'conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no',
      ],
    ];
    for (const [bad, expected] of rows) {
      assert.equal(await failure(create(bad)), `403 Forbidden: pods "p" is forbidden: ${expected}`);
    }
  });
});
