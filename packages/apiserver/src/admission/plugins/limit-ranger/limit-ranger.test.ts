import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { failure, type Loose, pod, Registries } from '../../../testing/registries.js';

describe('LimitRanger', () => {
  const registries = new Registries();
  const client = registries.at();
  before(() => client.namespace());
  after(() => registries.close());

  let last = 0;
  /** Makes something under one range alone, in a namespace of its own. */
  async function under(limits: Loose[], create: (namespace: string) => Promise<Loose>): Promise<Loose> {
    const namespace = `n${++last}`;
    await client.namespace(namespace);
    await client.create(kinds.limitRanges, { metadata: { name: 'range' }, spec: { limits } }, { namespace });
    await client.list(kinds.limitRanges); // the cache knows it now
    return create(namespace);
  }
  const withContainers = (containers: Loose[], initContainers: Loose[] = []) =>
    pod('p', {
      spec: {
        containers: containers.map((resources, i) => ({ name: `c${i}`, image: 'i', resources })),
        initContainers: initContainers.map((resources, i) => ({ name: `i${i}`, image: 'i', resources })),
      },
    });
  const create = (body: Loose) => (namespace: string) => client.create(kinds.pods, body, { namespace });

  test('containers get what they lack', async () => {
    const limits = [{ type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m', memory: '64Mi' } }];
    const { spec, metadata } = await under(limits, create(withContainers([{}, { requests: { cpu: '200m' } }], [{}])));
    assert.deepEqual(
      [...spec.containers, ...spec.initContainers].map(({ resources }: Loose) => resources),
      [
        { limits: { cpu: '500m' }, requests: { cpu: '100m', memory: '64Mi' } },
        { limits: { cpu: '500m' }, requests: { cpu: '200m', memory: '64Mi' } },
        { limits: { cpu: '500m' }, requests: { cpu: '100m', memory: '64Mi' } },
      ],
    );
    assert.equal(
      metadata.annotations['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: cpu, memory request for container c0; cpu limit for container c0; memory request for container c1; cpu limit for container c1; cpu, memory request for init container i0; cpu limit for init container i0',
    );
  });

  const rows: readonly (readonly [string, Loose, Loose, string])[] = [
    [
      'min',
      { type: 'Container', min: { cpu: '100m' }, default: { cpu: '1' }, defaultRequest: { cpu: '1' } },
      withContainers([{ requests: { cpu: '50m' } }]),
      'minimum cpu usage per Container is 100m, but request is 50m',
    ],
    [
      'max, of several resources',
      { type: 'Container', max: { cpu: '1', memory: '1Gi' } },
      withContainers([{ limits: { cpu: '2', memory: '2Gi' } }]),
      '[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
    ],
    [
      'ratio',
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      withContainers([{ limits: { cpu: '1' }, requests: { cpu: '300m' } }]),
      'cpu max limit to request ratio per Container is 2, but provided ratio is 3.333333',
    ],
    [
      'ratio of nothing',
      { type: 'Container', maxLimitRequestRatio: { memory: '2' } },
      withContainers([{}]),
      'memory max limit to request ratio per Container is 2, but no request is specified or request is 0',
    ],
    [
      'pods: containers together',
      { type: 'Pod', max: { cpu: '1' } },
      withContainers([{ limits: { cpu: '600m' } }, { limits: { cpu: '600m' } }]),
      'maximum cpu usage per Pod is 1, but limit is 1200m',
    ],
    [
      'pods: init containers at their turn',
      { type: 'Pod', max: { cpu: '1' } },
      withContainers([{ limits: { cpu: '600m' } }], [{ limits: { cpu: '1500m' } }]),
      'maximum cpu usage per Pod is 1, but limit is 1500m',
    ],
    [
      'pods without limits',
      { type: 'Pod', max: { cpu: '1' } },
      withContainers([{}]),
      'maximum cpu usage per Pod is 1.  No limit is specified',
    ],
  ];
  for (const [name, item, body, expected] of rows) {
    test(name, async () => {
      assert.equal(await failure(under([item], create(body))), `403 Forbidden: pods "p" is forbidden: ${expected}`);
    });
  }

  test('claims', async () => {
    const item = { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '4Gi' } };
    const claim = (storage: string) => (namespace: string) =>
      client.create(
        kinds.persistentVolumeClaims,
        { metadata: { name: 'd' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } } },
        { namespace },
      );
    await under([item], claim('2Gi'));
    const refused = '403 Forbidden: persistentvolumeclaims "d" is forbidden';
    assert.equal(
      await failure(under([item], claim('8Gi'))),
      `${refused}: maximum storage usage per PersistentVolumeClaim is 4Gi, but request is 8Gi`,
    );
    assert.equal(
      await failure(under([item], claim('1Mi'))),
      `${refused}: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi`,
    );
  });
});
