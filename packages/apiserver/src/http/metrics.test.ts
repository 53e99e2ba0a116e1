import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { configMap, TestServer } from '../testing/api-servers.js';

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
after(() => server.close());

const configMaps = '/api/v1/namespaces/default/configmaps';

/** Of a metric, the value of the series that has these labels; undefined: there is none. */
async function metric(name: string, labels: Readonly<Record<string, string>>): Promise<number | undefined> {
  const { text } = await server.call('/metrics');
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  const found = lines.find((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)));
  return found === undefined ? undefined : Number(found.split(' ').at(-1));
}

const labels = { verb: 'GET', group: '', version: 'v1', resource: 'configmaps', scope: 'resource' };

test('requests are counted by code, and measured by time and size', async () => {
  await server.call(configMaps, { method: 'POST', body: configMap('a', { a: 'x'.repeat(2_000) }) });
  await server.call(`${configMaps}/a`);
  await server.call(`${configMaps}/a`);
  await server.call(`${configMaps}/none`);
  assert.equal(await metric('apiserver_request_total', { ...labels, code: '200' }), 2);
  assert.equal(await metric('apiserver_request_total', { ...labels, code: '404' }), 1);
  assert.equal(await metric('apiserver_request_duration_seconds_count', labels), 3);
  assert.equal(await metric('apiserver_request_duration_seconds_bucket', { ...labels, le: '+Inf' }), 3);
  assert.ok(((await metric('apiserver_request_duration_seconds_sum', labels)) ?? 0) > 0);
  assert.equal(await metric('apiserver_response_sizes_bucket', { ...labels, le: '1000' }), 0);
  assert.equal(await metric('apiserver_response_sizes_bucket', { ...labels, le: '10000' }), 2);
  assert.equal(await metric('apiserver_response_sizes_count', { ...labels, verb: 'POST' }), undefined, 'of reads only');
});

test('writes are told by their methods, dry runs and applies apart', async () => {
  const write = { version: 'v1', resource: 'configmaps', scope: 'namespace', component: 'apiserver', dry_run: '' };
  assert.equal(await metric('apiserver_request_total', { ...write, verb: 'POST', code: '201' }), 1);
  await server.call(`${configMaps}?dryRun=All`, { method: 'POST', body: configMap('dry', {}) });
  assert.equal(await metric('apiserver_request_total', { ...write, verb: 'POST', dry_run: 'All', code: '201' }), 1);
  assert.equal(await metric('apiserver_request_duration_seconds_count', { ...write, verb: 'POST', dry_run: 'All' }), 1);
  const { dry_run: _dryRun, ...told } = write;
  assert.equal(await metric('apiserver_request_sli_duration_seconds_count', { ...told, verb: 'POST' }), 2, 'both together');
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' } };
  await server.call(`${configMaps}/applied?fieldManager=me`, { method: 'PATCH', headers, body });
  assert.equal(await metric('apiserver_request_total', { ...write, scope: 'resource', verb: 'APPLY', code: '201' }), 1);
  await server.call(configMaps);
  assert.ok(((await metric('apiserver_request_total', { ...write, verb: 'LIST', code: '200' })) ?? 0) > 0);
});

test('certificates are told by how long they are valid still', async () => {
  await server.call(configMaps);
  const { text } = await server.call('/metrics');
  const value = (bound: string) =>
    Number(new RegExp(`^apiserver_client_certificate_expiration_seconds_bucket\\{le="${bound}"\\} (\\d+)$`, 'm').exec(text)?.[1]);
  assert.equal(value('43200'), 0);
  assert.ok(value('86400') > 0, 'those of tests are good for a day');
});

test('a watch counts its events while it lasts', async () => {
  const watch = { ...labels, verb: 'WATCH', scope: 'namespace' };
  const { metadata } = (await server.call(configMaps)).json;
  const watching = server.call(`${configMaps}?watch=1&timeoutSeconds=1&resourceVersion=${metadata.resourceVersion}`);
  while ((await metric('apiserver_longrunning_requests', watch)) !== 1) await new Promise((resolve) => setImmediate(resolve));
  await server.call(configMaps, { method: 'POST', body: configMap('b', {}) });
  assert.equal((await watching).json.type, 'ADDED');
  while ((await metric('apiserver_longrunning_requests', watch)) !== 0) await new Promise((resolve) => setImmediate(resolve));
  const { group, version, resource } = watch;
  assert.equal(await metric('apiserver_watch_events_total', { group, version, resource }), 1);
  assert.equal(await metric('apiserver_watch_events_sizes_count', { group, version, resource }), 1);
});

test('who asks, and whether they may, is counted', async () => {
  const before = (await metric('authentication_attempts', { result: 'success' })) ?? 0;
  await server.call(configMaps, { as: null, headers: { authorization: 'Bearer wrong' } });
  await server.call(configMaps, { as: null, headers: { authorization: 'Bearer secret-of-bob' } });
  assert.equal(await metric('authentication_attempts', { result: 'failure' }), 1);
  assert.ok(((await metric('authentication_attempts', { result: 'success' })) ?? 0) > before);
  assert.equal(await metric('authorization_attempts_total', { result: 'denied' }), 1);
  assert.ok(((await metric('authenticated_user_requests', { username: 'other' })) ?? 0) > 0, 'people are counted together');
});

test('watch caches count how often they were filled, and their events', async () => {
  const secrets = { group: '', resource: 'secrets' };
  assert.equal(await metric('apiserver_watch_cache_initializations_total', secrets), undefined, 'nobody has read them');
  const path = '/api/v1/namespaces/default/secrets';
  await server.call(path);
  await server.call(path, { method: 'POST', body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } } });
  await server.call(path);
  assert.equal(await metric('apiserver_watch_cache_initializations_total', secrets), 1);
  assert.equal(await metric('apiserver_watch_cache_events_received_total', secrets), 1);
  assert.equal(await metric('apiserver_watch_cache_events_dispatched_total', secrets), 1);
  assert.equal(await metric('apiserver_terminated_watchers_total', secrets), 0);
  assert.ok(((await metric('watch_cache_capacity', secrets)) ?? 0) > 0);
});
