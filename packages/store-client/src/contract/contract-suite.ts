import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StoreError } from '@flotilla/mvcc';
import type { KeyValueStore } from '../key-value-store.js';
import { scale } from './scale-checks.js';
import { all, bytes, type Check, checkTimeoutMs, take, text, told, under } from './support.js';

/** A store under test, empty at first, and what takes it down. */
export interface OpenedStore {
  readonly kv: KeyValueStore;
  close(): Promise<void>;
}

/**
 * What every driver of `KeyValueStore` has to do. Run it from a test file of the driver:
 * `contractSuite('local', async () => ({ kv, close }))`.
 */
export function contractSuite(driver: string, open: () => Promise<OpenedStore>): void {
  const check: Check = (name, body) => {
    test(name, { timeout: checkTimeoutMs }, async () => {
      const { kv, close } = await open();
      try {
        await body(kv);
      } finally {
        await kv.close();
        await close();
      }
    });
  };
  describe(`${driver} keeps the contract of KeyValueStore`, () => {
    readAndWrite(check);
    transactions(check);
    refusals(check);
    leases(check);
    watches(check);
    scale(check);
    endings(check);
  });
}

function readAndWrite(check: Check): void {
  check('put, get, delete', async (kv) => {
    const first = await kv.put({ key: bytes('/a/1'), value: bytes('one') });
    const second = await kv.put({ key: bytes('/a/1'), value: bytes('two'), prevKv: true });
    assert.equal(second.revision, first.revision + 1);
    assert.equal(text(second.prevKv?.value ?? bytes('')), 'one');
    await kv.put({ key: bytes('/a/2'), value: bytes('') });
    const { kvs, count, more, revision } = await kv.range({ ...under('/a/'), limit: 1 });
    assert.deepEqual({ count, more, revision }, { count: 2, more: true, revision: first.revision + 2 });
    const { key, value, ...numbers } = kvs[0] ?? assert.fail();
    assert.deepEqual([text(key), text(value)], ['/a/1', 'two']);
    const { createRevision, modRevision, version, lease } = numbers;
    assert.deepEqual([createRevision, modRevision, version, lease], [first.revision, second.revision, 2, 0n]);
    const past = await kv.range({ key: bytes('/a/1'), revision: first.revision });
    assert.equal(text(past.kvs[0]?.value ?? bytes('')), 'one');
    const deleted = await kv.deleteRange({ ...under('/a/'), prevKv: true });
    assert.deepEqual([deleted.deleted, deleted.prevKvs.length], [2, 2]);
    assert.equal((await kv.range(all)).count, 0);
  });
  check('range options', async (kv) => {
    for (const [key, value] of [
      ['c', '1'],
      ['a', '2'],
      ['b', '3'],
    ] as const) {
      await kv.put({ key: bytes(key), value: bytes(value) });
    }
    const keys = async (options: object) => (await kv.range({ ...all, ...options })).kvs.map(({ key }) => text(key)).join('');
    assert.equal(await keys({}), 'abc');
    assert.equal(await keys({ sortTarget: 'mod', sortOrder: 'descend' }), 'bac');
    assert.equal(await keys({ sortTarget: 'value', sortOrder: 'ascend', limit: 2 }), 'ca');
    assert.equal(await keys({ minModRevision: 3 }), 'ab');
    assert.equal(await keys({ countOnly: true }), '');
    assert.equal(await keys({ serializable: true }), 'abc');
    const { kvs } = await kv.range({ ...all, keysOnly: true });
    assert(kvs.every(({ value }) => value.length === 0));
  });
  check('keys and values are any bytes, in any size up to the limit', async (kv) => {
    const key = Uint8Array.from({ length: 256 }, (_, i) => i);
    const value = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251);
    await kv.put({ key, value });
    const { kvs } = await kv.range({ key });
    assert.deepEqual(kvs[0]?.key, key);
    assert(Buffer.from(kvs[0]?.value ?? bytes('')).equals(value));
  });
  check('many requests at once each get their own answer', async (kv) => {
    await Promise.all(Array.from({ length: 500 }, (_, i) => kv.put({ key: bytes(`k${i}`), value: bytes(`v${i}`) })));
    const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => kv.range({ key: bytes(`k${i}`) })));
    for (const [i, { kvs }] of answers.entries()) assert.equal(text(kvs[0]?.value ?? bytes('')), `v${i}`);
  });
  check('status', async (kv) => {
    await kv.put({ key: bytes('a'), value: bytes('1') });
    const status = await kv.status();
    assert.equal(status.revision, 2);
    assert.notEqual(status.leader, 0n);
    assert.match(status.version, /^3\./);
  });
}

function transactions(check: Check): void {
  check('compare and swap: one of two wins', async (kv) => {
    const { revision } = await kv.put({ key: bytes('a'), value: bytes('0') });
    const swap = (value: string) =>
      kv.txn({
        compare: [{ key: bytes('a'), result: 'equal', target: { modRevision: revision } }],
        success: [{ put: { key: bytes('a'), value: bytes(value) } }],
        failure: [{ range: { key: bytes('a') } }],
      });
    const [one, two] = await Promise.all([swap('1'), swap('2')]);
    assert.notEqual(one.succeeded, two.succeeded);
    const loser = one.succeeded ? two : one;
    const seen = loser.responses[0];
    assert(seen !== undefined && 'range' in seen);
    assert.equal(seen.range.kvs[0]?.modRevision, revision + 1);
  });
  check('a nested transaction, all at one revision', async (kv) => {
    const response = await kv.txn({
      compare: [{ key: bytes('a'), result: 'equal', target: { version: 0 } }],
      success: [
        { put: { key: bytes('a'), value: bytes('1') } },
        { txn: { compare: [], success: [{ put: { key: bytes('b'), value: bytes('1') } }], failure: [] } },
        { range: all },
        { deleteRange: { key: bytes('zzz') } },
      ],
      failure: [],
    });
    assert.equal(response.revision, 2);
    assert.deepEqual(
      response.responses.map((op) => Object.keys(op)[0]),
      ['put', 'txn', 'range', 'deleteRange'],
    );
    const { kvs } = await kv.range(all);
    assert.deepEqual(
      kvs.map(({ modRevision }) => modRevision),
      [2, 2],
    );
  });
  check('a transaction that only reads', async (kv) => {
    await kv.put({ key: bytes('a'), value: bytes('1') });
    const target = { value: bytes('1') };
    const request = { compare: [{ key: bytes('a'), result: 'equal' as const, target }], success: [{ range: all }], failure: [] };
    const { succeeded, revision, responses } = await kv.txn(request);
    assert.deepEqual([succeeded, revision, responses.length], [true, 2, 1]);
  });
}

function refusals(check: Check): void {
  check('refusals carry etcd’s text and a code', async (kv) => {
    await kv.put({ key: bytes('a'), value: bytes('1') });
    await kv.put({ key: bytes('a'), value: bytes('2') });
    await kv.compact(3);
    const compacted = 'etcdserver: mvcc: required revision has been compacted';
    await assert.rejects(kv.range({ key: bytes('a'), revision: 2 }), {
      code: 'compacted',
      message: compacted,
      compactRevision: 3,
    });
    await assert.rejects(kv.compact(3), { code: 'compacted' });
    await assert.rejects(kv.compact(99), { code: 'future-revision' });
    const future = 'etcdserver: mvcc: required revision is a future revision';
    await assert.rejects(kv.range({ key: bytes('a'), revision: 99 }), { code: 'future-revision', message: future });
    const empty = { code: 'invalid', message: 'etcdserver: key is not provided' };
    await assert.rejects(kv.put({ key: bytes(''), value: bytes('1') }), empty);
    await assert.rejects(kv.range({ key: bytes('') }), empty);
    await assert.rejects(kv.deleteRange({ key: bytes('') }), empty);
    const lost = { code: 'lease-not-found', message: 'etcdserver: requested lease not found' };
    await assert.rejects(kv.put({ key: bytes('a'), value: bytes('1'), lease: 42n }), lost);
    const put = { put: { key: bytes('a'), value: bytes('1') } };
    const duplicate = { code: 'invalid', message: 'etcdserver: duplicate key given in txn request' };
    await assert.rejects(kv.txn({ compare: [], success: [put, put], failure: [] }), duplicate);
    assert.equal((await kv.range(all)).revision, 3);
  });
  check('an aborted request rejects with the signal’s reason', async (kv) => {
    await kv.range(all);
    const reason = new Error('not wanted any more');
    await assert.rejects(kv.range(all, AbortSignal.abort(reason)), reason);
    const abort = new AbortController();
    const pending = kv.range(all, abort.signal);
    abort.abort(reason);
    await pending.catch((error: unknown) => assert.equal(error, reason));
  });
}

function leases(check: Check): void {
  check('leases take their keys with them', async (kv) => {
    const { id, ttlSeconds } = await kv.leaseGrant(60);
    assert.equal(ttlSeconds, 60);
    await kv.put({ key: bytes('a'), value: bytes('1'), lease: id });
    assert.equal((await kv.range({ key: bytes('a') })).kvs[0]?.lease, id);
    assert.equal(await kv.leaseKeepAlive(id), 60);
    await kv.leaseRevoke(id);
    assert.equal((await kv.range(all)).count, 0);
    assert.equal(await kv.leaseKeepAlive(id), 0);
    await assert.rejects(kv.leaseRevoke(id), { code: 'lease-not-found' });
    assert.equal((await kv.leaseGrant(60, 77n)).id, 77n);
    await assert.rejects(kv.leaseGrant(60, 77n), { code: 'lease-exists' });
  });
}

function watches(check: Check): void {
  check('a watch sees every change after it stands', async (kv) => {
    await kv.put({ key: bytes('/a/0'), value: bytes('before') });
    const watch = kv.watch({ ...under('/a/'), prevKv: true });
    assert.equal(await watch.created, 2);
    await kv.put({ key: bytes('/a/1'), value: bytes('1') });
    await kv.put({ key: bytes('/b/1'), value: bytes('elsewhere') });
    const both = [{ put: { key: bytes('/a/2'), value: bytes('2') } }, { deleteRange: { key: bytes('/a/1') } }];
    await kv.txn({ compare: [], success: both, failure: [] });
    const responses = await take(watch, 2);
    assert.deepEqual(responses.map(told), [['put /a/1=1'], ['put /a/2=2', 'delete /a/1']]);
    assert.deepEqual(
      responses.map(({ revision }) => revision),
      [3, 5],
    );
    assert.equal(text(responses[1]?.events[1]?.prevKv?.value ?? bytes('')), '1');
    watch.cancel();
  });
  check('a watch starts in the past and goes on into the present', async (kv) => {
    for (let i = 0; i < 1_200; i++) await kv.put({ key: bytes(`k${i % 7}`), value: bytes(String(i)) });
    const watch = kv.watch({ ...all, startRevision: 2 });
    const writes = Promise.all(Array.from({ length: 800 }, () => kv.put({ key: bytes('live'), value: bytes('1') })));
    const responses = await take(watch, 2_000);
    await writes;
    assert.deepEqual(
      responses.map(({ revision }) => revision),
      Array.from({ length: 2_000 }, (_, i) => i + 2),
    );
    watch.cancel();
  });
  check('a watch that is not read misses nothing', async (kv) => {
    const watch = kv.watch(all);
    await watch.created;
    const value = new Uint8Array(10_000);
    for (let i = 0; i < 20; i++) {
      await Promise.all(Array.from({ length: 50 }, () => kv.put({ key: bytes('big'), value })));
    }
    const responses = await take(watch, 1_000);
    assert.deepEqual(
      responses.map(({ revision }) => revision),
      Array.from({ length: 1_000 }, (_, i) => i + 2),
    );
    watch.cancel();
  });
  check('filters', async (kv) => {
    const watch = kv.watch({ ...all, filters: ['noput'] });
    await watch.created;
    await kv.put({ key: bytes('a'), value: bytes('1') });
    await kv.deleteRange({ key: bytes('a') });
    assert.deepEqual((await take(watch, 1)).map(told), [['delete a']]);
    watch.cancel();
  });
  check('progress tells how far a watch has come', async (kv) => {
    const watch = kv.watch(under('/quiet/'));
    await watch.created;
    const { revision } = await kv.put({ key: bytes('/loud'), value: bytes('1') });
    watch.requestProgress();
    const [mark] = await take(watch, 1);
    assert.deepEqual([mark?.events, mark?.revision], [[], revision]);
    watch.cancel();
  });
  check('a watch of what is compacted throws', async (kv) => {
    for (const value of ['1', '2', '3']) await kv.put({ key: bytes('a'), value: bytes(value) });
    await kv.compact(4);
    await assert.rejects(take(kv.watch({ ...all, startRevision: 2 }), 1), { code: 'compacted', compactRevision: 4 });
  });
}

function endings(check: Check): void {
  check('cancelling a watch ends its iteration, leaving the loop cancels it', async (kv) => {
    const watch = kv.watch(all);
    await watch.created;
    const iteration = watch[Symbol.asyncIterator]().next();
    watch.cancel();
    assert.equal((await iteration).done, true);
    const other = kv.watch(all);
    await other.created;
    await kv.put({ key: bytes('a'), value: bytes('1') });
    for await (const response of other) {
      assert.equal(response.events.length, 1);
      break;
    }
    assert.equal((await other[Symbol.asyncIterator]().next()).done, true);
  });
  check('after close, requests are refused and watches have ended', async (kv) => {
    const watch = kv.watch(all);
    await watch.created;
    await kv.close();
    assert.equal((await watch[Symbol.asyncIterator]().next()).done, true);
    await assert.rejects(kv.range(all), (error) => error instanceof StoreError && error.code === 'cancelled');
  });
}
