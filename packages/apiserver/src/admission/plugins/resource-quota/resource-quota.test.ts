import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { TestServer } from '../../../testing/api-servers.js';
import { failure, type Loose, pod, Registries } from '../../../testing/registries.js';

describe('ResourceQuota', () => {
  const registries = new Registries(3);
  const client = registries.at();
  before(() => client.namespace());
  after(() => registries.close());

  let last = 0;
  /** A namespace with one quota of which nothing is used yet, as the controller writes it. */
  async function limited(hard: Record<string, string>, more: Loose = {}): Promise<string> {
    const namespace = `n${++last}`;
    await client.namespace(namespace);
    await add(namespace, 'q', hard, more);
    return namespace;
  }
  async function add(namespace: string, name: string, hard: Record<string, string>, more: Loose = {}): Promise<void> {
    const { used, ...spec } = more;
    await client.create(kinds.resourceQuotas, { metadata: { name }, spec: { hard, ...spec } }, { namespace });
    const zero = Object.fromEntries(Object.keys(hard).map((key) => [key, '0']));
    const status = { hard, used: used ?? zero };
    await client.patch(kinds.resourceQuotas, name, { status }, { namespace, subresource: 'status' });
    for (const server of [0, 1, 2]) await registries.at(server).list(kinds.resourceQuotas); // their caches know it now
  }
  const usedOf = async (namespace: string, name = 'q') =>
    (await client.get(kinds.resourceQuotas, name, { namespace })).status.used;
  const requesting = (cpu: string, more: Loose = {}) =>
    pod('p', { spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }], ...more } });

  test('what is created is charged, and refused beyond the limit', async () => {
    const namespace = await limited({ pods: '2', 'requests.cpu': '500m' });
    await client.create(kinds.pods, requesting('100m'), { namespace });
    assert.deepEqual(await usedOf(namespace), { pods: '1', 'requests.cpu': '100m' });
    const second = { ...requesting('450m'), metadata: { name: 'b' } };
    assert.equal(
      await failure(client.create(kinds.pods, second, { namespace })),
      '403 Forbidden: pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=450m, used: requests.cpu=100m, limited: requests.cpu=500m',
    );
    assert.deepEqual(await usedOf(namespace), { pods: '1', 'requests.cpu': '100m' });
  });

  test('a dry run is judged and charged nothing', async () => {
    const namespace = await limited({ configmaps: '1', 'count/deployments.apps': '0' });
    const options = { dryRun: true, fieldValidation: 'Strict', fieldManager: 't' };
    await client.create(kinds.configMaps, { metadata: { name: 'a' } }, { namespace, options });
    assert.deepEqual(await usedOf(namespace), { configmaps: '0', 'count/deployments.apps': '0' });
    const labels = { a: 'b' };
    const template = { metadata: { labels }, spec: pod('x').spec };
    const deployment = { metadata: { name: 'd' }, spec: { selector: { matchLabels: labels }, template } };
    assert.equal(
      await failure(client.create(kinds.deployments, deployment, { namespace, options })),
      '403 Forbidden: deployments.apps "d" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: count/deployments.apps=0',
    );
  });

  test('pods must say what is limited', async () => {
    const namespace = await limited({ 'limits.cpu': '1', memory: '1Gi' });
    assert.equal(
      await failure(client.create(kinds.pods, requesting('1'), { namespace })),
      '403 Forbidden: pods "p" is forbidden: failed quota: q: must specify limits.cpu for: c; memory for: c',
    );
  });

  test('a quota that nobody has counted yet', async () => {
    const namespace = await limited({ pods: '2' }, { used: {} });
    assert.equal(
      await failure(client.create(kinds.pods, pod('p'), { namespace })),
      '403 Forbidden: pods "p" is forbidden: status unknown for quota: q, resources: pods',
    );
  });

  test('several quotas are charged all or none', async () => {
    const namespace = await limited({ secrets: '5' });
    await add(namespace, 'r', { secrets: '1' });
    const create = (name: string) => client.create(kinds.secrets, { metadata: { name } }, { namespace });
    await create('a');
    assert.match(await failure(create('b')), /exceeded quota: r, requested: secrets=1, used: secrets=1, limited: secrets=1$/);
    assert.deepEqual([await usedOf(namespace), await usedOf(namespace, 'r')], [{ secrets: '1' }, { secrets: '1' }]);
  });

  test('scopes', async () => {
    const matchExpressions = [{ scopeName: 'PriorityClass', operator: 'In', values: ['system-node-critical'] }];
    const namespace = await limited({ pods: '0' }, { scopeSelector: { matchExpressions } });
    await client.create(kinds.pods, pod('usual'), { namespace });
    const critical = pod('critical', { spec: { priorityClassName: 'system-node-critical' } });
    assert.match(await failure(client.create(kinds.pods, critical, { namespace })), /exceeded quota: q, requested: pods=1/);
    const effort = await limited({ pods: '0' }, { scopes: ['BestEffort'] });
    await client.create(kinds.pods, requesting('1m'), { namespace: effort });
    assert.match(await failure(client.create(kinds.pods, pod('x'), { namespace: effort })), /exceeded quota: q/);
  });

  test('an update is charged for what it adds', async () => {
    const namespace = await limited({ services: '1', 'services.nodeports': '1', 'services.loadbalancers': '0' });
    const ports = [{ name: 'a', port: 80 }];
    await client.create(kinds.services, { metadata: { name: 's' }, spec: { ports } }, { namespace });
    const change = (spec: Loose) => client.patch(kinds.services, 's', { spec }, { namespace });
    await change({ type: 'NodePort' });
    await change({ sessionAffinity: 'ClientIP' });
    assert.deepEqual(await usedOf(namespace), { services: '1', 'services.nodeports': '1', 'services.loadbalancers': '0' });
    assert.equal(
      await failure(change({ type: 'LoadBalancer' })),
      '403 Forbidden: services "s" is forbidden: exceeded quota: q, requested: services.loadbalancers=1, used: services.loadbalancers=0, limited: services.loadbalancers=0',
    );
  });

  test('what was freed counts, though the cache may not know it yet', async () => {
    const namespace = await limited({ configmaps: '1' }, { used: { configmaps: '1' } });
    const freed = registries
      .at(1)
      .patch(kinds.resourceQuotas, 'q', { status: { used: { configmaps: '0' } } }, { namespace, subresource: 'status' });
    await freed;
    await client.create(kinds.configMaps, { metadata: { name: 'a' } }, { namespace });
  });

  test('creates at the same time, through several servers, never exceed it', async () => {
    const namespace = await limited({ configmaps: '25', 'count/configmaps': '40' });
    const outcomes = await Promise.all(
      Array.from({ length: 120 }, (_, i) =>
        registries
          .at(i % 3)
          .create(kinds.configMaps, { metadata: { name: `c${i}` } }, { namespace })
          .then(
            () => 'created',
            (error: Error) => error.message.replace(/"c\d+"/, 'it'),
          ),
      ),
    );
    const refusal =
      'configmaps it is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=25, limited: configmaps=25';
    assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 25);
    assert.deepEqual(new Set(outcomes), new Set(['created', refusal]));
    assert.equal((await client.list(kinds.configMaps, { namespace })).items.length, 25);
    assert.deepEqual(await usedOf(namespace), { configmaps: '25', 'count/configmaps': '25' });
  });
});

test('over HTTPS: of many creates at once as many succeed as the quota allows', async () => {
  const server = await TestServer.start();
  const base = '/api/v1/namespaces/default';
  const post = (path: string, body: object) => server.call(`${base}/${path}`, { method: 'POST', body });
  await post('resourcequotas', {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q' },
    spec: { hard: { pods: '7' } },
  });
  const headers = { 'content-type': 'application/merge-patch+json' };
  const body = JSON.stringify({ status: { hard: { pods: '7' }, used: { pods: '0' } } });
  await server.call(`${base}/resourcequotas/q/status`, { method: 'PATCH', headers, body });
  await server.call(`${base}/resourcequotas`);
  const replies = await Promise.all(Array.from({ length: 30 }, (_, i) => post('pods', pod(`p${i}`))));
  const codes = replies.map(({ code }) => code);
  assert.deepEqual([codes.filter((code) => code === 201).length, codes.filter((code) => code === 403).length], [7, 23]);
  const { json } = await server.call(`${base}/resourcequotas/q`);
  assert.deepEqual(json.status.used, { pods: '7' });
  await server.close();
});
