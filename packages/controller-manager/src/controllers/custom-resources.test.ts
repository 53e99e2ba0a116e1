import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { customDefinition, type KubernetesObject, kinds } from '@flotilla/api';
import type { ApiClient } from '@flotilla/client';
import { eventually, type FakeCluster } from '@flotilla/client/testing';
import { type RunningControllers, startControllers } from '../testing/running-controllers.js';
import { garbageCollector } from './garbage-collector/index.js';
import { namespaceController } from './namespace/index.js';
import { resourceQuotaController } from './resource-quota/index.js';

const namespace = 'default';
const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };
const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'boats.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced' as const,
    names: { plural: 'boats', singular: 'boat', kind: 'Boat', listKind: 'BoatList' },
    versions: [version],
  },
};
const unchanged = (object: KubernetesObject) => object;
const boats = customDefinition(crd, version, {
  rulesOf: () => () => [],
  conversionOf: () => ({ toStorage: unchanged, fromStorage: unchanged }),
});

describe('controllers know resources that are defined while they run', () => {
  let cluster: FakeCluster;
  let client: ApiClient;
  let running: RunningControllers;

  beforeEach(async () => {
    const prepare = (empty: FakeCluster) =>
      empty.storage.create(kinds.namespaces, '', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace, finalizers: ['example.com/stay'] },
        spec: { finalizers: ['kubernetes'] },
      });
    const controllers = [garbageCollector, namespaceController, resourceQuotaController];
    running = await startControllers(controllers, { prepare });
    ({ cluster, client } = running);
  });
  afterEach(() => running.stop());

  const define = () => {
    cluster.definitions.add(boats);
    return client.resource(kinds.customResourceDefinitions).create(crd);
  };
  const undefine = () => {
    cluster.definitions.delete(boats);
    return client.resource(kinds.customResourceDefinitions).delete(crd.metadata.name);
  };
  const fleet = () => client.resource<KubernetesObject>(boats);
  const boat = (name: string, metadata: KubernetesObject['metadata'] = {}): KubernetesObject => ({
    apiVersion: 'example.com/v1',
    kind: 'Boat',
    metadata: { name, namespace, ...metadata },
  });
  const owners = (kind: string, apiVersion: string, { name = '', uid = '' }: KubernetesObject['metadata']) => ({
    ownerReferences: [{ apiVersion, kind, name, uid }],
  });
  const maps = () => client.resource(kinds.configMaps);
  const map = (name: string, metadata: KubernetesObject['metadata'] = {}) => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...metadata } },
  });
  const names = (definition: Parameters<typeof cluster.storage.list>[0]) =>
    cluster.storage.list(definition, namespace).map(({ metadata }) => metadata.name);

  test('a quota counts them, those that there are none of too', async () => {
    const quotas = client.resource(kinds.resourceQuotas);
    const hard = { 'count/boats.example.com': '3' };
    await quotas.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace }, spec: { hard } });
    const used = async () => (await quotas.get('q', { namespace })).status?.used;
    await eventually('the limit is told', async () => (await quotas.get('q', { namespace })).status?.hard !== undefined);
    assert.equal(await used(), undefined);
    await define();
    await eventually('none', async () => (await used())?.['count/boats.example.com'] === '0');
    await fleet().create(boat('a'));
    await fleet().create(boat('b'));
    await eventually('two', async () => (await used())?.['count/boats.example.com'] === '2');
    await fleet().delete('a', { namespace });
    await eventually('one', async () => (await used())?.['count/boats.example.com'] === '1');
  });

  test('garbage collection: as owners and as what is owned', async () => {
    await define();
    const owner = await fleet().create(boat('owner'));
    await maps().create(map('cargo', owners('Boat', 'example.com/v1', owner.metadata)));
    const harbour = await maps().create(map('harbour'));
    await fleet().create(boat('ferry', owners('ConfigMap', 'v1', harbour.metadata)));
    await maps().delete('harbour', { namespace });
    await eventually('the ferry goes with its harbour', () => !names(boats).includes('ferry'));
    assert.deepEqual(names(kinds.configMaps), ['cargo']);
    await fleet().delete('owner', { namespace, propagationPolicy: 'Foreground' });
    await eventually('the cargo goes with its boat', () => names(kinds.configMaps).length === 0 && names(boats).length === 0);
  });

  test('garbage collection: what names an owner of an unknown kind stays until the kind is known', async () => {
    await maps().create(map('lost', owners('Boat', 'example.com/v1', { name: 'sunk', uid: 'no-such-uid' })));
    const gone = await maps().create(map('gone'));
    await maps().create(map('witness', owners('ConfigMap', 'v1', gone.metadata)));
    await maps().delete('gone', { namespace });
    await eventually('others are collected', () => !names(kinds.configMaps).includes('witness'));
    assert.deepEqual(names(kinds.configMaps), ['lost']);
    await define();
    await eventually('it is collected', () => names(kinds.configMaps).length === 0);
  });

  test('garbage collection: a server that does not serve the owner yet does not say that it is gone', async () => {
    await define();
    const owner = await fleet().create(boat('owner'));
    let asked = 0;
    cluster.fault = (line) => {
      if (!line.startsWith('GET /apis/example.com/v1/namespaces/default/boats/owner')) return undefined;
      asked++;
      return { code: 404, reason: 'NotFound' };
    };
    // A uid that no cache has makes it ask.
    await maps().create(map('cargo', owners('Boat', 'example.com/v1', { ...owner.metadata, uid: 'another' })));
    await eventually('asked repeatedly', () => asked > 2);
    assert.deepEqual(names(kinds.configMaps), ['cargo']);
    cluster.fault = () => undefined;
    await eventually('collected', () => names(kinds.configMaps).length === 0);
  });

  test('a deleted namespace is emptied of them, and says what it waits for', async () => {
    await define();
    await fleet().create(boat('free'));
    await fleet().create(boat('held', { finalizers: ['example.com/hold'] }));
    const namespaces = client.resource(kinds.namespaces);
    await namespaces.delete(namespace);
    const message = async (type: string) =>
      (await namespaces.get(namespace)).status?.conditions?.find((one) => one.type === type)?.message;
    await eventually('told', async () => (await message('NamespaceContentRemaining'))?.includes('boats') === true);
    assert.deepEqual(
      [await message('NamespaceContentRemaining'), await message('NamespaceFinalizersRemaining')],
      [
        'Some resources are remaining: boats.example.com has 1 resource instances',
        'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
      ],
    );
    await fleet().patch('held', { metadata: { finalizers: null } }, { namespace, type: 'merge' });
    const finalized = 'PUT /api/v1/namespaces/default/finalize';
    await eventually('finalized', () => cluster.requests.includes(finalized), 15_000);
    assert.deepEqual(names(boats), []);
  });

  test('a definition that goes is watched no more; when it comes again, it is known again', async () => {
    const watches = () => cluster.requests.filter((line) => line.startsWith('WATCH /apis/example.com/v1/boats')).length;
    await define();
    await eventually('watched', () => watches() === 1);
    await undefine();
    cluster.breakConnections();
    await eventually(
      'others are watched again',
      () => cluster.requests.filter((l) => l.startsWith('WATCH /api/v1/pods')).length > 1,
    );
    assert.equal(watches(), 1);
    await define();
    await eventually('watched again', () => watches() === 2);
  });
});
