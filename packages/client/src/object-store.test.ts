import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Persisted, Pod } from '@flotilla/api';
import { byNodeName, keyOf, ObjectStore, splitKey } from './index.js';

function pod(name: string, nodeName?: string): Persisted<Pod> {
  const metadata = { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], ...(nodeName !== undefined && { nodeName }) } };
}

test('indexes follow the objects, whenever they are added', () => {
  const store = new ObjectStore<Pod>();
  store.set(pod('a'));
  store.addIndex('node', byNodeName);
  store.set(pod('b', 'n1'));
  assert.deepEqual(store.byIndex('node', '').map(keyOf), ['ns/a']);
  store.set(pod('a', 'n1'));
  assert.deepEqual(store.byIndex('node', '').map(keyOf), []);
  assert.deepEqual(store.byIndex('node', 'n1').map(keyOf).sort(), ['ns/a', 'ns/b']);
  store.delete('ns/a');
  assert.deepEqual(store.byIndex('node', 'n1').map(keyOf), ['ns/b']);
  assert.equal(store.get('ns/a'), undefined);
});

test('keys go there and back', () => {
  assert.deepEqual(splitKey('ns/a'), { namespace: 'ns', name: 'a' });
  assert.deepEqual(splitKey('node-1'), { namespace: '', name: 'node-1' });
});
