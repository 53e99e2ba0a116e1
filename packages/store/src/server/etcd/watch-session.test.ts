import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { encodeCommand, type PutRequest, storeErrors, type WatchSink } from '@flotilla/mvcc';
import { GrpcClient, type Message } from '../grpc/grpc-client.test.js';
import { serveForTest } from '../serve-for-test.test.js';

const options = { timeout: 20_000 };
const bytes = (text: string) => Buffer.from(text);

async function openWatch(t: TestContext, watchProgressMs?: number) {
  const server = await serveForTest(watchProgressMs === undefined ? {} : { watchProgressMs });
  const client = new GrpcClient(`127.0.0.1:${server.port}`);
  const stream = client.stream('etcdserverpb.Watch/Watch');
  t.after(async () => {
    stream.cancel();
    client.close();
    await server.close();
  });
  const { member } = server;
  const putOf = (key: string, value: string): PutRequest => ({
    key: new Uint8Array(bytes(key)),
    value: new Uint8Array(bytes(value)),
  });
  const put = (key: string, value: string) => member.propose(encodeCommand({ put: putOf(key, value) }));
  const putAll = (puts: readonly [string, string][]) =>
    member.propose(
      encodeCommand({ txn: { compare: [], success: puts.map(([key, value]) => ({ put: putOf(key, value) })), failure: [] } }),
    );
  const create = async (request: Message) => {
    stream.send({ create_request: request });
    return stream.next();
  };
  return { member, stream, put, putAll, create };
}

const revisionsOf = (message: Message) =>
  (message['events'] as { kv: { mod_revision: string } }[]).map(({ kv }) => Number(kv.mod_revision));
const headRevision = (message: Message) => Number((message['header'] as Message)['revision']);

test('what cannot be watched is refused with etcd’s reason, and the stream goes on', options, async (t) => {
  const { create, put, member } = await openWatch(t);
  const cases: [Message, string][] = [
    [{ key: bytes('b'), range_end: bytes('a') }, 'mvcc: watcher range is empty'],
    [{ key: bytes('b'), range_end: bytes('b') }, 'mvcc: watcher range is empty'],
    [{ key: bytes('a'), start_revision: -3 }, 'etcdserver: mvcc: required revision has been compacted'],
    [{ key: bytes('a'), watch_id: 7 }, ''],
    [{ key: bytes('a'), watch_id: 7 }, 'mvcc: duplicate watch ID provided on the WatchStream'],
  ];
  for (const [request, reason] of cases) {
    const { watch_id, created, canceled, cancel_reason } = await create(request);
    const want = reason === '' ? [String(request['watch_id']), true, false, ''] : ['-1', true, true, reason];
    assert.deepEqual([watch_id, created, canceled, cancel_reason], want);
  }
  for (const revision of [1, 2, 3]) await put('a', String(revision));
  await member.propose(encodeCommand({ compact: { revision: 3 } }));
  assert.equal((await create({ key: bytes('b'), range_end: bytes('\0'), start_revision: 99 }))['canceled'], false);
});

test('a watch on what was compacted ends with the revision to go on from', options, async (t) => {
  const { create, put, member, stream } = await openWatch(t);
  for (const value of ['1', '2', '3']) await put('a', value);
  await member.propose(encodeCommand({ compact: { revision: 3 } }));
  assert.equal((await create({ key: bytes('a'), start_revision: 2 }))['created'], true);
  const end = await stream.next();
  assert.deepEqual([end['watch_id'], end['canceled'], end['compact_revision'], end['cancel_reason']], ['0', true, '3', '']);
  await create({ key: bytes('a'), start_revision: 3 });
  assert.deepEqual(revisionsOf(await stream.next()), [3, 4], 'what starts there gets all from there on');
});

test('history arrives in few messages, each of whole revisions', options, async (t) => {
  const { create, putAll, stream } = await openWatch(t);
  for (let i = 0; i < 300; i++)
    await putAll([
      ['a/1', 'x'.repeat(200)],
      ['a/2', 'y'.repeat(200)],
    ]);
  await create({ key: bytes('a/'), range_end: bytes('a0'), start_revision: 2 });
  const seen: number[] = [];
  let messages = 0;
  while (seen.length < 600) {
    const message = await stream.next();
    const revisions = revisionsOf(message);
    assert.equal(revisions.length % 2, 0, 'no revision is torn');
    assert.equal(headRevision(message), revisions.at(-1));
    seen.push(...revisions);
    messages++;
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 600 }, (_, i) => 2 + Math.floor(i / 2)),
  );
  assert.ok(messages < 10, `${messages} messages`);
});

test('a watch that asks for it gets a large revision in fragments, another gets it whole', options, async (t) => {
  const { create, putAll, stream } = await openWatch(t);
  await create({ key: bytes('a/'), range_end: bytes('a0'), watch_id: 1, fragment: true });
  await create({ key: bytes('a/'), range_end: bytes('a0'), watch_id: 2 });
  const value = 'x'.repeat(300_000);
  await putAll(Array.from({ length: 10 }, (_, i) => [`a/${i}`, value]));
  const taken = [await stream.next(), await stream.next(), await stream.next()];
  assert.deepEqual(
    taken.map((message) => [message['watch_id'], message['fragment'], revisionsOf(message).length]),
    [
      ['1', true, 6],
      ['1', false, 4],
      ['2', false, 10],
    ],
  );
});

test('watches of a stream that are told the same, or in part, each get all of theirs', options, async (t) => {
  const { create, put, stream } = await openWatch(t);
  const keys = { key: bytes('a/'), range_end: bytes('a0') };
  const requests = [{ ...keys }, { key: bytes('a/2') }, { ...keys, fragment: true }, { ...keys, start_revision: 3 }, { ...keys }];
  for (const [i, request] of requests.entries()) await create({ ...request, watch_id: i + 1 });
  for (const key of ['a/1', 'a/2', 'a/3']) void put(key, 'x');
  const told = new Map<unknown, number[]>();
  while ([...told.values()].flat().length < 12) {
    const message = await stream.next();
    const revisions = revisionsOf(message);
    assert.equal(headRevision(message), revisions.at(-1));
    told.set(message['watch_id'], [...(told.get(message['watch_id']) ?? []), ...revisions]);
  }
  const byId = [...told].sort(([a], [b]) => Number(a) - Number(b)).map(([id, revisions]) => `${id}: ${revisions.join(' ')}`);
  assert.deepEqual(byId, ['1: 2 3 4', '2: 3', '3: 2 3 4', '4: 3 4', '5: 2 3 4']);
});

test('filters leave out puts or deletes; a put that creates has nothing before it', options, async (t) => {
  const { create, put, member, stream } = await openWatch(t);
  await create({ key: bytes('k'), watch_id: 1, filters: ['NOPUT'], prev_kv: true });
  await create({ key: bytes('k'), watch_id: 2, filters: ['NODELETE'], prev_kv: true });
  await put('k', '1');
  await put('k', '2');
  await member.propose(encodeCommand({ deleteRange: { key: new Uint8Array(bytes('k')) } }));
  const told: unknown[] = [];
  while (told.length < 3) {
    const message = await stream.next();
    for (const { type, prev_kv } of message['events'] as { type: string; prev_kv: { value: Buffer } | null }[])
      told.push([message['watch_id'], type, prev_kv === null ? null : String(prev_kv.value)]);
  }
  assert.deepEqual(told, [
    ['2', 'PUT', null],
    ['2', 'PUT', '1'],
    ['1', 'DELETE', '2'],
  ]);
});

test('an idle watch that asks for it is told the revision every interval', options, async (t) => {
  const { create, put, stream } = await openWatch(t, 100);
  await create({ key: bytes('a'), progress_notify: true, watch_id: 4 });
  await put('b', 'x');
  for (let i = 0; i < 2; i++) {
    const mark = await stream.next();
    assert.deepEqual([mark['watch_id'], mark['events'], headRevision(mark)], ['4', [], 2]);
  }
});

test('compaction ends a watch before progress that waited for it is told', options, async (t) => {
  const { create, member, stream } = await openWatch(t);
  // A watch that lags behind, for as long as the test likes.
  const lagging = new Promise<WatchSink>((resolve) => {
    member.store.watch = (_request, sink) => {
      return { synced: false, resume: () => {}, cancel: () => {}, requestProgress: () => resolve(sink) };
    };
  });
  await create({ key: bytes('a'), start_revision: 2 });
  stream.send({ progress_request: {} });
  (await lagging).cancelled(storeErrors.compacted(3));
  const [end, progress] = [await stream.next(), await stream.next()];
  assert.deepEqual([end['watch_id'], end['canceled'], end['compact_revision']], ['0', true, '3']);
  assert.deepEqual([progress['watch_id'], progress['canceled'], progress['events']], ['-1', false, []]);
});
