import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  type Command,
  decodeCommand,
  encodeCommand,
  type HashResult,
  isReadOnly,
  type KeyValue,
  MemoryBackend,
  MvccStore,
  type RangeRequest,
  type RequestOp,
  type ResponseOp,
  StoreError,
  type TxnRequest,
  type TxnResponse,
  validateTxn,
  type WatchEvent,
} from './index.js';
import { hashKeysPerSlice, scrubKeysPerApply } from './limits.js';
import { covers, NaiveModel, plain } from './model.test.js';

const keyArb = fc.constantFrom('a', 'b', 'c', 'd', 'ab', 'b\xff').map((key) => new Uint8Array(Buffer.from(key, 'latin1')));
const valueArb = fc.constantFrom('', '1', '2', '\xff').map((value) => new Uint8Array(Buffer.from(value, 'latin1')));
const endArb = fc.option(
  fc.constantFrom('\0', 'b', 'c', 'zz').map((end) => new Uint8Array(Buffer.from(end, 'latin1'))),
  { nil: undefined },
);
const spanArb = fc.record({ key: keyArb, rangeEnd: endArb }).map(({ key, rangeEnd }) => (rangeEnd ? { key, rangeEnd } : { key }));
const boundArb = fc.integer({ min: 0, max: 8 });
const rangeArb: fc.Arbitrary<RangeRequest> = fc
  .record({
    span: spanArb,
    rest: fc.record({
      limit: fc.integer({ min: 0, max: 3 }),
      sortOrder: fc.constantFrom('none', 'ascend', 'descend'),
      sortTarget: fc.constantFrom('key', 'version', 'create', 'mod', 'value'),
      keysOnly: fc.boolean(),
      countOnly: fc.boolean(),
      minModRevision: boundArb,
      maxModRevision: boundArb,
      minCreateRevision: boundArb,
      maxCreateRevision: boundArb,
    }),
  })
  .map(({ span, rest }) => ({ ...span, ...rest }) as RangeRequest);

const compareArb = fc
  .record({
    span: spanArb,
    result: fc.constantFrom('equal', 'greater', 'less', 'not_equal'),
    target: fc.oneof(
      boundArb.map((version) => ({ version })),
      boundArb.map((createRevision) => ({ createRevision })),
      boundArb.map((modRevision) => ({ modRevision })),
      valueArb.map((value) => ({ value })),
    ),
  })
  .map(({ span, result, target }) => ({ ...span, result, target }) as TxnRequest['compare'][number]);

const { txn: txnArb } = fc.letrec<{ op: RequestOp; txn: TxnRequest }>((tie) => ({
  op: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    fc.record({ put: fc.record({ key: keyArb, value: valueArb, prevKv: fc.constant(true) }) }),
    spanArb.map((deleteRange) => ({ deleteRange })),
    fc.record({ range: rangeArb }),
    fc.record({ txn: tie('txn') }),
  ) as fc.Arbitrary<RequestOp>,
  txn: fc.record({
    compare: fc.array(compareArb, { maxLength: 2 }),
    success: fc.array(tie('op'), { maxLength: 3 }),
    failure: fc.array(tie('op'), { maxLength: 2 }),
  }),
}));

const valid = (txn: TxnRequest) => {
  try {
    validateTxn(txn);
    return true;
  } catch (error) {
    assert(error instanceof StoreError);
    return false;
  }
};

/** The model keeps one state a revision: it cannot tell of a key that changes twice in one, where etcd allows it. */
const changesOnce = ({ success, failure }: TxnRequest) =>
  [success, failure].every((branch) => !putMeetsDelete(flattenOps(branch)));
const flattenOps = (ops: readonly RequestOp[]): RequestOp[] =>
  ops.flatMap((op) => ('txn' in op ? flattenOps([...op.txn.success, ...op.txn.failure]) : [op]));
const putMeetsDelete = (ops: readonly RequestOp[]) =>
  ops.some((op) => 'put' in op && ops.some((other) => 'deleteRange' in other && covers(other.deleteRange, op.put.key)));

const stepsArb = fc.array(
  txnArb.filter((txn) => valid(txn) && changesOnce(txn)),
  { minLength: 1, maxLength: 12 },
);

const comparable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, item) => (item?.modRevision === undefined ? item : plain(item as KeyValue))) ?? 'null');

function flatten(response: TxnResponse): unknown[] {
  const answer = (op: ResponseOp): unknown[] => {
    if ('txn' in op) return flatten(op.txn);
    if ('range' in op) return [{ kvs: op.range.kvs, more: op.range.more, count: op.range.count }];
    return 'put' in op ? [op.put.prevKv] : [op.deleteRange.deleted];
  };
  return [response.succeeded, ...response.responses.flatMap(answer)];
}

function openStore() {
  const backend = new MemoryBackend();
  const deferred: (() => void)[] = [];
  const defer = (work: () => void) => deferred.push(work);
  const settle = () => {
    for (let work = deferred.shift(); work !== undefined; work = deferred.shift()) work();
  };
  return { backend, store: MvccStore.empty(backend, { defer }), defer, settle };
}

function applyTxn(store: MvccStore, txn: TxnRequest): TxnResponse {
  const result = store.apply(store.appliedIndex + 1, encodeCommand({ txn }));
  assert('response' in result && 'txn' in result.response);
  return result.response.txn;
}

test('answers what the naive model answers, at every revision', () => {
  fc.assert(
    fc.property(stepsArb, rangeArb, (steps, range) => {
      const { store } = openStore();
      const model = new NaiveModel();
      for (const txn of steps) {
        assert.deepEqual(comparable(flatten(applyTxn(store, txn))), comparable(model.txn(txn)));
        assert.equal(store.revision, model.revision);
      }
      for (let revision = 1; revision <= model.revision; revision++) {
        const { revision: at, ...answer } = store.range({ ...range, revision });
        assert.equal(at, model.revision);
        assert.deepEqual(comparable(answer), comparable(model.range({ ...range, revision })));
      }
    }),
    { numRuns: 400 },
  );
});

test('a watch from any revision sees every change once, in order, however slow it is', () => {
  fc.assert(
    fc.property(stepsArb, fc.integer({ min: 2, max: 8 }), fc.array(fc.boolean()), spanArb, (steps, from, pauses, span) => {
      const { store, settle } = openStore();
      const model = new NaiveModel();
      const seen: [number, readonly WatchEvent[]][] = [];
      let turn = 0;
      const deliver = (response: { revision: number; events: readonly WatchEvent[] }) => {
        seen.push([response.revision, response.events]);
        return pauses[turn++ % Math.max(1, pauses.length)] !== true;
      };
      const at = Math.floor(steps.length / 2); // the watch starts in the middle: history first, then live
      let watcher: ReturnType<MvccStore['watch']> | undefined;
      for (const [i, txn] of steps.entries()) {
        if (i === at) watcher = store.watch({ ...span, startRevision: from, prevKv: true }, { deliver, cancelled: assert.fail });
        applyTxn(store, txn);
        model.txn(txn);
        if (i % 3 === 0) settle();
        if (i % 2 === 0) watcher?.resume();
      }
      for (let round = 0; round < 20; round++) {
        watcher?.resume();
        settle();
      }
      assert.deepEqual(comparable(seen.map(eventsOf)), comparable(expectedEvents(model, from, span)));
    }),
    { numRuns: 400 },
  );
});

const eventsOf = ([revision, events]: [number, readonly WatchEvent[]]) => [
  revision,
  events
    .map(({ type, kv, prevKv }) => [type, Buffer.from(kv.key).toString('latin1'), type === 'put' ? kv : null, prevKv ?? null])
    .sort((a, b) => (String(a[1]) < String(b[1]) ? -1 : 1)),
];

function expectedEvents(model: NaiveModel, from: number, span: { key: Uint8Array; rangeEnd?: Uint8Array }) {
  const out: unknown[] = [];
  for (let revision = from; revision <= model.revision; revision++) {
    const keyOf = (kv: KeyValue) => Buffer.from(kv.key).toString('latin1');
    const at = (r: number) => new Map(model.range({ ...span, revision: r }).kvs.map((kv) => [keyOf(kv), kv]));
    const [before, after] = [at(revision - 1), at(revision)];
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
      (key) => before.get(key)?.modRevision !== after.get(key)?.modRevision,
    );
    const events = changed.sort().map((key) => {
      const kv = after.get(key);
      return [kv === undefined ? 'delete' : 'put', key, kv ?? null, before.get(key) ?? null];
    });
    if (events.length > 0) out.push([revision, events]);
  }
  return out;
}

test('compaction keeps what is still readable, and a store opened again is the same store', async () => {
  await fc.assert(
    fc.asyncProperty(stepsArb, rangeArb, fc.nat(), async (steps, range, chance) => {
      const { store, backend, defer } = openStore();
      const model = new NaiveModel();
      for (const txn of steps) {
        applyTxn(store, txn);
        model.txn(txn);
      }
      const compactRevision = 1 + (chance % store.revision);
      store.apply(store.appliedIndex + 1, encodeCommand({ compact: { revision: compactRevision } }));
      const reopened = await MvccStore.open(backend, { defer });
      assert.equal(reopened.bytes, store.bytes);
      for (const each of [store, reopened]) {
        assert.equal(each.appliedIndex, steps.length + 1);
        for (let revision = 1; revision <= model.revision; revision++) {
          const read = () => each.range({ ...range, revision });
          if (revision < compactRevision) assert.throws(read, { code: 'compacted', compactRevision });
          else {
            const { revision: _, ...answer } = read();
            assert.deepEqual(comparable(answer), comparable(model.range({ ...range, revision })));
          }
        }
      }
      for (let revision = compactRevision; revision <= model.revision; revision++) {
        assert.deepEqual(await reopened.hash(revision), await store.hash(revision));
      }
    }),
    { numRuns: 200 },
  );
});

const digest = async (store: MvccStore, revision?: number) => (await store.hash(revision)).hash;

test('members agree on the digest although one has removed compacted history and another has not', async () => {
  const [early, late] = [openStore().store, openStore().store];
  const put = (store: MvccStore, value: string) =>
    store.apply(store.appliedIndex + 1, encodeCommand({ put: { key: Buffer.from('k'), value: Buffer.from(value) } }));
  for (const store of [early, late]) for (const value of ['1', '2', '3']) put(store, value);
  assert.equal(await digest(early), await digest(late));
  put(late, 'other');
  assert.notEqual(await digest(early), await digest(late));
  assert.equal(await digest(early, 4), await digest(late, 4));
});

test('a digest is made in slices, between which the store goes on; a compaction starts it over', async () => {
  const deferred: (() => void)[] = [];
  const store = MvccStore.empty(new MemoryBackend(), { defer: (work) => deferred.push(work) });
  const apply = (command: Command) => store.apply(store.appliedIndex + 1, encodeCommand(command));
  const put = (i: number, value: string) => apply({ put: { key: Buffer.from(`k${i}`), value: Buffer.from(value) } });
  for (let i = 0; i < 2 * hashKeysPerSlice + 1; i++) put(i, '1');
  const { revision } = store;
  const finish = async (hash: Promise<HashResult>, between: () => void) => {
    let slices = 1;
    while (deferred.length > 0) {
      between();
      deferred.shift()?.();
      await Promise.resolve();
      slices++;
    }
    return { ...(await hash), slices };
  };
  const still = await finish(store.hash(), () => {});
  let changes = 0;
  const busy = await finish(store.hash(), () => put(changes++, '2'));
  assert.deepEqual(busy, still);
  assert.equal(still.slices, 3);
  let compacted = false;
  const compacting = await finish(store.hash(revision), () => {
    if (!compacted) apply({ compact: { revision } });
    compacted = true;
  });
  assert.ok(compacting.slices > 3);
  assert.equal(compacting.compactRevision, revision);
});

test('scrubbing removes at once what is compacted', async () => {
  const backend = new MemoryBackend();
  const store = MvccStore.empty(backend, { defer: (work) => work() });
  const apply = (command: Command) => store.apply(store.appliedIndex + 1, encodeCommand(command));
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 3 * scrubKeysPerApply; i++) apply({ put: { key: Buffer.from(`k${i}`), value: Buffer.alloc(1) } });
  }
  const before = await store.hash();
  apply({ compact: { revision: store.revision } });
  const expected = await store.hash();
  assert.ok(backend.size > 4 * scrubKeysPerApply, 'most of it is still there');
  await store.scrub();
  assert.equal(backend.size, 3 * scrubKeysPerApply + 1);
  assert.deepEqual(await store.hash(), expected);
  assert.notEqual(before.hash, expected.hash);
});

test('commands survive encoding', () => {
  fc.assert(
    fc.property(txnArb, (txn) => {
      const decoded = decodeCommand(encodeCommand({ txn }));
      assert('txn' in decoded);
      assert.deepEqual(encodeCommand(decoded), encodeCommand({ txn }));
      assert.equal(isReadOnly(decoded.txn), isReadOnly(txn));
    }),
  );
});

test('a damaged command is answered with an error, and changes nothing', () => {
  const command = encodeCommand({ put: { key: Buffer.from('key'), value: Buffer.from('value') } });
  const { store } = openStore();
  for (let length = 0; length < command.length; length++) {
    const result = store.apply(length + 1, command.slice(0, length));
    assert('error' in result && result.error.code === 'invalid');
  }
  assert.equal(store.revision, 1);
  assert.equal(store.appliedIndex, command.length);
});

test('after a snapshot took its state’s place, a store goes on, and so do its watches', async () => {
  const leader = openStore();
  const follower = openStore();
  const put = ({ store }: ReturnType<typeof openStore>, value: string) =>
    store.apply(store.appliedIndex + 1, encodeCommand({ put: { key: Buffer.from('k'), value: Buffer.from(value) } }));
  for (const member of [leader, follower]) for (let i = 2; i <= 5; i++) put(member, String(i));
  for (let i = 6; i <= 9; i++) put(leader, String(i)); // the follower was away, and the log has been compacted

  const seen: Record<string, number[]> = { live: [], lagging: [], slow: [] };
  const ended: (number | undefined)[] = [];
  const watch = (name: string, startRevision: number, room = Number.POSITIVE_INFINITY) => {
    const log = seen[name]!;
    const deliver = ({ revision }: { revision: number }) => log.push(revision) < room;
    const cancelled = (error: StoreError) => ended.push(error.compactRevision);
    return follower.store.watch({ key: Buffer.from('k'), startRevision }, { deliver, cancelled });
  };
  watch('live', 0);
  const slow = watch('slow', 3, 1);
  follower.settle();
  watch('lagging', 4); // has not read anything when the snapshot comes

  leader.store.apply(leader.store.appliedIndex + 1, encodeCommand({ compact: { revision: 5 } }));
  const old: { key: Uint8Array; value: undefined }[] = [];
  for await (const page of follower.backend.pages(Uint8Array.of(0), Uint8Array.of(255)))
    for (const [key] of page) old.push({ key, value: undefined });
  follower.backend.write(old);
  for await (const page of leader.backend.pages(Uint8Array.of(0), Uint8Array.of(255)))
    for (const [key, value] of page) follower.backend.write([{ key, value }]);
  const reloaded = follower.store.reload();
  assert.throws(() => follower.store.range({ key: Buffer.from('k') }), { code: 'unavailable' });
  follower.settle(); // a slice of catch-up that was due meanwhile must not take the gap for an empty history
  await reloaded;

  put(leader, '10');
  put(follower, '10');
  slow.resume();
  follower.settle();
  assert.deepEqual(seen['live'], [6, 7, 8, 9, 10]);
  assert.deepEqual(seen['slow'], [3]);
  assert.deepEqual(seen['lagging'], []);
  assert.deepEqual(ended, [5, 5], 'what the slow ones still needed is gone');
  assert.deepEqual(await follower.store.hash(), await leader.store.hash());
  assert.equal(follower.store.appliedIndex, leader.store.appliedIndex);
});
