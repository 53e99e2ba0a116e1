import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type StoreError, storeErrors } from '@flotilla/mvcc';
import { indexedChanges } from '../limits.js';
import { ProvenProgress } from './proven-progress.js';
import type { WatchCallEvents } from './watch-call.js';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const numbers = { createRevision: 0, version: 0, lease: 0n, value: bytes('') };

/** What happened, in words. */
let told: string[];
let index: WatchCallEvents;
let memberRevision: number;
let progress: ProvenProgress;

beforeEach(() => {
  told = [];
  memberRevision = 0;
  progress = new ProvenProgress({
    openWatch({ startRevision }, events) {
      told.push(`index from ${startRevision}`);
      index = events;
      return { acknowledge() {}, cancel: () => told.push('index ends') };
    },
    revision: async () => memberRevision,
    tell: (id, revision) => told.push(`${id} at ${revision}`),
    end: (id, error: StoreError) => told.push(`${id} ends: ${error.code}`),
    broke: (reason) => told.push(`broke: ${reason}`),
  });
});

function change(revision: number, ...keys: string[]): void {
  const events = keys.map((key) => ({ type: 'put' as const, kv: { ...numbers, key: bytes(key), modRevision: revision } }));
  index.response({ revision, events }, 0);
}

async function request(id: number, revision: number): Promise<void> {
  memberRevision = revision;
  progress.request(id);
  await setImmediate();
}

test('a watch has come as far as the last change of its keys that it has delivered', async () => {
  progress.created(1, { key: bytes('a'), startRevision: 5 }, 9);
  progress.created(2, { key: bytes('b') }, 9);
  await request(1, 12);
  await request(2, 12);
  for (const [revision, key] of [
    [5, 'x'],
    [8, 'a'],
    [10, 'x'],
    [11, 'b'],
  ] as const) {
    change(revision, key);
  }
  assert.deepEqual(told, ['index from 1'], 'the index has not come to 12 yet');
  change(12, 'x');
  assert.equal(told.length, 1, 'both have a change to deliver');
  progress.delivered(1, 8);
  progress.delivered(2, 11);
  assert.deepEqual(told.slice(1), ['1 at 12', '2 at 12']);
  await request(1, 12);
  assert.equal(told.at(-1), '1 at 12', 'again, without anything new');
});

test('the index begins anew for a watch that begins before it', async () => {
  progress.created(1, { key: bytes('a'), startRevision: 5_000 }, 9_000);
  progress.created(2, { key: bytes('b'), startRevision: 4_500 }, 9_000);
  progress.created(3, { key: bytes('b'), startRevision: 3_000 }, 9_000);
  assert.deepEqual(told, ['index from 4000', 'index ends', 'index from 2000']);
});

test('history that was compacted ends the watches that need it, and no other', async () => {
  progress.created(1, { key: bytes('a'), startRevision: 5 }, 200);
  progress.created(2, { key: bytes('b'), startRevision: 150 }, 200);
  index.ended(storeErrors.compacted(100));
  assert.deepEqual(told, ['index from 1', '1 ends: compacted', 'index ends', 'index from 100']);
});

test('quiet watches are told how far they are before the index forgets it', async () => {
  progress.created(1, { key: bytes('quiet'), startRevision: 1 }, 1);
  for (let revision = 1; revision <= 2 * indexedChanges; revision++) change(revision, 'loud');
  assert.deepEqual(told.slice(1), [`1 at ${2 * indexedChanges}`]);
  await request(1, 2 * indexedChanges + 1);
  change(2 * indexedChanges + 1, 'loud');
  assert.equal(told.at(-1), `1 at ${2 * indexedChanges + 1}`, 'the index still covers it');
});

test('who may not read every key is told nothing', async () => {
  progress.created(1, { key: bytes('a'), startRevision: 5 }, 9);
  index.ended(storeErrors.leaseNotFound());
  await request(1, 9);
  assert.deepEqual(told, ['index from 1']);
});
