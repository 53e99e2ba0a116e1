import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Call, configMap, TestServer } from '../testing/api-servers.js';
import { alicePair, nodePair } from '../testing/certificates.js';

let server: TestServer;
before(async () => {
  server = await TestServer.start();
  for (const node of ['node-1', 'node-2']) {
    await made('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: node } });
  }
  await made('/api/v1/namespaces/default/serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  for (const node of ['node-1', 'node-2']) {
    await made('/api/v1/namespaces/default/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: `of-${node}` } });
    await made('/api/v1/namespaces/default/pods', pod(`on-${node}`, node, `of-${node}`));
  }
  for (const [name, claim, secret] of [
    ['of-claim', 'claim-of-node-1', 'mounts-volume'],
    ['other', 'claim-of-node-2', 'mounts-other'],
  ] as const) {
    await made('/api/v1/namespaces/default/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: secret } });
    await made('/api/v1/persistentvolumes', volume(name, claim, secret));
  }
  const isKnown = async () =>
    (await server.call('/api/v1/namespaces/default/secrets/mounts-volume', { as: nodePair })).code === 200;
  while (!(await isKnown())) await new Promise((resolve) => setImmediate(resolve));
});
after(() => server.close());

function volume(name: string, claim: string, secret: string): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      claimRef: { namespace: 'default', name: claim },
      csi: { driver: 'csi.example.org', volumeHandle: name, nodePublishSecretRef: { namespace: 'default', name: secret } },
    },
  };
}

async function made(path: string, body: object): Promise<void> {
  const reply = await server.call(path, { method: 'POST', body });
  assert.equal(reply.code, 201, reply.text);
}

function pod(name: string, nodeName: string, secretName: string): object {
  const ephemeral = {
    volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
  };
  const volumes = [
    { name: 'v', secret: { secretName } },
    { name: 'claimed', persistentVolumeClaim: { claimName: `claim-of-${nodeName}` } },
    { name: 'data', ephemeral },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { nodeName, containers: [{ name: 'c', image: 'x' }], volumes },
  };
}

const bob: Call = { as: null, headers: { authorization: 'Bearer secret-of-bob' } };
const anonymous: Call = { as: null };
const alice: Call = { as: alicePair };
const node: Call = { as: nodePair };
const inDefault = '/api/v1/namespaces/default';

function jsonOf(who: Call, body: object): Call {
  return { ...who, body: JSON.stringify(body), headers: { 'content-type': 'application/merge-patch+json' } };
}

/** Who, what, and the code; with the words when it is refused. */
const table: readonly (readonly [Call, string, string, number, string?])[] = [
  [anonymous, 'GET', '/healthz', 200],
  [anonymous, 'GET', '/readyz?verbose', 200],
  [anonymous, 'GET', '/version', 401, 'Unauthorized'],
  [anonymous, 'GET', `${inDefault}/pods`, 401, 'Unauthorized'],
  [alice, 'GET', '/apis', 200],
  [alice, 'GET', '/metrics', 403, 'forbidden: User "alice" cannot get path "/metrics"'],
  [alice, 'GET', '/openapi/v3', 200],
  [
    alice,
    'GET',
    `${inDefault}/pods`,
    403,
    'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "default"',
  ],
  [
    alice,
    'GET',
    `${inDefault}/pods/x/log`,
    403,
    'pods "x" is forbidden: User "alice" cannot get resource "pods/log" in API group "" in the namespace "default"',
  ],
  [
    alice,
    'GET',
    '/api/v1/nodes',
    403,
    'nodes is forbidden: User "alice" cannot list resource "nodes" in API group "" at the cluster scope',
  ],
  [
    bob,
    'DELETE',
    '/apis/apps/v1/namespaces/default/deployments/web',
    403,
    'deployments.apps "web" is forbidden: User "bob" cannot delete resource "deployments" in API group "apps" in the namespace "default"',
  ],
  [
    bob,
    'DELETE',
    '/apis/apps/v1/namespaces/default/deployments',
    403,
    'deployments.apps is forbidden: User "bob" cannot deletecollection resource "deployments" in API group "apps" in the namespace "default"',
  ],
  [{}, 'GET', '/metrics', 200],
  [{}, 'GET', '/api/v1/pods', 200],
  [node, 'GET', '/api/v1/nodes/node-1', 200],
  [
    node,
    'GET',
    '/api/v1/nodes/node-2',
    403,
    'nodes "node-2" is forbidden: User "system:node:node-1" cannot get resource "nodes" in API group "" at the cluster scope: node \'node-1\' cannot read \'node-2\', only its own Node object',
  ],
  [node, 'GET', '/api/v1/nodes?fieldSelector=metadata.name%3Dnode-1', 200],
  [
    node,
    'GET',
    '/api/v1/nodes',
    403,
    'nodes is forbidden: User "system:node:node-1" cannot list resource "nodes" in API group "" at the cluster scope: node \'node-1\' cannot read all nodes, only its own Node object',
  ],
  [node, 'GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1', 200],
  [node, 'GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-2', 403],
  [node, 'GET', '/api/v1/pods', 403],
  [node, 'GET', `${inDefault}/pods/on-node-1`, 200],
  [node, 'GET', `${inDefault}/pods/on-node-2`, 403],
  [node, 'DELETE', `${inDefault}/pods/on-node-2`, 403],
  [node, 'DELETE', `${inDefault}/pods/gone`, 404],
  [jsonOf(node, {}), 'PATCH', `${inDefault}/pods/on-node-2/status`, 403],
  [jsonOf(node, {}), 'PATCH', `${inDefault}/pods/gone/status`, 404],
  [node, 'GET', `${inDefault}/secrets/of-node-1`, 200],
  [node, 'GET', `${inDefault}/secrets?fieldSelector=metadata.name%3Dof-node-1`, 200],
  [node, 'GET', `${inDefault}/secrets/of-node-2`, 403],
  [node, 'GET', `${inDefault}/secrets`, 403],
  [node, 'DELETE', `${inDefault}/secrets/of-node-1`, 403],
  [node, 'GET', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1', 404],
  [node, 'GET', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-2', 403],
  [node, 'GET', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/node-1', 403],
  [node, 'GET', '/api/v1/persistentvolumes/of-claim', 200],
  [node, 'GET', '/api/v1/persistentvolumes/other', 403],
  [node, 'GET', `${inDefault}/secrets/mounts-volume`, 200],
  [node, 'GET', `${inDefault}/secrets/mounts-other`, 403],
  [node, 'GET', `${inDefault}/persistentvolumeclaims/on-node-1-data`, 404],
  [node, 'GET', `${inDefault}/persistentvolumeclaims/on-node-2-data`, 403],
  [node, 'GET', '/apis/storage.k8s.io/v1/csinodes/node-2', 403],
  [node, 'GET', '/api/v1/services', 200],
  [node, 'DELETE', `${inDefault}/services/x`, 403],
];

for (const [who, method, path, code, message] of table) {
  test(`access: ${who.as === nodePair ? 'node' : who.as === alicePair ? 'alice' : who === bob ? 'bob' : who === anonymous ? 'anonymous' : 'admin'} ${method} ${path} → ${code}`, async () => {
    const reply = await server.call(path, { ...who, method });
    assert.equal(reply.code, code, reply.text.slice(0, 300));
    if (message !== undefined) assert.equal(reply.json.message, message);
  });
}

test('the default roles: view reads, edit writes, neither touches what is not theirs', async () => {
  const bindings = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings';
  const rule = (name: string, role: string, user: string) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
  await made(bindings, rule('viewers', 'view', 'vera'));
  await made(bindings, rule('editors', 'edit', 'eddie'));
  await made(bindings, rule('ghosts', 'gone', 'gus'));
  const as = (user: string): Call => ({ headers: { 'impersonate-user': user } });
  while ((await server.call(`${inDefault}/pods`, as('eddie'))).code === 403)
    await new Promise((resolve) => setImmediate(resolve));
  const code = async (user: string, path: string, more: Call = {}) => {
    const headers = { ...as(user).headers, ...more.headers };
    return (await server.call(path, { ...more, headers })).code;
  };
  assert.equal(await code('vera', `${inDefault}/configmaps`), 200);
  assert.equal(await code('vera', `${inDefault}/secrets`), 403);
  assert.equal(await code('vera', '/api/v1/namespaces/kube-system/configmaps'), 403);
  const body = configMap('by-eddie');
  const headers = { 'content-type': 'application/json' };
  assert.equal(await code('vera', `${inDefault}/configmaps`, { method: 'POST', body, headers }), 403);
  assert.equal(await code('eddie', `${inDefault}/configmaps`, { method: 'POST', body, headers }), 201);
  assert.equal(await code('eddie', bindings), 403);
  const ghost = await server.call(`${inDefault}/pods`, as('gus'));
  assert.match(
    ghost.json.message,
    /in the namespace "default": RBAC: clusterrole\.rbac\.authorization\.k8s\.io "gone" not found$/,
  );
});

test('impersonation is a right of its own, and every part of it is checked', async () => {
  const { code, json } = await server.call('/api', { ...bob, headers: { ...bob.headers, 'impersonate-user': 'alice' } });
  assert.equal(code, 403);
  assert.equal(
    json.message,
    'users "alice" is forbidden: User "bob" cannot impersonate resource "users" in API group "" at the cluster scope',
  );
  const who = await server.call('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    method: 'POST',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    headers: {
      'content-type': 'application/json',
      'impersonate-user': 'system:serviceaccount:default:robot',
      'impersonate-extra-scopes': 'a',
    },
  });
  assert.deepEqual(who.json.status.userInfo, {
    username: 'system:serviceaccount:default:robot',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    extra: { scopes: ['a'] },
  });
});

test('a service-account token authenticates until its account is gone', async () => {
  await made(`${inDefault}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const reply = await server.call(`${inDefault}/serviceaccounts/robot/token`, { method: 'POST', body: request });
  assert.equal(reply.code, 201, reply.text);
  const { token } = reply.json.status;
  const headers = { authorization: `Bearer ${token}` };
  const list = await server.call(`${inDefault}/pods`, { as: null, headers });
  assert.match(list.json.message, /User "system:serviceaccount:default:robot" cannot list/);
  const review = (text: string) =>
    server.call('/apis/authentication.k8s.io/v1/tokenreviews', {
      method: 'POST',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: text } },
    });
  assert.equal((await review(token)).json.status.user.username, 'system:serviceaccount:default:robot');
  assert.equal((await review(`${token.slice(0, -8)}AAAAAAAA`)).json.status.authenticated, undefined);
  await server.call(`${inDefault}/serviceaccounts/robot`, { method: 'DELETE' });
  while ((await review(token)).json.status.authenticated === true) await new Promise((resolve) => setImmediate(resolve));
});

test('reviews answer what may be done', async () => {
  const ask = (spec: object, as: Call = {}) =>
    server.call('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      ...as,
      method: 'POST',
      body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec },
    });
  const pods = { resourceAttributes: { verb: 'list', resource: 'pods', namespace: 'default' } };
  assert.deepEqual((await ask(pods)).json.status, { allowed: true });
  assert.deepEqual((await ask(pods, alice)).json.status, { allowed: false });
  assert.equal((await ask({}, alice)).code, 422);
  const rules = await server.call('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    ...alice,
    method: 'POST',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace: 'default' } },
  });
  assert.ok(
    rules.json.status.nonResourceRules.some((rule: { nonResourceURLs: string[] }) => rule.nonResourceURLs.includes('/apis')),
  );
});
