import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { seededRandom } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import { openLocal } from '@flotilla/store-client';
import { getComputed, listComputed } from '../registry/computed-resource.js';
import { wholeResource } from '../registry/registry.js';
import { serverPair } from '../testing/certificates.js';
import { failure } from '../testing/registries.js';
import { type ComponentProbe, componentStatuses } from './component-statuses.js';
import { healthProbe, storeProbe } from './probes.js';

const address = '127.22.7.9';
let reply = { code: 200, text: 'ok' };
const component = createServer(serverPair, (_, response) => response.writeHead(reply.code).end(reply.text));
await new Promise<void>((resolve) => component.listen(0, address, resolve));
const { port } = component.address() as AddressInfo; // it listens on TCP
after(() => component.close());

const { signal } = new AbortController();
const refused = `Get "https://${address}:1/healthz": dial tcp ${address}:1: connect: connection refused`;

const table: readonly (readonly [string, typeof reply, number, object])[] = [
  ['a healthy component', { code: 200, text: 'ok' }, port, { healthy: true, message: 'ok' }],
  ['an ill one', { code: 500, text: 'no' }, port, { healthy: false, message: 'HTTP probe failed with statuscode: 500' }],
  ['one that is not there', { code: 200, text: '' }, 1, { healthy: false, message: refused }],
  ['one that says too much', { code: 200, text: 'x'.repeat(30_000) }, port, { healthy: true, message: 'x'.repeat(10_240) }],
];
for (const [what, answer, at, expected] of table) {
  test(`the answer of ${what}`, async () => {
    reply = answer;
    assert.deepEqual(await healthProbe(address, at)(signal), expected);
  });
}

test('a store is healthy as long as it answers', async () => {
  const store = openLocal({ clock: systemClock, random: seededRandom(1) });
  const probe = storeProbe(() => ({ store, close: async () => {} }), '/registry');
  assert.deepEqual(await probe(signal), { healthy: true, message: 'ok' });
  await store.close();
  const { healthy, error = '' } = await probe(signal);
  assert.deepEqual([healthy, error !== ''], [false, true]);
});

test('the endpoint of a store is asked by itself, and let go', async () => {
  let closed = 0;
  const broken = { range: () => Promise.reject(new Error('no leader')) };
  const probe = storeProbe(() => ({ store: broken, close: async () => void closed++ }), '/registry');
  assert.deepEqual([await probe(signal), closed], [{ healthy: false, error: 'no leader' }, 1]);
});

const statuses = componentStatuses(
  new Map<string, ComponentProbe>([
    ['etcd-0', async () => ({ healthy: true, message: 'ok' })],
    ['scheduler', async () => ({ healthy: false, message: refused })],
  ]),
);
const user = { username: 'admin', uid: '', groups: [], extra: {} };

test('a list has a status per component, and selectors narrow it', async () => {
  const list = async (fieldSelector: string) => {
    const request = { user, signal, ...wholeResource, fieldSelector };
    const answer = await listComputed(statuses, kinds.componentStatuses, request);
    return JSON.parse(Buffer.concat([...answer.chunks()]).toString());
  };
  const [etcd, scheduler, ...others] = (await list('')).items;
  assert.deepEqual(etcd.conditions, [{ type: 'Healthy', status: 'True', message: 'ok' }]);
  assert.deepEqual(scheduler.conditions, [{ type: 'Healthy', status: 'False', message: refused }]);
  assert.deepEqual(others, []);
  assert.deepEqual((await list('metadata.name=scheduler')).items, [scheduler]);
  assert.equal(await failure(list('spec.x=1')), '400 BadRequest: field label not supported: spec.x');
});

test('one component by its name', async () => {
  const get = (name: string) => getComputed(statuses, kinds.componentStatuses, { user, signal, name, resourceVersion: '' });
  assert.equal((await get('etcd-0')).object.metadata.name, 'etcd-0');
  assert.equal(await failure(get('x')), '404 NotFound: componentstatuses "x" not found');
});
