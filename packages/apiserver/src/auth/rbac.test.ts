import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Call, TestServer } from '../testing/api-servers.js';

let server: TestServer;
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const group = 'rbac.authorization.k8s.io';

const as = (user: string, headers: Call['headers'] = {}): Call => ({ headers: { 'impersonate-user': user, ...headers } });

async function made(path: string, body: object): Promise<void> {
  const reply = await server.call(path, { method: 'POST', body });
  assert.equal(reply.code, 201, reply.text);
}

function role(kind: string, name: string, rules: readonly object[], more: object = {}): object {
  return { apiVersion: `${group}/v1`, kind, metadata: { name }, rules, ...more };
}

function binding(kind: string, name: string, refKind: string, ref: string, user = 'somebody'): object {
  return {
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name },
    roleRef: { apiGroup: group, kind: refKind, name: ref },
    subjects: [{ apiGroup: group, kind: 'User', name: user }],
  };
}

const pods = (...verbs: readonly string[]) => ({ apiGroups: [''], resources: ['pods'], verbs });
const roleWriter = {
  apiGroups: [group],
  resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
  verbs: ['*'],
};
const escalates = { apiGroups: [group], resources: ['roles', 'clusterroles'], verbs: ['escalate'] };
const binds = { apiGroups: [group], resources: ['clusterroles'], verbs: ['bind'], resourceNames: ['view'] };

before(async () => {
  server = await TestServer.start();
  const noEscalation = { ...roleWriter, verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] };
  for (const [user, rules] of Object.entries({
    mallory: [noEscalation, pods('get', 'list')],
    eva: [noEscalation, escalates],
    ben: [noEscalation, binds],
  })) {
    await made(`${rbac}/clusterroles`, role('ClusterRole', `of-${user}`, rules));
    await made(`${rbac}/clusterrolebindings`, binding('ClusterRoleBinding', `of-${user}`, 'ClusterRole', `of-${user}`, user));
  }
  while ((await server.call(`${rbac}/roles`, as('ben'))).code !== 200) await new Promise((resolve) => setImmediate(resolve));
});
after(() => server.close());

const inDefault = `${rbac}/namespaces/default`;
const notHeld = (user: string, ...rules: readonly string[]) =>
  `user "${user}" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n${rules.join('\n')}`;

const table: readonly (readonly [string, string, string, object, number, string?])[] = [
  ['what one holds', 'mallory', `${inDefault}/roles`, role('Role', 'held', [pods('get')]), 201],
  [
    'what one does not hold',
    'mallory',
    `${inDefault}/roles`,
    role('Role', 'more', [pods('get', 'watch', 'delete'), { ...pods('get'), resourceNames: ['a'], resources: ['secrets'] }]),
    403,
    `roles.${group} "more" is forbidden: ${notHeld('mallory', '{APIGroups:[""], Resources:["pods"], Verbs:["watch" "delete"]}', '{APIGroups:[""], Resources:["secrets"], ResourceNames:["a"], Verbs:["get"]}')}`,
  ],
  [
    'a path that one may not get',
    'mallory',
    `${rbac}/clusterroles`,
    role('ClusterRole', 'paths', [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]),
    403,
    `clusterroles.${group} "paths" is forbidden: ${notHeld('mallory', '{NonResourceURLs:["/metrics"], Verbs:["get"]}')}`,
  ],
  ['anything, by escalate', 'eva', `${inDefault}/roles`, role('Role', 'all', [pods('*')]), 201],
  [
    'an aggregation rule',
    'mallory',
    `${rbac}/clusterroles`,
    role('ClusterRole', 'sum', [], { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }),
    403,
    `clusterroles.${group} "sum" is forbidden: must have cluster-admin privileges to use an aggregationRule`,
  ],
  ['a binding of what one holds', 'mallory', `${inDefault}/rolebindings`, binding('RoleBinding', 'held', 'Role', 'held'), 201],
  [
    'a binding of everything',
    'mallory',
    `${rbac}/clusterrolebindings`,
    binding('ClusterRoleBinding', 'root', 'ClusterRole', 'cluster-admin'),
    403,
    `clusterrolebindings.${group} "root" is forbidden: ${notHeld('mallory', '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}', '{NonResourceURLs:["*"], Verbs:["*"]}')}`,
  ],
  [
    'a binding of nothing',
    'mallory',
    `${inDefault}/rolebindings`,
    binding('RoleBinding', 'gone', 'ClusterRole', 'gone'),
    404,
    `clusterroles.${group} "gone" not found`,
  ],
  ['a binding, by bind', 'ben', `${inDefault}/rolebindings`, binding('RoleBinding', 'viewers', 'ClusterRole', 'view'), 201],
];

for (const [what, user, path, body, code, message] of table) {
  test(`who writes roles and bindings gives ${what} → ${code}`, async () => {
    const headers = { 'content-type': 'application/json' };
    const reply = await server.call(path, { ...as(user, headers), method: 'POST', body });
    assert.equal(reply.code, code, reply.text);
    if (message !== undefined) assert.equal(reply.json.message, message);
  });
}

test('a role may be changed as far as one holds it, and let go whatever it says', async () => {
  await made(`${inDefault}/roles`, role('Role', 'powerful', [pods('*')], {}));
  const patch = (body: object) =>
    server.call(`${inDefault}/roles/powerful`, {
      ...as('mallory', { 'content-type': 'application/merge-patch+json' }),
      method: 'PATCH',
      body,
    });
  assert.equal((await patch({ metadata: { labels: { a: 'b' } } })).code, 403);
  assert.equal((await patch({ metadata: { finalizers: ['example.org/hold'] } })).code, 200);
  assert.equal((await patch({ metadata: { finalizers: null } })).code, 200);
  assert.equal((await patch({ rules: [pods('list')] })).code, 200);
});

const reviewTable: readonly (readonly [string, string, object, number, string | object])[] = [
  [
    'nothing asked',
    'selfsubjectaccessreviews',
    {},
    422,
    'SelfSubjectAccessReview.authorization.k8s.io "" is invalid: spec.resourceAttributes: Required value: exactly one of nonResourceAttributes or resourceAttributes must be specified',
  ],
  [
    'for nobody',
    'subjectaccessreviews',
    { nonResourceAttributes: { path: '/', verb: 'get' } },
    422,
    'SubjectAccessReview.authorization.k8s.io "" is invalid: spec.user: Invalid value: "": at least one of user or group must be specified',
  ],
  [
    'a group',
    'subjectaccessreviews',
    { groups: ['system:authenticated'], nonResourceAttributes: { path: '/apis', verb: 'get' } },
    201,
    {
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    },
  ],
  [
    'a selector of a node',
    'subjectaccessreviews',
    {
      user: 'system:node:n',
      groups: ['system:nodes'],
      resourceAttributes: {
        verb: 'list',
        resource: 'pods',
        fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n'] }] },
      },
    },
    201,
    { allowed: true },
  ],
];
for (const [what, plural, spec, code, expected] of reviewTable) {
  test(`access review, ${what}`, async () => {
    const kind = plural === 'selfsubjectaccessreviews' ? 'SelfSubjectAccessReview' : 'SubjectAccessReview';
    const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec };
    const reply = await server.call(`/apis/authorization.k8s.io/v1/${plural}`, { method: 'POST', body });
    assert.equal(reply.code, code, reply.text);
    if (typeof expected === 'string') assert.equal(reply.json.message, expected);
    else assert.deepEqual(reply.json.status, expected);
  });
}

test('a review within a namespace is for that namespace', async () => {
  const ask = (namespace: string) =>
    server.call('/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews', {
      method: 'POST',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'LocalSubjectAccessReview',
        metadata: { namespace: 'default' },
        spec: { user: 'mallory', resourceAttributes: { namespace, verb: 'get', resource: 'pods' } },
      },
    });
  assert.equal((await ask('default')).json.status.allowed, true);
  assert.equal((await ask('other')).code, 422);
});

test('what a node may cannot be listed, and the answer says so', async () => {
  const { json } = await server.call('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    ...as('system:node:n', { 'impersonate-group': 'system:nodes', 'content-type': 'application/json' }),
    method: 'POST',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace: 'default' } },
  });
  assert.equal(json.status.incomplete, true);
  assert.equal(json.status.evaluationError, 'node authorizer does not support user rule resolution');
});

test('an impersonator says the uid and the extra too, each by a right of its own', async () => {
  const whoAmI = (headers: Call['headers']) =>
    server.call('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      headers: { 'content-type': 'application/json', ...headers },
      method: 'POST',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    });
  const { json } = await whoAmI({ 'impersonate-user': 'zoe', 'impersonate-uid': 'u-9', 'impersonate-extra-a%2fb': ['1', '2'] });
  assert.deepEqual(json.status.userInfo, {
    username: 'zoe',
    uid: 'u-9',
    groups: ['system:authenticated'],
    extra: { 'a/b': ['1', '2'] },
  });
  assert.equal((await whoAmI({ 'impersonate-uid': 'u-9' })).code, 400);
});
