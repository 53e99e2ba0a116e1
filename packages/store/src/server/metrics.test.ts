import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { encodeCommand } from '@flotilla/mvcc';
import { etcdctl, withEtcdctl } from './etcdctl-process.test.js';
import { etcdVersion } from './limits.js';
import { serveForTest } from './serve-for-test.test.js';

async function serve(t: TestContext) {
  const server = await serveForTest({ quotaBytes: 5_000_000 });
  t.after(() => server.close());
  const scrape = async () => (await fetch(`${server.url}/metrics`)).text();
  /** @returns undefined when there is no such line */
  const value = async (line: string) => {
    const found = (await scrape()).split('\n').find((text) => text.startsWith(`${line} `));
    return found === undefined ? undefined : Number(found.slice(line.length + 1));
  };
  const post = (path: string, body: object) => fetch(server.url + path, { method: 'POST', body: JSON.stringify(body) });
  return { ...server, scrape, value, post };
}

test('facts are labels', async (t) => {
  const { value } = await serve(t);
  assert.equal(await value('etcd_server_id{server_id="8e9e05c52164694d"}'), 1);
  assert.equal(await value(`etcd_server_version{server_version="${etcdVersion}"}`), 1);
  assert.equal(await value('etcd_cluster_version{cluster_version="3.5"}'), 1);
  assert.equal(await value('etcd_server_quota_backend_bytes'), 5_000_000);
  assert.equal(await value(`nodejs_version_info{version="${process.version}"}`), 1);
});

test('what the store does is counted, however it is asked', async (t) => {
  const { member, post, value } = await serve(t);
  const propose = (command: Parameters<typeof encodeCommand>[0]) => member.propose(encodeCommand(command));
  const [key, other] = [new Uint8Array([97]), new Uint8Array([98])];
  const watcher = member.store.watch({ key }, { deliver: () => true, cancelled: () => {} });
  await propose({ put: { key, value: new Uint8Array(9) } });
  const put = { put: { key, value: new Uint8Array(1) } };
  await propose({ txn: { compare: [], success: [put, { range: { key } }, { deleteRange: { key: other } }], failure: [] } });
  await propose({ leaseGrant: { id: 5n, ttlSeconds: 60 } });
  await propose({ leaseKeepAlive: { id: 5n } });
  await propose({ leaseExpire: { id: 5n, renewals: 1 } });
  await propose({ leaseKeepAlive: { id: 5n } }); // gone: no renewal
  await propose({ compact: { revision: 3 } });
  await post('/v3/kv/range', { key: 'YQ==' });
  watcher.cancel();
  for (const [name, expected] of [
    ['etcd_mvcc_put_total', 2],
    ['etcd_mvcc_range_total', 2],
    ['etcd_mvcc_delete_total', 1],
    ['etcd_mvcc_txn_total', 1],
    ['etcd_debugging_mvcc_put_total', 2],
    ['etcd_debugging_mvcc_total_put_size_in_bytes', 12],
    ['etcd_debugging_mvcc_events_total', 2],
    ['etcd_debugging_mvcc_db_compaction_keys_total', 1],
    ['etcd_debugging_lease_granted_total', 1],
    ['etcd_debugging_lease_renewed_total', 1],
    ['etcd_debugging_lease_revoked_total', 1],
    ['etcd_debugging_server_lease_expired_total', 1],
  ] as const) {
    assert.equal(await value(name), expected, name);
  }
});

test('calls are counted by method and outcome, whichever face they come through', withEtcdctl, async (t) => {
  const { url, post, value, member } = await serve(t);
  const labels = (method: string, service = 'KV', type = 'unary') =>
    `grpc_type="${type}",grpc_service="etcdserverpb.${service}",grpc_method="${method}"`;
  await post('/v3/kv/put', { key: 'YQ==' });
  await post('/v3/kv/put', {});
  await etcdctl(url, 'put a 1');
  await etcdctl(url, 'snapshot save /dev/null').catch(() => {}); // cannot be renamed to; it has been sent then
  assert.equal(await value(`grpc_server_started_total{${labels('Put')}}`), 3);
  assert.equal(await value(`grpc_server_handled_total{${labels('Put')},grpc_code="OK"}`), 2);
  assert.equal(await value(`grpc_server_handled_total{${labels('Put')},grpc_code="InvalidArgument"}`), 1);
  assert.equal(await value(`grpc_server_msg_sent_total{${labels('Put')}}`), 2);
  assert.equal(await value(`grpc_server_handled_total{${labels('Range')},grpc_code="OK"}`), 0, 'known, and not called');
  const abort = new AbortController();
  const body = JSON.stringify({ create_request: { key: 'YQ==' } });
  const watching = await fetch(`${url}/v3/watch`, { method: 'POST', body, signal: abort.signal });
  await watching.body!.getReader().read();
  abort.abort();
  while (member.store.watchCounts.synced > 0) await new Promise((resolve) => setImmediate(resolve));
  const watch = labels('Watch', 'Watch', 'bidi_stream');
  assert.equal(await value(`grpc_server_handled_total{${watch},grpc_code="Canceled"}`), 1);
  assert.equal(await value(`grpc_server_msg_received_total{${watch}}`), 1);
  assert.ok(((await value('etcd_network_client_grpc_received_bytes_total')) ?? 0) > 0);
  assert.ok(((await value('etcd_network_client_grpc_sent_bytes_total')) ?? 0) > 0);
  assert.ok(((await value('etcd_server_client_requests_total{type="unary"}')) ?? 0) >= 3);
});

test('/livez and /readyz, each check of them, and what went wrong', async (t) => {
  const { url, member, value } = await serve(t);
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return [response.status, await response.text()];
  };
  assert.deepEqual(await get('/livez'), [200, 'ok\n']);
  assert.deepEqual(await get('/livez?verbose'), [200, '[+]serializable_read ok\nok\n']);
  const all = '[+]data_corruption ok\n[+]serializable_read ok\n[+]linearizable_read ok\n[+]non_learner ok\nok\n';
  assert.deepEqual(await get('/readyz?verbose'), [200, all]);
  assert.deepEqual(await get('/readyz/linearizable_read'), [200, 'ok\n']);
  assert.equal((await get('/readyz/nonsense'))[0], 404);
  assert.equal((await fetch(`${url}/readyz`, { method: 'POST' })).status, 405);
  await member.propose(encodeCommand({ alarm: { action: 'activate', memberId: 1n, type: 'corrupt' } }));
  assert.deepEqual(await get('/livez'), [200, 'ok\n']);
  const bad = all.replace('[+]data_corruption ok', '[-]data_corruption failed: alarm activated: CORRUPT').replace(/ok\n$/, '\n');
  assert.deepEqual(await get('/readyz'), [503, bad]);
  assert.deepEqual(await get('/readyz?exclude=data_corruption'), [200, 'ok\n']);
  assert.equal((await get('/readyz/data_corruption'))[0], 503);
  assert.equal(await value('etcd_server_healthcheck{type="readyz",name="data_corruption"}'), 0);
  assert.equal(await value('etcd_server_healthchecks_total{type="readyz",name="data_corruption",status="error"}'), 2);
  await get('/health');
  await get('/health?exclude=CORRUPT');
  assert.equal(await value('etcd_server_health_failures'), 1);
  assert.equal(await value('etcd_server_health_success'), 1);
  assert.equal(await value('etcd_debugging_server_alarms{server_id="1",alarm_type="CORRUPT"}'), 1);
});
