import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import test, { after, before } from 'node:test';
import { StoreError } from '@flotilla/mvcc';
import { nativePath } from '@flotilla/store-client';
import { LoneMember } from '../lone-member.js';
import { clientTls, serveForTest } from '../serve-for-test.test.js';

const b64 = (text: string) => Buffer.from(text).toString('base64');

let server: Awaited<ReturnType<typeof serveForTest>>;
before(async () => {
  server = await serveForTest();
});
after(() => server.close());

/** As `curl -d` sends it: JSON that calls itself a form. */
async function post(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const header = (revision: number) => ({
  cluster_id: '14841639068965178418',
  member_id: '10276657743932975437',
  revision: String(revision),
  raft_term: '2',
});

test('etcd’s JSON: base64 bytes, integers as strings, defaults left out', async () => {
  assert.deepEqual(await post('/v3/kv/put', { key: b64('a'), value: b64('1') }), { status: 200, body: { header: header(2) } });
  const kv = { key: b64('a'), create_revision: '2', mod_revision: '2', version: '1', value: b64('1') };
  assert.deepEqual((await post('/v3/kv/range', { key: b64('a') })).body, { header: header(2), kvs: [kv], count: '1' });
  assert.deepEqual((await post('/v3/kv/range', { key: b64('b') })).body, { header: header(2) });
  const txn = {
    compare: [{ createRevision: '2', target: 'CREATE', key: b64('a') }],
    success: [{ requestPut: { key: b64('b'), value: b64('2') } }, { request_delete_range: { key: b64('a'), prev_kv: true } }],
  };
  const responses = [
    { response_put: { header: { revision: '3' } } },
    { response_delete_range: { header: { revision: '3' }, deleted: '1', prev_kvs: [kv] } },
  ];
  assert.deepEqual((await post('/v3/kv/txn', txn)).body, { header: header(3), succeeded: true, responses });
  const deleted = await post('/v3/kv/deleterange', { key: 'AA==', range_end: 'AA==' });
  assert.deepEqual(deleted.body, { header: header(4), deleted: '1' });
  assert.deepEqual((await post('/v3/kv/compaction', { revision: '4' })).body, { header: header(4) });
});

test('errors carry etcd’s text, gRPC’s code and HTTP’s status', async () => {
  const cases = [
    ['/v3/kv/range', {}, 400, 3, 'etcdserver: key is not provided'],
    ['/v3/kv/range', { key: b64('a'), revision: 99 }, 400, 11, 'etcdserver: mvcc: required revision is a future revision'],
    ['/v3/kv/range', { key: b64('a'), revision: 2 }, 400, 11, 'etcdserver: mvcc: required revision has been compacted'],
    ['/v3/kv/range', { key: 'not base64!' }, 400, 3, 'etcdserver: field key must be base64'],
    [
      '/v3/kv/range',
      { key: 'YQ==', sort_order: 'UP' },
      400,
      3,
      'etcdserver: field sort_order must be one of NONE, ASCEND, DESCEND',
    ],
    ['/v3/lease/revoke', { ID: 5 }, 404, 5, 'etcdserver: requested lease not found'],
    ['/v3/kv/put', '[]', 400, 3, 'etcdserver: field body must be an object'],
  ] as const;
  for (const [path, body, status, code, message] of cases) {
    assert.deepEqual(await post(path, body), { status, body: { error: message, message, code } });
  }
  assert.equal((await post('/v3/kv/put', '{nonsense')).status, 400);
  const huge = await post('/v3/kv/put', { key: 'YQ==', value: Buffer.alloc(1_600_000).toString('base64') });
  assert.equal(huge.body['message'], 'etcdserver: request is too large');
});

test('leases', async () => {
  assert.deepEqual((await post('/v3/lease/grant', { TTL: '60', ID: '5' })).body, { header: header(4), ID: '5', TTL: '60' });
  await post('/v3/kv/put', { key: b64('l'), lease: '5' });
  const { TTL, ...rest } = (await post('/v3/lease/timetolive', { ID: '5', keys: true })).body;
  assert(Number(TTL) === 59 || Number(TTL) === 60);
  assert.deepEqual(rest, { header: header(5), ID: '5', grantedTTL: '60', keys: [b64('l')] });
  assert.deepEqual((await post('/v3/lease/keepalive', { ID: '5' })).body, { result: { header: header(5), ID: '5', TTL: '60' } });
  assert.deepEqual((await post('/v3/lease/leases', {})).body, { header: header(5), leases: [{ ID: '5' }] });
  assert.deepEqual((await post('/v3/lease/timetolive', { ID: '6' })).body, { header: header(5), ID: '6', TTL: '-1' });
  assert.deepEqual((await post('/v3/lease/revoke', { ID: '5' })).body, { header: header(6) });
});

test('a watch streams one line per revision until the client leaves', async () => {
  const abort = new AbortController();
  const body = JSON.stringify({ create_request: { key: b64('w'), prev_kv: true } });
  const response = await fetch(`${server.url}/v3/watch`, { method: 'POST', body, signal: abort.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const line = async () => {
    while (!text.includes('\n')) text += (await reader.read()).value ?? assert.fail('the stream ended');
    const end = text.indexOf('\n');
    const parsed = JSON.parse(text.slice(0, end)) as unknown;
    text = text.slice(end + 1);
    return parsed;
  };
  assert.deepEqual(await line(), { result: { header: header(6), created: true } });
  await post('/v3/kv/put', { key: b64('w'), value: b64('1') });
  await post('/v3/kv/deleterange', { key: b64('w') });
  const kv = { key: b64('w'), create_revision: '7', mod_revision: '7', version: '1', value: b64('1') };
  assert.deepEqual(await line(), { result: { header: header(7), events: [{ kv }] } });
  const deleted = { type: 'DELETE', kv: { key: b64('w'), mod_revision: '8' }, prev_kv: kv };
  assert.deepEqual(await line(), { result: { header: header(8), events: [deleted] } });
  assert.equal(server.member.store.watchCounts.synced, 1);
  abort.abort();
  while (server.member.store.watchCounts.synced > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('a watch of what is compacted is told so', async () => {
  const abort = new AbortController();
  const body = JSON.stringify({ create_request: { key: b64('w'), start_revision: 1 } });
  const response = await fetch(`${server.url}/v3/watch`, { method: 'POST', body, signal: abort.signal });
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.split('\n').length === 3) break;
  }
  const end = JSON.parse(text.split('\n')[1]!) as { result: object };
  const { revision: _, ...head } = header(0);
  assert.deepEqual(end.result, { header: head, canceled: true, compact_revision: '4' });
  abort.abort();
});

test('health, version, metrics, and what is not there', async () => {
  const get = async (path: string) => {
    const response = await fetch(server.url + path);
    return [response.status, await response.text()] as const;
  };
  assert.deepEqual(await get('/health'), [200, '{"health":"true","reason":""}']);
  assert.deepEqual(await get('/version'), [200, '{"etcdserver":"3.5.13","etcdcluster":"3.5.0"}']);
  const [, metrics] = await get('/metrics');
  for (const line of [/process_start_time_seconds \d/, /etcd_debugging_mvcc_current_revision 8\n/, /etcd_mvcc_txn_total 1\n/]) {
    assert.match(metrics, line);
  }
  assert.deepEqual(await get('/nothing'), [404, '404 page not found\n']);
  assert.equal((await get('/v3/kv/range'))[0], 405);
});

test('a metrics URL shows metrics and health, and no way to the keys', async () => {
  const secure = await serveForTest({ tls: true });
  const get = async (path: string, init?: RequestInit) => (await fetch(secure.metricsUrl + path, init)).status;
  assert.deepEqual([await get('/metrics'), await get('/health'), await get('/version')], [200, 200, 200]);
  const body = JSON.stringify({ key: b64('a') });
  assert.equal(await get('/v3/kv/range', { method: 'POST', body }), 404);
  for (const first of [
    `GET ${nativePath} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ]) {
    const socket = connect(Number(new URL(secure.metricsUrl).port), '127.0.0.1');
    socket.on('error', () => {}); // a reset is as good an end as any
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.write(first);
    await once(socket, 'close');
    assert.equal(answer, '');
  }
  await secure.close();
});

test('a member without its quorum is not healthy', async () => {
  class Minority extends LoneMember {
    override async linearizable(): Promise<void> {
      throw new StoreError('unavailable', 'etcdserver: no leader');
    }
  }
  const minority = await serveForTest({ member: new Minority() });
  const response = await fetch(`${minority.url}/health`);
  assert.deepEqual(
    [response.status, await response.text()],
    [503, '{"health":"false","reason":"QGET ERROR:etcdserver: no leader"}'],
  );
  assert.equal((await fetch(`${minority.url}/health?serializable=true`)).status, 200);
  await minority.close();
});

test('under TLS, a client that speaks both HTTP versions gets the gateway', async () => {
  const secure = await serveForTest({ tls: true });
  const options = { ...clientTls(), ALPNProtocols: ['h2', 'http/1.1'], agent: false };
  const status = await new Promise((resolve, reject) => {
    const request = httpsRequest(`${secure.url}/health`, options as object, (response) => resolve(response.resume().statusCode));
    request.on('error', reject).end();
  });
  assert.equal(status, 200);
  await secure.close();
});
