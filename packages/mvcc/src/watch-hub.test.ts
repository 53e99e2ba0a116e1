import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeCommand } from './codec/commands.js';
import { MemoryBackend } from './memory-backend.js';
import type { WatchRequest, WatchResponse } from './model.js';
import { MvccStore } from './mvcc-store.js';

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** A store, and watches of it that write down what they are told. */
class Watched {
  readonly #deferred: (() => void)[] = [];
  readonly #store = MvccStore.empty(new MemoryBackend(), { defer: (work) => this.#deferred.push(work) });
  #index = 0;

  get counts() {
    return this.#store.watchCounts;
  }

  put(key: string, value = ''): void {
    this.#store.apply(++this.#index, encodeCommand({ put: { key: bytes(key), value: bytes(value) } }));
  }

  /** @param room how many responses it takes before it wants a pause */
  watch(request: WatchRequest, room = Number.POSITIVE_INFINITY) {
    const told: WatchResponse[] = [];
    const watcher = this.#store.watch(request, {
      deliver: (response) => told.push(response) < room,
      cancelled: () => {},
    });
    return { told, watcher };
  }

  /** Does what was put off, and what that puts off. */
  settle(): void {
    for (let work = this.#deferred.shift(); work !== undefined; work = this.#deferred.shift()) work();
  }
}

const prefix = { key: bytes('a/'), rangeEnd: bytes('a0') };

test('watches that ask for the same are given one object; others what they asked for', () => {
  const watched = new Watched();
  const requests: WatchRequest[] = [
    prefix,
    { ...prefix, filters: [], prevKv: false },
    { ...prefix, prevKv: true },
    { ...prefix, filters: ['noput'] },
    { key: bytes('a/1') },
    { key: bytes('a/1'), rangeEnd: bytes('') },
    { key: bytes('a/1'), rangeEnd: bytes('\0') },
    { key: bytes('a'), rangeEnd: bytes('/a0') },
  ];
  const watches = requests.map((request) => watched.watch(request));
  watched.put('a/1');
  watched.put('a/1');
  const responses = new Set(watches.flatMap(({ told }) => told.slice(1)));
  const groups = [...responses].map((response) => watches.flatMap(({ told }, i) => (told[1] === response ? [i] : [])));
  assert.deepEqual(groups.map(String), ['0,1', '2', '4,5', '6']);
  assert.equal(watches[0]?.told[1]?.events[0]?.prevKv, undefined);
  assert.equal(watches[2]?.told[1]?.events[0]?.prevKv?.modRevision, 2);
});

test('watches that catch up together are given one object as well', () => {
  const watched = new Watched();
  for (let i = 0; i < 3; i++) watched.put(`a/${i}`);
  const watches = [watched.watch({ ...prefix, startRevision: 2 }), watched.watch({ ...prefix, startRevision: 3 })];
  watched.settle();
  const [first, second] = watches.map(({ told }) => told);
  assert.deepEqual(
    first?.map(({ revision }) => revision),
    [2, 3, 4],
  );
  assert.deepEqual(second, first?.slice(1));
  assert.equal(second?.[0], first?.[1]);
});

test('one that wants a pause does not hold up the others, and misses nothing', () => {
  const watched = new Watched();
  const slow = watched.watch(prefix, 2);
  const quick = watched.watch(prefix);
  for (let i = 0; i < 5; i++) watched.put(`a/${i}`);
  assert.deepEqual([slow.told.length, quick.told.length], [2, 5]);
  slow.watcher.resume();
  watched.settle();
  assert.equal(slow.told.length, 3, 'one more, and it wants a pause again');
  for (let i = 0; i < 2; i++) {
    slow.watcher.resume();
    watched.settle();
  }
  assert.deepEqual(slow.told, quick.told);
});

test('who leaves is told no more; the others are, and a watch may come back', () => {
  const watched = new Watched();
  const staying = watched.watch(prefix);
  const leaving = watched.watch(prefix);
  watched.put('a/1');
  leaving.watcher.cancel();
  leaving.watcher.cancel();
  watched.put('a/2');
  staying.watcher.cancel();
  watched.put('a/3');
  const again = watched.watch(prefix);
  watched.put('a/4');
  const counts = [staying, leaving, again].map(({ told }) => told.length);
  assert.deepEqual(counts, [2, 1, 1]);
  assert.deepEqual(watched.counts, { synced: 1, lagging: 0, blocked: 0 });
});

test('a watch from a revision to come hears of nothing before it', () => {
  const watched = new Watched();
  const now = watched.watch(prefix);
  const later = watched.watch({ ...prefix, startRevision: 4 });
  for (let i = 0; i < 4; i++) watched.put(`a/${i}`);
  assert.deepEqual(
    [now, later].map(({ told }) => told.map(({ revision }) => revision)),
    [
      [2, 3, 4, 5],
      [4, 5],
    ],
  );
});
