import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@flotilla/base';
import { createMetrics, systemClock } from '@flotilla/process';
import { openLocal } from '@flotilla/store-client';
import { measuredStore } from './store-metrics.js';

test('requests to the store are counted, failed ones apart', async () => {
  const metrics = createMetrics();
  const store = measuredStore(openLocal({ clock: systemClock, random: seededRandom(1) }), metrics, systemClock);
  const key = Buffer.from('a');
  await store.put({ key, value: Buffer.from('1') });
  assert.equal((await store.range({ key })).count, 1);
  await assert.rejects(store.range({ key, revision: 1_000 }));
  const text = await metrics.registry.metrics();
  assert.match(text, /etcd_requests_total\{operation="put"\} 1\n/);
  assert.match(text, /etcd_requests_total\{operation="range"\} 2\n/);
  assert.match(text, /etcd_request_errors_total\{operation="range"\} 1\n/);
  assert.match(text, /etcd_request_duration_seconds_count\{operation="range"\} 2\n/);
  await store.close();
});
