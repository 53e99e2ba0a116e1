import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { type Clock, type Random, silentLogger } from '@flotilla/base';
import { contractSuite, failoverSuite } from '../contract/index.js';
import { openDetected } from '../detect/detected-store.js';
import type { KeyValueStore } from '../key-value-store.js';
import { openEtcd } from './etcd-store.js';
import { etcdMissing, RealEtcd } from './real-etcd.test.js';

const clock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, fn) {
    const timer = setTimeout(fn, delayMs);
    return () => clearTimeout(timer);
  },
};

const random: Random = { next: () => 0 };

const connect = (endpoints: readonly string[]): KeyValueStore => openEtcd({ endpoints, clock, random, log: silentLogger });

const key = new Uint8Array(Buffer.from('a'));

if (etcdMissing) test('a real etcd', { skip: etcdMissing }, () => {});
else {
  contractSuite('etcd', async () => {
    const etcd = await RealEtcd.start();
    return { kv: connect(etcd.endpoints), close: () => etcd.close() };
  });
  failoverSuite('etcd', () => RealEtcd.start(), connect);
  failoverSuite(
    'etcd, detected',
    () => RealEtcd.start(),
    (endpoints) => openDetected({ endpoints, clock, random, log: silentLogger }),
  );

  test('with users in force, the driver authenticates, and again when its token is gone', { timeout: 60_000 }, async () => {
    const etcd = await RealEtcd.start();
    const etcdctl = (...args: string[]) => {
      const flags = ['--endpoints', etcd.endpoints.join(','), ...args];
      execFileSync('etcdctl', flags, { env: { ...process.env, ETCDCTL_API: '3' }, stdio: 'pipe' });
    };
    etcdctl('user', 'add', 'root:secret');
    etcdctl('user', 'grant-role', 'root', 'root');
    etcdctl('auth', 'enable');
    const open = (password?: string) =>
      openEtcd({
        ...{ endpoints: etcd.endpoints, clock, random, log: silentLogger },
        ...(password !== undefined && { user: { username: 'root', password } }),
      });
    const [root, nobody, impostor] = [open('secret'), open(), open('guess')];
    const watch = root.watch({ key });
    await watch.created;
    assert.equal((await root.put({ key, value: key })).revision, 2);
    await assert.rejects(nobody.put({ key, value: key }), { message: 'etcdserver: user name is empty' });
    await assert.rejects(impostor.put({ key, value: key }), /authentication failed, invalid user ID or password/);
    etcdctl('--user', 'root:secret', 'auth', 'disable'); // forgets all tokens; the connection stands
    etcdctl('auth', 'enable');
    assert.equal((await root.put({ key, value: key })).revision, 3);
    const seen: number[] = [];
    for await (const { revision } of watch) if (seen.push(revision) === 2) break;
    assert.deepEqual(seen, [2, 3]);
    await Promise.all([root, nobody, impostor].map((client) => client.close()));
    await etcd.close();
  });

  test('without a quorum, writes are refused as not executed, and reads that may be stale go on', {
    timeout: 120_000,
  }, async () => {
    const etcd = await RealEtcd.start(3);
    const kv = connect(etcd.endpoints);
    await kv.put({ key, value: key });
    await Promise.all([etcd.kill(1), etcd.kill(2)]);
    const outcome = () =>
      kv.put({ key, value: key }).then(
        () => assert.fail('written without a quorum'),
        (error) => String(error.code),
      );
    // The member that is left does not know at once that its leader is gone.
    let code = await outcome();
    while (code === 'unknown-outcome') code = await outcome();
    assert.equal(code, 'unavailable');
    assert.equal((await kv.range({ key, serializable: true })).count, 1);
    await Promise.all([etcd.startMember(1), etcd.startMember(2)]);
    await kv.put({ key, value: key });
    await kv.close();
    await etcd.close();
  });

  test('three members, one after the other killed under load: nothing acknowledged is lost, no event twice', {
    timeout: 120_000,
  }, async () => {
    const etcd = await RealEtcd.start(3);
    const kv = connect(etcd.endpoints);
    const watch = kv.watch({ key });
    await watch.created;
    const values: string[] = [];
    const reader = (async () => {
      for await (const { events } of watch) {
        for (const { kv } of events) values.push(Buffer.from(kv.value).toString());
        if (values.at(-1) === 'end') return;
      }
    })();
    const acknowledged: string[] = [];
    const write = async (value: string) => {
      // Only a write that was sent and not answered may fail, and only then may it be there or not.
      await kv.put({ key, value: Buffer.from(value) }).then(
        () => acknowledged.push(value),
        (error) => assert.equal(error.code, 'unknown-outcome'),
      );
    };
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 20; i++) await write(`${round}/${i}`);
      const killed = etcd.kill(round);
      for (let i = 20; i < 40; i++) await write(`${round}/${i}`);
      await killed;
      await etcd.startMember(round);
    }
    while (acknowledged.at(-1) !== 'end') await write('end');
    await reader;
    assert.deepEqual(
      values.filter((value) => acknowledged.includes(value)),
      acknowledged,
    );
    assert.equal(new Set(values.slice(0, -1)).size, values.length - 1, 'no event twice');
    await kv.close();
    await etcd.close();
  });
}
