import assert from 'node:assert/strict';
import type { WatchStream } from '../key-value-store.js';
import { watchWindowBytes } from '../limits.js';
import { all, bytes, type Check, consecutive, take, takeRevisions, text, under } from './support.js';

const keysMany = 50_000;
/** etcd takes no more in one transaction. */
const opsMax = 128;
const watchesMany = 300;

/** What has to hold with a lot of everything. */
export function scale(check: Check): void {
  check('an answer of 50,000 keys', async (kv) => {
    const name = (i: number) => `/many/${String(i).padStart(5, '0')}`;
    for (let first = 0; first < keysMany; first += opsMax) {
      const indexes = consecutive(first, Math.min(opsMax, keysMany - first));
      const success = indexes.map((i) => ({ put: { key: bytes(name(i)), value: bytes(String(i)) } }));
      await kv.txn({ compare: [], success, failure: [] });
    }
    const { kvs, count, more } = await kv.range(under('/many/'));
    assert.deepEqual([kvs.length, count, more], [keysMany, keysMany, false]);
    for (const [i, { key, value }] of kvs.entries()) assert.deepEqual([text(key), text(value)], [name(i), String(i)]);
  });
  check('many watches each see their own keys', async (kv) => {
    const watches = consecutive(0, watchesMany).map((i) => kv.watch({ key: bytes(`w${i}`) }));
    await Promise.all(watches.map(({ created }) => created));
    const writes = watches.map((_, i) => kv.put({ key: bytes(`w${i}`), value: bytes(String(i)) }));
    const seen = await Promise.all(watches.map((watch) => take(watch, 1)));
    await Promise.all(writes);
    assert.deepEqual(
      seen.map(([response]) => text(response?.events[0]?.kv.value ?? bytes(''))),
      watches.map((_, i) => String(i)),
    );
    for (const watch of watches) watch.cancel();
  });
  check('a watch that is not read delays no other', async (kv) => {
    const unread = kv.watch(under('/big/'));
    const read = kv.watch(under('/small/'));
    await Promise.all([unread.created, read.created]);
    const value = new Uint8Array(watchWindowBytes / 4);
    const count = 20;
    for (let i = 0; i < count; i++) {
      await kv.put({ key: bytes('/big/key'), value });
      await kv.put({ key: bytes('/small/key'), value: bytes(String(i)) });
      await take(read, 1);
    }
    const revisions = await takeRevisions(unread, count);
    assert.deepEqual(
      revisions,
      consecutive(0, count).map((i) => 2 + 2 * i),
    );
    unread.cancel();
    read.cancel();
  });
  check('progress is never told ahead of an event', async (kv) => {
    const started = await kv.put({ key: bytes('/x/0'), value: bytes('0') });
    const watches = ['/x/', '/y/', '/z/'].map((prefix) => ({
      prefix,
      watch: kv.watch({ ...under(prefix), startRevision: started.revision }),
    }));
    const written = new Map<string, number[]>(watches.map(({ prefix }) => [prefix, prefix === '/x/' ? [started.revision] : []]));
    let last = started.revision;
    let writing = true;
    const write = async (prefix: string, every: number) => {
      for (let i = 0; i < 300; i += every) {
        const { revision } = await kv.put({ key: bytes(`${prefix}${i % 7}`), value: bytes(String(i)) });
        written.get(prefix)?.push(revision);
        last = Math.max(last, revision);
      }
    };
    const followers = watches.map(async ({ prefix, watch }) => {
      const marks = await follow(watch, () => (writing ? undefined : last));
      return { prefix, ...marks };
    });
    await Promise.all([write('/x/', 1), write('/y/', 30)]);
    writing = false;
    for (const { prefix, seen, marks } of await Promise.all(followers)) {
      assert.deepEqual(seen, written.get(prefix), `${prefix}: every event, once`);
      for (const { revision, seenBefore } of marks) {
        const due = written.get(prefix)?.filter((write) => write <= revision).length;
        assert(seenBefore >= (due ?? 0), `${prefix}: told to be at ${revision} after ${seenBefore} of ${due} events`);
      }
    }
  });
  check('progress of everything is told too', async (kv) => {
    const { revision } = await kv.put({ key: bytes('a'), value: bytes('1') });
    const watch = kv.watch({ ...all, startRevision: revision + 1 });
    await watch.created;
    const next = await kv.put({ key: bytes('a'), value: bytes('2') });
    watch.requestProgress();
    const [event, mark] = await take(watch, 2);
    assert.deepEqual([event?.revision, event?.events.length], [next.revision, 1]);
    assert.deepEqual([mark?.revision, mark?.events.length], [next.revision, 0]);
    watch.cancel();
  });
}

interface Followed {
  readonly seen: readonly number[];
  readonly marks: readonly { readonly revision: number; readonly seenBefore: number }[];
}

/** Reads a watch and asks for progress all the time, until it is told to have come to `end()`. */
async function follow(watch: WatchStream, end: () => number | undefined): Promise<Followed> {
  const seen: number[] = [];
  const marks: { revision: number; seenBefore: number }[] = [];
  await watch.created;
  watch.requestProgress();
  for await (const { revision, events } of watch) {
    if (events.length > 0) seen.push(revision);
    else {
      marks.push({ revision, seenBefore: seen.length });
      if (revision >= (end() ?? Number.POSITIVE_INFINITY)) break;
      watch.requestProgress();
    }
  }
  return { seen, marks };
}
