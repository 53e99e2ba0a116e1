import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { configMap, TestServer } from '../testing/api-servers.js';
import { until } from '../testing/custom-resources.js';
import { testFile } from '../testing/files.js';
import type { Loose } from '../testing/registries.js';
import { WebhookServer } from '../testing/webhook-server.js';
import { readRemoteServer } from '../webhooks/kubeconfig.js';

const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{ level: Request, resources: [{ group: "", resources: [configmaps] }], verbs: [create] }]
`;
const configMaps = '/api/v1/namespaces/default/configmaps';

let hook: WebhookServer;
let server: TestServer;
before(async () => {
  hook = await WebhookServer.start();
  hook.reset(() => '200 {}');
  server = await TestServer.start(
    `--audit-policy-file=${testFile('sent.yaml', policy)}`,
    `--audit-webhook-config-file=${testFile('audit.kubeconfig', kubeconfigText({ token: 'secret' }))}`,
    '--audit-webhook-batch-max-wait=20ms',
    '--audit-webhook-initial-backoff=10ms',
  );
});
after(async () => {
  await server.close();
  await hook.close();
});

const create = async (name: string) => {
  const { code } = await server.call(configMaps, { method: 'POST', body: configMap(name, {}) });
  assert.equal(code, 201);
};
const names = () => hook.reviews.flatMap(({ items }) => items.map(({ objectRef }: Loose) => objectRef.name));

test('events are sent in lists, by whom the kubeconfig says', async () => {
  await Promise.all(['a', 'b', 'c'].map(create));
  await until(async () => names().length === 3);
  assert.deepEqual(names().sort(), ['a', 'b', 'c']);
  assert.ok(hook.authorizations.every((value) => value === 'Bearer secret'));
  const [list] = hook.reviews;
  assert.deepEqual([list.kind, list.apiVersion], ['EventList', 'audit.k8s.io/v1']);
  const [event] = list.items;
  assert.deepEqual([event.kind, event.level, event.stage, event.verb], ['Event', 'Request', 'ResponseComplete', 'create']);
  assert.equal(event.requestObject.kind, 'ConfigMap');
});

test('a failure is tried again; who keeps failing loses events, and that is counted', async () => {
  let failures = 2;
  hook.reset(() => (failures-- > 0 ? '503 busy' : '200 {}'));
  await create('stubborn');
  await until(async () => hook.reviews.length === 3);
  assert.deepEqual(names(), ['stubborn', 'stubborn', 'stubborn'], 'the same, three times');
  hook.reset(() => '500 broken');
  await create('lost');
  const lost = async () => /^apiserver_audit_error_total\{plugin="webhook"\} 1$/m.test((await server.call('/metrics')).text);
  await until(lost);
  assert.equal(hook.reviews.length, 5);
  hook.reset(() => '200 {}');
});

test('what waits when the server stops is sent', async () => {
  const another = await TestServer.start(
    `--audit-policy-file=${testFile('stopped.yaml', policy)}`,
    `--audit-webhook-config-file=${testFile('stopped.kubeconfig', kubeconfigText())}`,
  );
  hook.reset(() => '200 {}');
  await another.call(configMaps, { method: 'POST', body: configMap('last', {}) });
  assert.deepEqual(names(), [], 'for half a minute nothing is sent');
  await another.close();
  assert.deepEqual(names(), ['last']);
});

test('a log and a webhook are told the same; what does not fit in the buffer is in the log alone, and counted', async () => {
  const log = testFile('both.log', '');
  const both = await TestServer.start(
    `--audit-policy-file=${testFile('both.yaml', policy)}`,
    `--audit-webhook-config-file=${testFile('both.kubeconfig', kubeconfigText())}`,
    `--audit-log-path=${log}`,
    '--audit-webhook-batch-buffer-size=2',
  );
  hook.reset(() => '200 {}');
  for (const name of ['one', 'two', 'three']) {
    await both.call(configMaps, { method: 'POST', body: configMap(name, {}) });
  }
  const logged = () =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as Loose).objectRef.name);
  await until(async () => logged().length === 3);
  assert.match((await both.call('/metrics')).text, /^apiserver_audit_error_total\{plugin="buffered"\} 1$/m);
  await both.close();
  assert.deepEqual(
    [logged(), names()],
    [
      ['one', 'two', 'three'],
      ['one', 'two'],
    ],
  );
});

function kubeconfigText(user: object = {}): string {
  const { url, caBundle } = hook.client('/audit') as { readonly url: string; readonly caBundle: string };
  const cluster = { server: url, 'certificate-authority-data': caBundle };
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'x' },
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  });
}

test('a kubeconfig leads to a server', () => {
  const path = testFile('remote.kubeconfig', kubeconfigText());
  const { url, tls, authorization } = readRemoteServer(path);
  assert.match(url, /^https:.*\/audit$/);
  assert.match(tls.ca ?? '', /BEGIN CERTIFICATE/);
  assert.equal(authorization, undefined);
  const withUser = (user: object) => readRemoteServer(testFile('user.kubeconfig', kubeconfigText(user)));
  assert.equal(withUser({ token: 'secret' }).authorization, 'Bearer secret');
  assert.equal(withUser({ username: 'a', password: 'b' }).authorization, 'Basic YTpi');
  assert.equal(withUser({ 'client-key-data': 'a2V5' }).tls.key, 'key');
  const nowhere = testFile('nowhere.kubeconfig', '{ apiVersion: v1, kind: Config, current-context: x }');
  assert.throws(() => readRemoteServer(nowhere), /invalid configuration: no configuration has been provided$/);
});
