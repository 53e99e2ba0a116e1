import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '@flotilla/api';
import { ManualClock, seededRandom, silentLogger } from '@flotilla/base';
import { eventually, FakeCluster } from '@flotilla/client/testing';
import { EventRecorder } from './index.js';

test('repeats raise the count of one event, others are events of their own, floods are cut off', async () => {
  const cluster = await FakeCluster.start();
  const client = cluster.client();
  const map = await client
    .resource(kinds.configMaps)
    .create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } });
  const events = client.resource(kinds.events);
  const clock = new ManualClock();
  const recorder = new EventRecorder({ events, component: 'test', clock, random: seededRandom(1), log: silentLogger });
  recorder.normal(map, 'Made', 'it was made');
  recorder.normal(map, 'Made', 'it was made');
  recorder.warning(map, 'Broken', 'it broke');
  const summary = async () =>
    (await events.list()).items.map(
      ({ reason, type, count, involvedObject }) => `${type} ${reason} ${count} ${involvedObject.uid}`,
    );
  const { uid } = map.metadata;
  await eventually('events are there', async () => (await summary()).length === 2);
  await eventually('the repeat is counted', async () => (await summary()).includes(`Normal Made 2 ${uid}`));
  assert.ok((await summary()).includes(`Warning Broken 1 ${uid}`));
  for (let i = 0; i < 100; i++) recorder.normal(map, 'Flood', `${i}`);
  await eventually('the flood ends', async () => (await summary()).length === 24);
  await cluster.stop();
});
