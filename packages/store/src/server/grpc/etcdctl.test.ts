import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test, { after, before } from 'node:test';
import { serveForTest, testTls } from '../serve-for-test.test.js';

const found = spawnSync('etcdctl', ['version'], { env: { ...process.env, ETCDCTL_API: '3' } }).status === 0;
const options = { timeout: 30_000, skip: found ? false : 'etcdctl is not installed' };

let server: Awaited<ReturnType<typeof serveForTest>>;
before(async () => {
  server = await serveForTest({ tls: true });
});
after(() => server.close());

const env = () => ({
  ...process.env,
  ETCDCTL_API: '3',
  ETCDCTL_ENDPOINTS: server.url,
  ETCDCTL_CACERT: testTls().ca.certFile,
  ETCDCTL_CERT: testTls().client.certFile,
  ETCDCTL_KEY: testTls().client.keyFile,
});

/** Runs etcdctl. @returns what it printed */
function etcdctl(args: string, input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('etcdctl', args.split(' '), { env: env() }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr));
      else resolve(stdout);
    });
    child.stdin?.end(input);
  });
}

test('etcdctl put, get, del', options, async () => {
  assert.equal(await etcdctl('put /a/1 one'), 'OK\n');
  await etcdctl('put /a/2 two');
  assert.equal(await etcdctl('put /a/1 uno --prev-kv'), 'OK\n/a/1\none\n');
  assert.equal(await etcdctl('get /a/1'), '/a/1\nuno\n');
  assert.equal(await etcdctl('get /a/1 --rev=2 --print-value-only'), 'one\n');
  assert.equal(await etcdctl('get /a --prefix --keys-only'), '/a/1\n\n/a/2\n\n');
  assert.equal(await etcdctl('get /a --prefix --limit=1 --sort-by=MODIFY --order=ASCEND'), '/a/2\ntwo\n');
  assert.equal(await etcdctl('get /a --prefix --sort-by=KEY --order=DESCEND --print-value-only'), 'two\nuno\n');
  assert.equal(await etcdctl('get / --from-key --consistency=s --print-value-only'), 'uno\ntwo\n');
  const json = JSON.parse(await etcdctl('get /a/1 -w json')) as { header: object; kvs: object[] };
  const kv = { key: 'L2EvMQ==', create_revision: 2, mod_revision: 4, version: 2, value: 'dW5v' };
  assert.deepEqual(json.kvs, [kv]);
  assert.equal(await etcdctl('del /a --prefix --prev-kv'), '2\n/a/1\nuno\n/a/2\ntwo\n');
  assert.equal(await etcdctl('get /a --prefix'), '');
});

test('etcdctl txn', options, async () => {
  await etcdctl('put t 1');
  const script = 'value("t") = "1"\nversion("t") > "0"\n\nput t 2\nget t\n\nget t\n\n';
  assert.equal(await etcdctl('txn', script), 'SUCCESS\n\nOK\n\nt\n2\n');
  assert.equal(await etcdctl('txn', script), 'FAILURE\n\nt\n2\n');
  await assert.rejects(etcdctl('txn', '\nput t 1\nput t 2\n\n\n'), /duplicate key given in txn request/);
});

test('etcdctl lease', options, async () => {
  const [, id = ''] = /lease (\w+) granted with TTL\(100s\)/.exec(await etcdctl('lease grant 100')) ?? assert.fail();
  await etcdctl(`put leased 1 --lease=${id}`);
  assert.match(await etcdctl(`lease timetolive ${id} --keys`), /TTL\(100s\), remaining\(\d+s\), attached keys\(\[leased\]\)/);
  assert.equal(await etcdctl('lease list'), `found 1 leases\n${id}\n`);
  assert.equal(await etcdctl(`lease keep-alive --once ${id}`), `lease ${id} keepalived with TTL(100)\n`);
  assert.equal(await etcdctl(`lease revoke ${id}`), `lease ${id} revoked\n`);
  assert.equal(await etcdctl('get leased'), '');
  await assert.rejects(etcdctl(`lease revoke ${id}`), /requested lease not found/);
});

test('etcdctl watch', options, async () => {
  const { revision } = server.member.store;
  const child = spawn('etcdctl', ['watch', 'w', '--prefix', '--prev-kv', `--rev=${revision + 1}`], { env: env() });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (count: number) => {
    const taken: string[] = [];
    while (taken.length < count) taken.push((await lines.next()).value as string);
    return taken;
  };
  await etcdctl('put w1 one');
  assert.deepEqual(await next(3), ['PUT', 'w1', 'one']);
  await etcdctl('put w1 two');
  assert.deepEqual(await next(5), ['PUT', 'w1', 'one', 'w1', 'two']);
  await etcdctl('del w1');
  assert.deepEqual(await next(5), ['DELETE', 'w1', 'two', 'w1', '']);
  child.kill();
  await once(child, 'close');
});

test('etcdctl member, endpoint', options, async () => {
  assert.equal(await etcdctl('member list'), `8e9e05c52164694d, started, lone, http://127.0.0.1:2380, ${server.url}, false\n`);
  assert.match(await etcdctl('endpoint status'), /8e9e05c52164694d, 3\.5\.\d+, .*, true, false, 2, \d+, \d+/);
  assert.match(await etcdctl('endpoint hashkv'), /, \d+\n/);
  await etcdctl('endpoint health');
  assert.equal(await etcdctl('alarm list'), '');
});

test('etcdctl endpoint, without TLS', options, async () => {
  const plain = await serveForTest();
  const status = await new Promise<string>((resolve, reject) => {
    const args = ['--endpoints', plain.url, 'endpoint', 'status'];
    execFile('etcdctl', args, { env: { ...process.env, ETCDCTL_API: '3' } }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
  });
  assert.match(status, /8e9e05c52164694d/);
  await plain.close();
});

test('etcdctl compaction', options, async () => {
  const { revision } = server.member.store;
  assert.equal(await etcdctl(`compaction ${revision}`), `compacted revision ${revision}\n`);
  await assert.rejects(etcdctl('get t --rev=2'), /required revision has been compacted/);
  await assert.rejects(etcdctl(`compaction ${revision}`), /required revision has been compacted/);
  await assert.rejects(etcdctl(`get t --rev=${revision + 10}`), /required revision is a future revision/);
});

/** An etcdctl that goes on running: its lines as they come, and its end. */
function running(args: string[]) {
  const child = spawn('etcdctl', args, { env: env() });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const closed = once(child, 'close');
  return {
    next: async () => (await lines.next()).value as string,
    end: async (signal: NodeJS.Signals) => {
      child.kill(signal);
      await closed;
    },
    closed,
  };
}

test('etcdctl lock: held until its holder ends, or dies, or its command is done', options, async () => {
  const first = running(['lock', 'm1', '--ttl', '2']);
  assert.match(await first.next(), /^m1\/\w+$/);
  const second = running(['lock', 'm1', '--ttl', '2']);
  const third = running(['lock', 'm1', 'echo', 'done']);
  const taken = second.next();
  await first.end('SIGKILL'); // its lease has to run out
  assert.match(await taken, /^m1\/\w+$/);
  await second.end('SIGINT'); // it unlocks
  assert.equal(await third.next(), 'done');
  await third.closed;
  assert.equal(await etcdctl('get m1 --prefix'), '');
});

test('etcdctl elect: the leader is killed, the next one leads, a listener hears of both', options, async () => {
  const listener = running(['elect', '--listen', 'e1']);
  const first = running(['elect', 'e1', 'one']);
  assert.match(await first.next(), /^e1\/\w+$/);
  assert.equal(await first.next(), 'one');
  assert.match(await listener.next(), /^e1\/\w+$/);
  assert.equal(await listener.next(), 'one');
  const second = running(['elect', 'e1', 'two']);
  const leads = second.next();
  await first.end('SIGINT');
  assert.match(await leads, /^e1\/\w+$/);
  await listener.next();
  assert.equal(await listener.next(), 'two');
  await second.end('SIGINT');
  await listener.end('SIGKILL');
});
