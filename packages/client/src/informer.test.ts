import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type ConfigMap, kinds } from '@flotilla/api';
import { Informer, type ResourceClient } from './index.js';
import { eventually, FakeCluster } from './testing/index.js';

function configMap(name: string, value = '1'): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { value } };
}

describe('informer', () => {
  let cluster: FakeCluster;
  let maps: ResourceClient<ConfigMap>;
  let stop: AbortController;
  let informer: Informer<ConfigMap>;
  let seen: string[];
  let running: Promise<void>;

  beforeEach(async () => {
    cluster = await FakeCluster.start();
    const client = cluster.client();
    maps = client.resource(kinds.configMaps);
    stop = new AbortController();
    informer = new Informer(maps);
    seen = [];
    informer.addHandler({
      added: (map) => seen.push(`+${map.metadata.name}=${map.data?.['value']}`),
      updated: (_before, map) => seen.push(`~${map.metadata.name}=${map.data?.['value']}`),
      deleted: (map) => seen.push(`-${map.metadata.name}`),
    });
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await cluster.stop();
  });
  const start = () => {
    running = informer.run(stop.signal);
    return informer.synced(stop.signal);
  };
  const watches = () => cluster.requests.filter((line) => line.startsWith('WATCH') || line.includes('watch=true')).length;
  const lists = () => cluster.requests.filter((line) => /^GET [^?]*configmaps(\?(?!.*watch=).*)?$/.test(line)).length;

  for (const plainWatches of [false, true]) {
    test(`lists, then follows changes over ${plainWatches ? 'JSON lines' : 'WebSocket'}`, async () => {
      cluster.plainWatches = plainWatches;
      const first = await maps.create(configMap('a'));
      await start();
      assert.deepEqual(seen, ['+a=1']);
      await maps.update({ ...first, data: { value: '2' } });
      await maps.create(configMap('b'));
      await maps.delete('a', { namespace: 'default' });
      await eventually('all seen', () => seen.length === 4);
      assert.deepEqual(seen, ['+a=1', '~a=2', '+b=1', '-a']);
      assert.deepEqual(
        informer.byIndex('namespace', 'default').map(({ metadata }) => metadata.name),
        ['b'],
      );
    });
  }

  test('resumes a broken watch where it was: no gap, no duplicate, no list', async () => {
    await start();
    await eventually('watching', () => watches() === 1);
    await maps.create(configMap('a'));
    await eventually('a is seen', () => seen.length === 1);
    cluster.breakConnections();
    await maps.create(configMap('b'));
    await eventually('b is seen', () => seen.length === 2);
    assert.deepEqual(seen, ['+a=1', '+b=1']);
    assert.equal(lists(), 1);
  });

  test('lists again when its version is compacted, and finds what changed and what is gone', async () => {
    await maps.create(configMap('kept'));
    await maps.create(configMap('gone'));
    await start();
    await eventually('watching', () => watches() === 1);
    cluster.fault = (line) => (line.startsWith('WATCH') ? { code: 503, reason: 'ServiceUnavailable' } : undefined);
    cluster.breakConnections();
    await maps.delete('gone', { namespace: 'default' });
    const old = await maps.get('kept', { namespace: 'default' });
    await maps.update({ ...old, data: { value: '2' } });
    cluster.storage.compact();
    await maps.create(configMap('new'));
    cluster.storage.compact();
    cluster.fault = () => undefined;
    await eventually('caught up', () => seen.length === 5);
    assert.deepEqual(seen.slice(2).sort(), ['+new=1', '-gone', '~kept=2']);
    assert.equal(lists(), 2);
  });

  test('an object made again under its name is deleted and added', async () => {
    await maps.create(configMap('a'));
    await start();
    await maps.delete('a', { namespace: 'default' });
    await maps.create(configMap('a', '2'));
    await eventually('seen', () => seen.length === 3);
    assert.deepEqual(seen, ['+a=1', '-a', '+a=2']);
  });

  test('a late handler is told what is there', async () => {
    await maps.create(configMap('a'));
    await start();
    const late: string[] = [];
    informer.addHandler({ added: (map) => late.push(map.metadata.name) });
    assert.deepEqual(late, ['a']);
  });
});
