import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { encodeCommand } from '@flotilla/mvcc';
import { TrailingDigest } from '../../snapshot/trailing-digest.js';
import { etcdctl, withEtcdctl } from '../etcdctl-process.test.js';
import { LoneMember } from '../lone-member.js';
import { serveForTest } from '../serve-for-test.test.js';

async function serve(t: TestContext, quotaBytes = 0) {
  const server = await serveForTest({ quotaBytes });
  t.after(() => server.close());
  const post = async (path: string, body: object) => {
    const response = await fetch(server.url + path, { method: 'POST', body: JSON.stringify(body) });
    const { header: _, ...rest } = (await response.json()) as Record<string, unknown>;
    return rest;
  };
  const alarm = (body: object) => post('/v3/maintenance/alarm', body);
  const put = (value: string) => post('/v3/kv/put', { key: 'YQ==', value: Buffer.from(value).toString('base64') });
  return { ...server, post, alarm, put };
}

test('alarms are raised, listed by type, and taken down by member and type', async (t) => {
  const { alarm, member } = await serve(t);
  assert.deepEqual(await alarm({}), {});
  const noSpace = { memberID: '7', alarm: 'NOSPACE' };
  const corrupt = { memberID: '18446744073709551615', alarm: 'CORRUPT' };
  assert.deepEqual(await alarm({ action: 'ACTIVATE', ...noSpace }), { alarms: [noSpace] });
  assert.deepEqual(await alarm({ action: 'ACTIVATE', ...noSpace }), { alarms: [noSpace] });
  assert.deepEqual(await alarm({ action: 'ACTIVATE', ...corrupt }), { alarms: [corrupt] });
  assert.deepEqual(await alarm({ action: 'GET' }), { alarms: [noSpace, corrupt] });
  assert.deepEqual(await alarm({ action: 'GET', memberID: '99' }), { alarms: [noSpace, corrupt] }, 'as in etcd');
  assert.deepEqual(await alarm({ alarm: 'CORRUPT' }), { alarms: [corrupt] });
  assert.deepEqual(await alarm({ action: 'ACTIVATE', memberID: '9' }), {}, 'no type, no alarm');
  assert.deepEqual(await alarm({ action: 'DEACTIVATE', memberID: '7' }), {});
  assert.deepEqual(await alarm({ action: 'DEACTIVATE', memberID: '8', alarm: 'NOSPACE' }), {});
  assert.deepEqual(await alarm({ action: 'DEACTIVATE', ...noSpace }), { alarms: [noSpace] });
  assert.deepEqual(await alarm({ action: 'DEACTIVATE', ...corrupt }), { alarms: [corrupt] });
  assert.deepEqual(member.store.alarms(), []);
  assert.equal((await alarm({ alarm: 'HUNGER' }))['code'], 3);
});

test('while an alarm is up, each face refuses what it forbids, and nothing enters the log for it', async (t) => {
  const { alarm, put, post, member } = await serve(t);
  await alarm({ action: 'ACTIVATE', memberID: '7', alarm: 'NOSPACE' });
  const noSpace = 'etcdserver: mvcc: database space exceeded';
  const { raftIndex } = member.status();
  const refused = { error: noSpace, message: noSpace, code: 8 };
  assert.deepEqual(await put('1'), refused);
  assert.deepEqual(await post('/v3/lease/grant', { TTL: '60' }), refused);
  assert.deepEqual(await post('/v3/kv/txn', { success: [{ requestPut: { key: 'YQ==' } }] }), refused);
  assert.equal(member.status().raftIndex, raftIndex);
  assert.deepEqual(await post('/v3/kv/deleterange', { key: 'YQ==' }), {});
  await alarm({ action: 'ACTIVATE', memberID: '7', alarm: 'CORRUPT' });
  const corrupt = 'etcdserver: corrupt cluster';
  assert.deepEqual(await put('1'), { error: corrupt, message: corrupt, code: 15 });
  assert.deepEqual(await post('/v3/kv/deleterange', { key: 'YQ==' }), { error: corrupt, message: corrupt, code: 15 });
  assert.deepEqual(await post('/v3/kv/range', { key: 'YQ==' }), {}, 'reads go on');
});

test('an alarm taken down elsewhere does not refuse what comes after', async (t) => {
  /** Has not heard yet that the alarm is down, until it asks. */
  class Behind extends LoneMember {
    readonly missed: Uint8Array[] = [];
    override async linearizable(): Promise<void> {
      for (const command of this.missed.splice(0)) await this.propose(command);
    }
  }
  const member = new Behind();
  const server = await serveForTest({ member });
  t.after(() => server.close());
  const alarm = { memberId: 7n, type: 'no-space' } as const;
  await member.propose(encodeCommand({ alarm: { action: 'activate', ...alarm } }));
  member.missed.push(encodeCommand({ alarm: { action: 'deactivate', ...alarm } }));
  const response = await fetch(`${server.url}/v3/kv/put`, { method: 'POST', body: '{"key":"YQ=="}' });
  assert.equal(response.status, 200);
});

test('a put beyond the quota raises NOSPACE in the member’s own name', async (t) => {
  const { put, member, alarm, post } = await serve(t, 2_000);
  assert.deepEqual(await put('x'.repeat(1_000)), {});
  assert.equal((await put('x'.repeat(1_000)))['code'], 8);
  const id = String(member.id);
  assert.deepEqual(await alarm({}), { alarms: [{ memberID: id, alarm: 'NOSPACE' }] });
  assert.equal((await put('x'))['code'], 8, 'even what would fit');
  await alarm({ action: 'DEACTIVATE', memberID: id, alarm: 'NOSPACE' });
  assert.deepEqual(await put('x'), {}, 'what fits does');
  assert.equal((await put('x'.repeat(1_000)))['code'], 8);
  await post('/v3/kv/compaction', { revision: String(member.store.revision) });
  await alarm({ action: 'DEACTIVATE', memberID: id, alarm: 'NOSPACE' });
  assert.deepEqual(await put('x'.repeat(1_000)), {}, 'compaction made room');
});

test('/health tells of an alarm, unless asked not to', async (t) => {
  const { url, alarm } = await serve(t);
  const health = async (query = '') => {
    const response = await fetch(`${url}/health${query}`);
    return [response.status, await response.text()];
  };
  const ill = (type: string) => [503, `{"health":"false","reason":"ALARM ${type}"}`];
  const well = [200, '{"health":"true","reason":""}'];
  await alarm({ action: 'ACTIVATE', memberID: '7', alarm: 'NOSPACE' });
  assert.deepEqual(await health(), ill('NOSPACE'));
  assert.deepEqual(await health('?serializable=true'), ill('NOSPACE'));
  assert.deepEqual(await health('?exclude=NOSPACE'), well);
  await alarm({ action: 'ACTIVATE', memberID: '8', alarm: 'CORRUPT' });
  assert.deepEqual(await health('?exclude=NOSPACE'), ill('CORRUPT'));
  assert.deepEqual(await health('?exclude=NOSPACE&exclude=CORRUPT'), well);
});

test('etcdctl alarm list, disarm; endpoint status tells of alarms', withEtcdctl, async (t) => {
  const { url, put, member } = await serve(t, 2_000);
  assert.equal(await etcdctl(url, 'alarm list'), '');
  await put('x'.repeat(1_600));
  await assert.rejects(etcdctl(url, 'put b', 'x'.repeat(600)), /Error: etcdserver: mvcc: database space exceeded/);
  const line = `memberID:${member.id} alarm:NOSPACE \n`;
  assert.equal(await etcdctl(url, 'alarm list'), line);
  assert.match(await etcdctl(url, 'endpoint status'), new RegExp(`, memberID:${member.id} alarm:NOSPACE \n$`));
  await assert.rejects(
    etcdctl(url, 'lease grant 60'),
    /Error: failed to grant lease \(etcdserver: mvcc: database space exceeded\)/,
  );
  await assert.rejects(etcdctl(url, 'txn', '\nput c 1\n\n\n'), /Error: etcdserver: mvcc: database space exceeded/);
  assert.equal(await etcdctl(url, 'del a'), '1\n');
  assert.equal(await etcdctl(url, 'compaction 3'), 'compacted revision 3\n');
  assert.equal(await etcdctl(url, 'alarm disarm'), line);
  assert.equal(await etcdctl(url, 'alarm list'), '');
  assert.equal(await etcdctl(url, 'put b', 'x'.repeat(600)), 'OK\n');
  await member.propose(encodeCommand({ alarm: { action: 'activate', memberId: 0n, type: 'corrupt' } }));
  await assert.rejects(etcdctl(url, 'put b 1'), /Error: etcdserver: corrupt cluster/);
  assert.match(await etcdctl(url, 'endpoint status'), /, alarm:CORRUPT \n$/);
});

test('a snapshot streams, tells what is left, and stops with its client', async (t) => {
  const { url, member, put } = await serve(t);
  for (let i = 0; i < 40; i++) await put(String(i).repeat(100_000));
  const response = await fetch(`${url}/v3/maintenance/snapshot`, { method: 'POST', body: '{}' });
  const lines = (await response.text()).trimEnd().split('\n');
  const parts = lines.map((line) => {
    const { result } = JSON.parse(line) as { result: { remaining_bytes?: string; blob: string } };
    return { remaining: Number(result.remaining_bytes ?? 0), blob: Buffer.from(result.blob, 'base64') };
  });
  let left = parts.reduce((sum, { blob }) => sum + blob.length, 0) - 32;
  for (const { blob, remaining } of parts) {
    left = Math.max(0, left - blob.length);
    assert.equal(remaining, left);
  }
  const digest = new TrailingDigest();
  for (const { blob } of parts) digest.update(blob);
  digest.verify();
  for (let i = 0; i < 200; i++) await put(String(i % 10).repeat(100_000)); // more than the sockets between can hold
  let [sent, ended] = [0, false];
  const { contents } = member.store;
  member.store.contents = () => {
    const taken = contents.call(member.store);
    const pages = (async function* () {
      try {
        for await (const page of taken.pages) {
          for (const entry of page) {
            sent++;
            yield [entry];
          }
        }
      } finally {
        ended = true;
      }
    })();
    return { ...taken, pages };
  };
  const abort = new AbortController();
  const slow = await fetch(`${url}/v3/maintenance/snapshot`, { method: 'POST', body: '{}', signal: abort.signal });
  await slow.body!.getReader().read();
  abort.abort();
  while (!ended) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(sent < 200, `${sent} entries were read for a client that took one message`);
});

test('etcdctl snapshot save', withEtcdctl, async (t) => {
  const { url, put } = await serve(t);
  for (let i = 0; i < 40; i++) await put(String(i).repeat(100_000));
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-snapshot-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file');
  assert.equal(await etcdctl(url, `snapshot save ${file}`), `Snapshot saved at ${file}\n`);
  const digest = new TrailingDigest();
  digest.update(readFileSync(file));
  digest.verify();
});

test('once users have to sign in, a snapshot is for root', async (t) => {
  const { url, post, put } = await serve(t);
  await put('secret');
  for (const [path, body] of [
    ['user/add', { name: 'root', password: 'r' }],
    ['user/add', { name: 'alice', password: 'a' }],
    ['role/add', { name: 'root' }],
    ['user/grant', { user: 'root', role: 'root' }],
    ['enable', {}],
  ] as const) {
    await post(`/v3/auth/${path}`, body);
  }
  const ask = async (name?: string, password?: string) => {
    const { token } = name === undefined ? {} : await post('/v3/auth/authenticate', { name, password });
    const headers: Record<string, string> = token === undefined ? {} : { authorization: String(token) };
    const response = await fetch(`${url}/v3/maintenance/snapshot`, { method: 'POST', body: '{}', headers });
    const [line = ''] = (await response.text()).split('\n');
    return Object.keys(JSON.parse(line) as object);
  };
  assert.deepEqual(await ask(), ['error']);
  assert.deepEqual(await ask('alice', 'a'), ['error']);
  assert.deepEqual(await ask('root', 'r'), ['result']);
});
