import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Definition, type KubernetesObject, kinds } from '@flotilla/api';
import { seededRandom, silentLogger } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import { openLocal } from '@flotilla/store-client';
import type { WatchEvent } from '../registry/registry.js';
import { failure } from '../testing/registries.js';
import { Caches } from './caches.js';
import { Keys } from './keys.js';
import { RecentWrites } from './recent-writes.js';
import { selectionOf } from './selection.js';

const secrets = kinds.secrets as unknown as Definition; // declared with its own object type
const configMaps = kinds.configMaps as unknown as Definition; // as above

test('a cache of size 0 remembers no past: it is asked of the store, as long as that has it', async () => {
  const tools = { clock: systemClock, random: seededRandom(1), log: silentLogger };
  const store = openLocal(tools);
  const keys = new Keys('/registry');
  const windowSizes = new Map([['secrets', 0]]);
  const caches = new Caches({ store, recent: new RecentWrites(), keys, prefix: '/registry', windowSizes, ...tools });
  const { signal } = new AbortController();
  const put = async (definition: Definition, name: string) => {
    const { kind, plural } = definition;
    const value = Buffer.from(JSON.stringify({ kind, apiVersion: 'v1', metadata: { name, namespace: 'default' } }));
    const { revision } = await store.put({ key: Buffer.from(`/registry/${plural}/default/${name}`), value });
    return revision;
  };
  const watchAfter = (definition: Definition, revision: number) => {
    const view = caches.view(definition);
    const selectors = { labelSelector: '', fieldSelector: '' };
    return caches.of(definition).watchAfter(revision, {
      selection: selectionOf(definition, view, keys.collection(definition, 'default'), selectors),
      view,
      type: { apiVersion: 'v1', kind: definition.kind },
      bookmarks: false,
      markInitialEnd: false,
      signal,
    });
  };
  const firstOf = async (definition: Definition, revision: number) => {
    const watcher = await watchAfter(definition, revision);
    const { value = [] } = await watcher[Symbol.asyncIterator]().next();
    return (value as readonly WatchEvent[]).map(({ type, object }) => `${type} ${(object as KubernetesObject).metadata.name}`);
  };
  for (const definition of [secrets, configMaps]) await caches.of(definition).snapshot();
  const start = await put(secrets, 'a');
  await put(configMaps, 'a');
  const last = await put(secrets, 'b');
  await put(configMaps, 'b');
  for (const definition of [secrets, configMaps]) await caches.of(definition).snapshotAt(last + 1, signal);
  assert.deepEqual(await firstOf(secrets, start), ['ADDED b']);
  assert.deepEqual(await firstOf(configMaps, start), ['ADDED a', 'ADDED b']);
  await store.compact(last + 1);
  assert.match(await failure(watchAfter(secrets, start)), /^410 Expired/);
  assert.deepEqual(await firstOf(configMaps, start), ['ADDED a', 'ADDED b']);
  assert.deepEqual([caches.of(secrets).counts.capacity, caches.of(configMaps).counts.capacity > 0], [0, true]);
  await caches.close();
  await store.close();
});
