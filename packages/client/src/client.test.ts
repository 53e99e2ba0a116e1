import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type ConfigMap, hasReason, kinds } from '@flotilla/api';
import { ConnectionError, type ResourceClient } from './index.js';
import { FakeCluster } from './testing/index.js';

const deadServer = 'http://127.0.0.1:1';

function configMap(name: string, value = '1'): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', labels: { app: name } },
    data: { value },
  };
}

describe('verbs', () => {
  let cluster: FakeCluster;
  let maps: ResourceClient<ConfigMap>;
  before(async () => {
    cluster = await FakeCluster.start();
    maps = cluster.client().resource(kinds.configMaps);
  });
  after(() => cluster.stop());
  beforeEach(() => {
    cluster.fault = () => undefined;
    cluster.requests.length = 0;
  });

  test('create, get, list by selector, update, patch, delete', async () => {
    const created = await maps.create(configMap('a'));
    await maps.create(configMap('b'));
    assert.equal((await maps.get('a', { namespace: 'default' })).metadata.uid, created.metadata.uid);
    const list = await maps.list({ namespace: 'default', labelSelector: 'app in (b)' });
    assert.deepEqual(
      list.items.map(({ kind, metadata }) => [kind, metadata.name]),
      [['ConfigMap', 'b']],
    );
    const updated = await maps.update({ ...created, data: { value: '2' } });
    const patched = await maps.patch('a', { data: { more: '3' } }, { namespace: 'default', type: 'merge' });
    assert.deepEqual(patched.data, { value: '2', more: '3' });
    await assert.rejects(maps.update({ ...updated, data: {} }), (error) => hasReason(error, 'Conflict'));
    await maps.delete('a', { namespace: 'default', preconditions: { uid: created.metadata.uid } });
    await assert.rejects(maps.get('a', { namespace: 'default' }), (error) => hasReason(error, 'NotFound'));
    await maps.deleteCollection({ namespace: 'default' });
    assert.equal((await maps.list()).items.length, 0);
  });

  test('a server that is down is passed over, by writes too', async () => {
    const failing = cluster.client([deadServer, cluster.url]).resource(kinds.configMaps);
    await failing.create(configMap('over'));
    assert.equal((await failing.get('over', { namespace: 'default' })).metadata.name, 'over');
  });

  test('no server at all is a ConnectionError that was not sent', async () => {
    const nowhere = cluster.client([deadServer]).resource(kinds.configMaps);
    await assert.rejects(nowhere.create(configMap('x')), (error) => error instanceof ConnectionError && !error.sent);
  });

  test('a read whose connection breaks is asked again, a write is not', async () => {
    let faults = 1;
    cluster.fault = () => (faults-- > 0 ? 'drop' : undefined);
    await maps.list();
    assert.equal(cluster.requests.length, 2);
    cluster.requests.length = 0;
    faults = 1;
    cluster.fault = () => (faults-- > 0 ? 'cut' : undefined);
    await maps.list();
    assert.equal(cluster.requests.length, 2);
    cluster.requests.length = 0;
    faults = 1;
    cluster.fault = () => (faults-- > 0 ? 'lose' : undefined);
    await assert.rejects(maps.create(configMap('lost')), (error) => error instanceof ConnectionError && error.sent);
    assert.equal(cluster.requests.length, 1);
    assert.equal((await maps.get('lost', { namespace: 'default' })).metadata.name, 'lost');
  });

  test('a signal ends a request with its own reason', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    cluster.fault = () => {
      stop.abort(reason);
      return undefined;
    };
    await assert.rejects(maps.list({ signal: stop.signal }), (error) => error === reason);
  });

  test('an answer that is no Status is still an error with a code', async () => {
    await assert.rejects(cluster.client().request({ method: 'GET', path: '/nowhere' }), (error) => hasReason(error, 'NotFound'));
  });
});
