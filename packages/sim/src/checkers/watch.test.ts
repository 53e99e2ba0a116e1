import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WatchEvent } from '@flotilla/mvcc';
import { KvModel } from './kv-model.js';
import { checkWatch, checkWatchComplete, type WatchResponseRecord, type WatchSessionRecord } from './watch.js';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

/** Revision 2: a; revision 3: b and c together; revision 4: d, out of the watch's range; revision 5: a is gone. */
function happened(): KvModel {
  const model = new KvModel();
  const put = (key: string) => ({ put: { key: bytes(key), value: bytes(key) } });
  model.apply(put('a'));
  model.apply({ txn: { compare: [], success: [put('b'), put('c')], failure: [] } });
  model.apply(put('d'));
  model.apply({ deleteRange: { key: bytes('a') } });
  return model;
}

const model = happened();
const [[a], bc, , [gone]] = [2, 3, 4, 5].map((revision) => model.eventsAt(revision)) as [
  WatchEvent[],
  WatchEvent[],
  WatchEvent[],
  WatchEvent[],
];
const response = (revision: number, ...events: readonly (WatchEvent | undefined)[]): WatchResponseRecord => ({
  revision,
  events: events.filter((event) => event !== undefined),
});
const [first, second, fourth] = [response(2, a), response(3, ...bc), response(5, gone)];
const mark = (revision: number) => response(revision);

const session = (startRevision: number, ...responses: WatchResponseRecord[]): WatchSessionRecord => ({
  member: 'n1',
  startRevision,
  responses,
});
const record = (...sessions: WatchSessionRecord[]) => ({
  client: 'w',
  key: bytes('a'),
  rangeEnd: bytes('d'),
  prevKv: false,
  sessions,
});

const good: readonly (readonly [string, ReturnType<typeof record>])[] = [
  ['everything in order', record(session(2, first, second, fourth))],
  ['on another member from the next revision', record(session(2, first), session(3, second, fourth))],
  ['progress after everything up to it', record(session(2, first, second, mark(4), fourth, mark(5)))],
  ['a start in the middle', record(session(3, second, fourth))],
];
for (const [name, seen] of good) {
  test(`good: ${name}`, () => {
    checkWatch(model, seen);
    checkWatchComplete(model, seen);
  });
}

const other = a === undefined ? undefined : { ...a, kv: { ...a.kv, value: bytes('z') } };
const bad: readonly (readonly [string, RegExp, ReturnType<typeof record>])[] = [
  ['what did not happen', /truthful/, record(session(2, response(2, other)))],
  ['an event twice', /unique/, record(session(2, first, first))],
  ['an event again after resuming', /unique/, record(session(2, first), session(2, first))],
  ['half a revision', /atomic/, record(session(2, first, response(3, bc[0])))],
  ['a revision in two responses', /atomic/, record(session(2, first, response(3, bc[0]), response(3, bc[1])))],
  ['revisions in another order', /ordered/, record(session(2, second, first))],
  ['changes of a revision in another order', /ordered/, record(session(2, first, response(3, bc[1], bc[0])))],
  ['a gap', /reliable/, record(session(2, first, fourth))],
  ['a gap after resuming', /resumable/, record(session(2, first), session(3, fourth))],
  ['progress too early', /bookmarkable/, record(session(2, first, mark(3), second))],
];
for (const [name, guarantee, seen] of bad) {
  test(`bad: ${name}`, () => assert.throws(() => checkWatch(model, seen), guarantee));
}

test('bad: the last event never comes', () => {
  assert.throws(() => checkWatchComplete(model, record(session(2, first, second))), /reliable/);
});
