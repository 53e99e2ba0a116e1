import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { silentLogger } from '@flotilla/base';
import { FakeCluster, testClock, testRandom } from '@flotilla/client/testing';
import { runElected } from './index.js';

async function setUp(t: TestContext) {
  const cluster = await FakeCluster.start();
  t.after(() => cluster.stop());
  const leases = cluster.client().resource(kinds.leases);
  const options = {
    leases,
    leaseName: 'kube-scheduler',
    hostName: 'cp-1',
    clock: testClock,
    random: testRandom,
    log: silentLogger,
  };
  return { cluster, leases, options };
}

test('whoever leads holds the Lease in kube-system, under its host and a part of its own, and gives it back', async (t) => {
  const { leases, options } = await setUp(t);
  const holder = async () => (await leases.get('kube-scheduler', { namespace: 'kube-system' })).spec?.holderIdentity ?? '';
  const stop = new AbortController();
  let during = '';
  const lead = async () => {
    during = await holder();
    stop.abort();
  };
  await runElected({ ...options, enabled: true }, lead, stop.signal);
  assert.match(during, /^cp-1_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(await holder(), '');
});

test('without an election it leads at once and asks nobody', async (t) => {
  const { cluster, options } = await setUp(t);
  let led = false;
  const lead = async () => {
    led = true;
  };
  await runElected({ ...options, enabled: false }, lead, new AbortController().signal);
  assert.ok(led);
  assert.deepEqual(cluster.requests, []);
});
