import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { TestServer } from '../../../testing/api-servers.js';
import { type Client, failure, type Loose, pod, Registries } from '../../../testing/registries.js';

describe('NodeRestriction', () => {
  const registries = new Registries();
  const client = registries.at();
  const node = registries.at();
  node.user = { username: 'system:node:n1', uid: '', groups: ['system:nodes'], extra: {} };
  let owner: Loose;
  before(async () => {
    await client.namespace();
    const { metadata } = await node.create(kinds.nodes, {
      metadata: { name: 'n1', labels: { 'kubernetes.io/os': 'linux', own: 'x' } },
    });
    owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: metadata.uid, controller: true };
    const resourceClaims = [{ name: 'a', resourceClaimName: 'b' }];
    await client.create(kinds.pods, pod('mine', { spec: { nodeName: 'n1', resourceClaims } }));
    await client.create(kinds.pods, pod('others', { spec: { nodeName: 'n2' } }));
    await client.create(kinds.persistentVolumeClaims, {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
  });
  after(() => registries.close());

  const mirror = (more: Loose = {}, spec: Loose = {}) =>
    pod('m', {
      metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [owner], ...more },
      spec: { nodeName: 'n1', ...spec },
    });

  const relabel = (labels: Loose) => node.patch(kinds.nodes, 'n1', { metadata: { labels } });
  const status = { subresource: 'status' };
  const evict = (name: string) =>
    node.create(kinds.pods, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } }, { subresource: 'eviction', name });

  const refusals: readonly (readonly [string, () => Promise<unknown>, string])[] = [
    [
      'labels that keep workloads apart',
      () => relabel({ 'node-restriction.kubernetes.io/zone': 'a', 'x.node-restriction.kubernetes.io/b': 'c', own: 'y' }),
      'nodes "n1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/zone, x.node-restriction.kubernetes.io/b',
    ],
    [
      'labels of Kubernetes, which kubelets do not set',
      () => relabel({ 'node-role.kubernetes.io/control-plane': '' }),
      'nodes "n1" is forbidden: is not allowed to modify labels: node-role.kubernetes.io/control-plane',
    ],
    [
      'such labels from the start',
      () => node.create(kinds.nodes, { metadata: { name: 'n1', labels: { 'a.k8s.io/b': 'c' } } }),
      'nodes "n1" is forbidden: node "n1" is not allowed to set the following labels: a.k8s.io/b',
    ],
    [
      'taints',
      () => node.patch(kinds.nodes, 'n1', { spec: { taints: [] } }),
      'nodes "n1" is forbidden: node "n1" is not allowed to modify taints',
    ],
    [
      'labels of pods',
      () => node.patch(kinds.pods, 'mine', { metadata: { labels: { tier: 'front' } } }, status),
      'pods "mine" is forbidden: node "n1" cannot update labels through pod status',
    ],
    [
      'resource claims of pods',
      () =>
        node.patch(kinds.pods, 'mine', { status: { resourceClaimStatuses: [{ name: 'a', resourceClaimName: 'b' }] } }, status),
      'pods "mine" is forbidden: node "n1" cannot update resource claim statues',
    ],
    [
      "evictions of others' pods",
      () => evict('others'),
      'pods "others" is forbidden: node n1 can only evict pods with spec.nodeName set to itself',
    ],
    [
      'claims',
      () => node.patch(kinds.persistentVolumeClaims, 'data', { metadata: { labels: { a: 'b' } } }),
      'persistentvolumeclaims "data" is forbidden: may only update PVC status',
    ],
    [
      "others' CSINodes",
      () => node.create(kinds.csiNodes, { metadata: { name: 'n2' }, spec: { drivers: [] } }),
      'csinodes.storage.k8s.io "n2" is forbidden: can only access CSINode with the same name as the requesting node',
    ],
    [
      'mirror pods without an owner',
      () => node.create(kinds.pods, mirror({ ownerReferences: [] })),
      'pods "m" is forbidden: node "n1" can only create pods with an owner reference set to itself',
    ],
    [
      'mirror pods of another node of that name',
      () => node.create(kinds.pods, mirror({ ownerReferences: [{ ...owner, uid: 'u' }] })),
      'pods "m" is forbidden: node n1 UID mismatch: expected u got ',
    ],
    [
      'mirror pods that read secrets',
      () => node.create(kinds.pods, mirror({}, { volumes: [{ name: 'v', secret: { secretName: 's' } }] })),
      'pods "m" is forbidden: node "n1" can not create pods that reference secrets',
    ],
    [
      'mirror pods that read ConfigMaps',
      () => node.create(kinds.pods, mirror({}, { volumes: [{ name: 'v', configMap: { name: 's' } }] })),
      'pods "m" is forbidden: node "n1" can not create pods that reference configmaps',
    ],
    [
      'mirror pods with an account',
      () => node.create(kinds.pods, mirror({}, { serviceAccountName: 'default' })),
      'pods "m" is forbidden: node "n1" can not create pods that reference a service account',
    ],
  ];
  for (const [name, call, expected] of refusals) {
    test(`refused: ${name}`, async () => {
      const message = await failure(call());
      assert.equal(message.slice(0, '403 Forbidden: '.length + expected.length), `403 Forbidden: ${expected}`);
    });
  }

  test('allowed: what a kubelet does', async () => {
    await relabel({
      own: 'z',
      'node.kubernetes.io/instance-type': 'm',
      'topology.kubernetes.io/zone': 'a',
      'kubelet.kubernetes.io/x': 'y',
    });
    await node.patch(kinds.nodes, 'n1', { status: { addresses: [{ type: 'Hostname', address: 'n1' }] } }, status);
    await node.create(kinds.csiNodes, { metadata: { name: 'n1' }, spec: { drivers: [] } });
    await node.create(kinds.pods, mirror());
    await node.patch(kinds.persistentVolumeClaims, 'data', { status: { capacity: { storage: '1Gi' } } }, status);
    await evict('mine');
  });
});

test('kubelets get tokens for pods of their node alone', async () => {
  const server = await TestServer.start();
  const { registries } = server;
  const client: Client = registries.at();
  await client.create(kinds.serviceAccounts, { metadata: { name: 'default' } });
  const made = async (name: string, nodeName: string) =>
    (await client.create(kinds.pods, pod(name, { spec: { nodeName, serviceAccountName: 'default' } }))).metadata.uid;
  const [mine, others] = [await made('mine', 'n1'), await made('others', 'n2')];
  const node = { ...client.context, user: { username: 'system:node:n1', uid: '', groups: ['system:nodes'], extra: {} } };
  const ask = (boundObjectRef?: Loose) =>
    client.registry.admitConnection(kinds.serviceAccounts as Loose, {
      ...{ ...node, namespace: 'default', name: 'default', subresource: 'token', operation: 'CREATE' },
      kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
      options: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: { boundObjectRef } } as Loose,
    });
  const podRef = (name: string, uid?: string) => ({ apiVersion: 'v1', kind: 'Pod', name, uid });
  const refusal = '403 Forbidden: serviceaccounts "default" is forbidden';
  await ask(podRef('mine', mine));
  assert.equal(await failure(ask()), `${refusal}: node requested token not bound to a pod`);
  assert.equal(await failure(ask(podRef('mine'))), `${refusal}: node requested token with a pod binding without a uid`);
  assert.equal(
    await failure(ask(podRef('others', others))),
    `${refusal}: node requested token bound to a pod scheduled on a different node`,
  );
  const reply = await server.call('/api/v1/namespaces/default/serviceaccounts/default/token', {
    method: 'POST',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  assert.equal(reply.code, 201);
  await server.close();
});
