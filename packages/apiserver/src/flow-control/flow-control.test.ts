import assert from 'node:assert/strict';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { after, before, test } from 'node:test';
import { type Call, configMap, TestServer, tlsOf } from '../testing/api-servers.js';
import { adminPair, type KeyPair, nodePair } from '../testing/certificates.js';

let server: TestServer;
const people = 'flow_schema="people"';
const inDefault = '/api/v1/namespaces/default';
const bob: Call = { as: null, headers: { authorization: 'Bearer secret-of-bob' } };

before(async () => {
  server = await TestServer.start('--max-requests-inflight=20', '--max-mutating-requests-inflight=10');
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'writers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    subjects: ['bob', 'alice'].map((name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name })),
  };
  assert.equal((await server.call(`${rbac}/clusterrolebindings`, { method: 'POST', body: binding })).code, 201);
  await server.call('/api/v1/nodes', { method: 'POST', body: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } } });
  while ((await server.call(`${inDefault}/configmaps`, bob)).code !== 200) await new Promise((resolve) => setImmediate(resolve));
  // People have 3 of its 30 seats, which they neither lend nor borrow; what does not fit waits in 8 queues of 10.
  const queuing = { queues: 8, handSize: 2, queueLengthLimit: 10 };
  await configure(
    'people',
    { nominalConcurrencyShares: 20, borrowingLimitPercent: 0, limitResponse: { type: 'Queue', queuing } },
    ['bob', 'alice'],
  );
});
after(() => server.close());

const flowcontrol = '/apis/flowcontrol.apiserver.k8s.io/v1';

/** A level, and a schema of the same name that these users' requests belong to. */
async function configure(name: string, limited: object, users: readonly string[], matchingPrecedence = 300): Promise<string> {
  const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
  const level = { apiVersion, kind: 'PriorityLevelConfiguration', metadata: { name }, spec: { type: 'Limited', limited } };
  const rules = [
    {
      subjects: users.map((user) => ({ kind: 'User', user: { name: user } })),
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
    },
  ];
  const spec = { priorityLevelConfiguration: { name }, matchingPrecedence, distinguisherMethod: { type: 'ByUser' }, rules };
  const schema = { apiVersion, kind: 'FlowSchema', metadata: { name }, spec };
  assert.equal((await server.call(`${flowcontrol}/prioritylevelconfigurations`, { method: 'POST', body: level })).code, 201);
  const made = await server.call(`${flowcontrol}/flowschemas`, { method: 'POST', body: schema });
  assert.equal(made.code, 201, made.text);
  const { uid } = made.json.metadata;
  const current = async () => (await server.call(`${inDefault}/configmaps`, bob)).headers['x-kubernetes-pf-flowschema-uid'];
  while ((await current()) !== uid) await new Promise((resolve) => setImmediate(resolve));
  return uid;
}

/** A write whose body does not come: it keeps its seat until it is ended. */
function slowWrite(
  headers: Record<string, string>,
  as: KeyPair | null = null,
  url = server.url,
): { request: ClientRequest; response: Promise<IncomingMessage> } {
  const request = httpsRequest(`${url}${inDefault}/configmaps`, {
    ...tlsOf(as),
    agent: false,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': '2', ...headers },
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', (found) => resolve(found.resume()));
    request.on('error', reject);
  });
  response.catch(() => undefined);
  request.flushHeaders();
  return { request, response };
}

async function metric(name: string, labels: string): Promise<number> {
  const { text } = await server.call('/metrics');
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}{`) && candidate.includes(labels));
  return Number(line?.split(' ').at(-1) ?? 0);
}

async function metricIs(name: string, labels: string, wanted: number): Promise<void> {
  while ((await metric(name, labels)) !== wanted) await new Promise((resolve) => setImmediate(resolve));
}

test('one noisy client starves neither kubelets nor its own like, and hears when it is too much', async () => {
  const authorization = 'Bearer secret-of-bob';
  const running = [1, 2, 3].map(() => slowWrite({ authorization }));
  await metricIs('apiserver_flowcontrol_current_executing_requests', people, 3);
  // Its hand is 2 queues of 10.
  const waiting = Array.from({ length: 20 }, () => slowWrite({ authorization }));
  await metricIs('apiserver_flowcontrol_current_inqueue_requests', people, 20);
  const refused = await server.call(`${inDefault}/configmaps`, bob);
  assert.equal(refused.code, 429);
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal(refused.json.message, 'Too many requests, please try again later.');
  assert.equal(
    await metric('apiserver_flowcontrol_rejected_requests_total', `${people},priority_level="people",reason="queue-full"`),
    1,
  );

  const node = await server.call('/api/v1/nodes/node-1', { as: nodePair });
  assert.equal(node.code, 200, 'a kubelet has seats of its own');
  assert.equal((await server.call(`${inDefault}/configmaps`)).code, 200, 'an administrator needs none');

  let bobsDone = 0;
  for (const { response } of waiting) response.then(() => (bobsDone += 1)).catch(() => undefined);
  const alice = server.call(`${inDefault}/configmaps`, { headers: { 'impersonate-user': 'alice' } });
  await metricIs('apiserver_flowcontrol_current_inqueue_requests', people, 21);
  running[0]?.request.end('{}');
  // Each that gets its turn ends too, so that the queues move.
  for (const { request } of waiting) request.end('{}');
  assert.equal((await alice).code, 200);
  assert.ok(bobsDone <= 10, `the other client waited for ${bobsDone} of 20`);
  for (const { request } of running.slice(1)) request.end('{}');
  await Promise.all([...running, ...waiting].map(({ response }) => response));
  await metricIs('apiserver_flowcontrol_current_executing_requests', people, 0);
});

test('who gives up waiting leaves the queue', async () => {
  const authorization = 'Bearer secret-of-bob';
  const running = [1, 2, 3].map(() => slowWrite({ authorization }));
  await metricIs('apiserver_flowcontrol_current_executing_requests', people, 3);
  const waiting = slowWrite({ authorization });
  await metricIs('apiserver_flowcontrol_current_inqueue_requests', people, 1);
  waiting.request.destroy();
  await metricIs('apiserver_flowcontrol_current_inqueue_requests', people, 0);
  for (const { request } of running) request.end('{}');
  await Promise.all(running.map(({ response }) => response));
});

test('an answer names the schema and the level of its request', async () => {
  const { headers } = await server.call(`${inDefault}/configmaps`, bob);
  const uidOf = async (plural: string) =>
    (await server.call(`/apis/flowcontrol.apiserver.k8s.io/v1/${plural}/people`)).json.metadata.uid;
  assert.equal(headers['x-kubernetes-pf-flowschema-uid'], await uidOf('flowschemas'));
  assert.equal(headers['x-kubernetes-pf-prioritylevel-uid'], await uidOf('prioritylevelconfigurations'));
});

test('a watch gives its seat back once it has begun', async () => {
  const requests = Array.from({ length: 5 }, () =>
    httpsRequest(`${server.url}${inDefault}/configmaps?watch=1`, {
      ...tlsOf(null),
      agent: false,
      headers: { authorization: 'Bearer secret-of-bob' },
    }),
  );
  const began = requests.map((request) => new Promise((resolve) => request.on('response', resolve)));
  for (const request of requests) request.on('error', () => undefined).end();
  await Promise.all(began);
  await metricIs('apiserver_flowcontrol_current_executing_seats', 'priority_level="people"', 0);
  for (const request of requests) request.destroy();
});

test('a schema says whether its priority level is there', async () => {
  const conditionIs = async (status: string, reason: string, message: string) => {
    for (;;) {
      const { json } = await server.call(`${flowcontrol}/flowschemas/people`);
      const [condition] = json.status?.conditions ?? [];
      if (condition?.status !== status) continue;
      assert.deepEqual([condition.type, condition.reason, condition.message], ['Dangling', reason, message]);
      return;
    }
  };
  const what = 'This FlowSchema references the PriorityLevelConfiguration object named "people"';
  await conditionIs('False', 'Found', `${what} and it exists`);
  const path = `${flowcontrol}/prioritylevelconfigurations/people`;
  const { json: level } = await server.call(path);
  await server.call(path, { method: 'DELETE' });
  await conditionIs('True', 'NotFound', `${what} but there is no such object`);
  const { apiVersion, kind, spec } = level;
  const again = { apiVersion, kind, metadata: { name: 'people' }, spec };
  assert.equal((await server.call(`${flowcontrol}/prioritylevelconfigurations`, { method: 'POST', body: again })).code, 201);
  await conditionIs('False', 'Found', `${what} and it exists`);
});

test('a new schema and level take requests from then on', async () => {
  await configure(
    'rejects',
    { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } },
    ['bob'],
    200,
  );
  const running = slowWrite({ authorization: 'Bearer secret-of-bob' });
  await metricIs('apiserver_flowcontrol_current_executing_requests', 'flow_schema="rejects"', 1);
  assert.equal((await server.call(`${inDefault}/configmaps`, bob)).code, 429, 'this level queues nothing');
  running.request.end('{}');
  await running.response;
});

test('without priority and fairness, writes beyond their limit are refused at once', async () => {
  const own = await TestServer.start('--enable-priority-and-fairness=false', '--max-mutating-requests-inflight=1');
  const { request, response } = slowWrite({}, adminPair, own.url);
  const write = () => own.call(`${inDefault}/configmaps?dryRun=All`, { method: 'POST', body: configMap('x') });
  while ((await write()).code !== 429) await new Promise((resolve) => setImmediate(resolve));
  const { headers, code } = await own.call(`${inDefault}/configmaps`);
  assert.deepEqual([code, headers['x-kubernetes-pf-flowschema-uid']], [200, undefined]);
  request.end('{}');
  await response;
  await own.close();
});
