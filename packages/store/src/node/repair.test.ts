import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '@flotilla/raft';
import type { Facts } from './facts.js';
import { Membership } from './membership.js';
import { aloneFrom, heal, withoutState } from './repair.js';
import { LogImage } from './wal/log-image.js';
import type { Item } from './wal/segment-reader.js';

const members = [1n, 2n, 3n].map((id) => ({ id, name: `n${id}`, peerUrls: [`http://${id}`], clientUrls: [], isLearner: false }));
const conf = { voters: [1n, 2n, 3n], votersOutgoing: [], learners: [], learnersNext: [] };

function facts(change: Partial<Facts> = {}): Facts {
  const membership = new Membership(members, conf);
  const vote = { term: 0, vote: 0n };
  return { identity: undefined, applied: { index: 1, term: 1 }, generation: 0, membership, vote, fence: undefined, ...change };
}

const entry = (index: number, term: number): Entry => ({ index, term, type: 'normal', data: new Uint8Array([index]) });
const begin = (index: number, term: number): Item => ({
  kind: 'segment',
  header: { version: 1, clusterId: 'c', memberId: 'm', name: 'n', start: { index, term }, reset: true },
});
const write = (term: number, ...entries: Entry[]): Item => ({
  kind: 'batch',
  batch: { hardState: { term, vote: 0n, commit: 1 }, entries },
});
const lost = (firstIndex: number, lastIndex: number, lastTerm: number): Item => ({
  kind: 'damage',
  damage: { segment: 1, offset: 0, what: 'body', lost: { firstIndex, lastIndex, lastTerm } },
});
const lostHeader: Item = { kind: 'damage', damage: { segment: 1, offset: 0, what: 'header' } };

function imageOf(...items: Item[]): LogImage {
  const image = new LogImage();
  for (const item of items) image.take(item);
  return image;
}

const cases: readonly {
  readonly name: string;
  readonly log: readonly Item[];
  readonly facts?: Partial<Facts>;
  /** Where the log begins, its entries, its commit index; undefined: the state has to come from another member. */
  readonly expected: { start: number; entries: string; commit: number; fence?: { term: number; index: number } } | undefined;
  readonly mended: boolean;
}[] = [
  {
    name: 'an undamaged log stays as it is',
    log: [begin(1, 1), write(2, entry(2, 2), entry(3, 2))],
    expected: { start: 1, entries: '2/2 3/2', commit: 1 },
    mended: false,
  },
  {
    name: 'entries that the state has are committed, whatever the log heard',
    log: [begin(1, 1), write(2, entry(2, 2), entry(3, 2))],
    facts: { applied: { index: 3, term: 2 } },
    expected: { start: 1, entries: '2/2 3/2', commit: 3 },
    mended: false,
  },
  {
    name: 'lost entries leave a fence',
    log: [begin(1, 1), write(2, entry(2, 2)), lost(3, 4, 2), write(2, entry(5, 2))],
    expected: { start: 1, entries: '2/2', commit: 1, fence: { term: 2, index: 5 } },
    mended: true,
  },
  {
    name: 'entries lost at an unknown place leave a fence without an end',
    log: [begin(1, 1), write(2, entry(2, 2)), lostHeader],
    expected: { start: 1, entries: '', commit: 1, fence: { term: 2, index: Number.POSITIVE_INFINITY } },
    mended: true,
  },
  {
    name: 'entries lost at an unknown place may be of the latest term',
    log: [begin(1, 1), write(2, entry(2, 2)), lostHeader],
    facts: { vote: { term: 5, vote: 0n } },
    expected: { start: 1, entries: '', commit: 1, fence: { term: 5, index: Number.POSITIVE_INFINITY } },
    mended: true,
  },
  {
    name: 'a log that does not tell where it begins goes on where the state ends',
    log: [lost(0, 0, 0), write(4, entry(7, 4), entry(8, 4), entry(9, 4))],
    facts: { applied: { index: 7, term: 4 } },
    expected: { start: 7, entries: '8/4 9/4', commit: 7 },
    mended: true,
  },
  {
    name: 'lost entries that were replaced later are not missed',
    log: [begin(1, 1), write(2, entry(2, 2)), lost(3, 4, 2), write(3, entry(3, 3))],
    expected: { start: 1, entries: '2/2 3/3', commit: 1 },
    mended: true,
  },
  {
    name: 'a snapshot came into the database, and not into the log',
    log: [begin(1, 1), write(2, entry(2, 2))],
    facts: { applied: { index: 9, term: 4 } },
    expected: { start: 9, entries: '', commit: 9 },
    mended: true,
  },
  {
    name: 'a snapshot came into the database, and the log is another branch',
    log: [begin(1, 1), write(2, entry(2, 2), entry(3, 2), entry(4, 2))],
    facts: { applied: { index: 3, term: 3 } },
    expected: { start: 3, entries: '', commit: 3 },
    mended: true,
  },
  {
    name: 'a fence stands until it is lifted',
    log: [begin(1, 1), write(2, entry(2, 2))],
    facts: { fence: { term: 2, index: 7 } },
    expected: { start: 1, entries: '2/2', commit: 1, fence: { term: 2, index: 7 } },
    mended: false,
  },
  {
    name: 'a database older than the log’s beginning is of no use',
    log: [begin(5, 2), write(2, entry(6, 2))],
    expected: undefined,
    mended: true,
  },
];

for (const { name, log, facts: change, expected, mended } of cases) {
  test(name, () => {
    const healed = heal(
      imageOf(...log),
      facts(change),
      log.some(({ kind }) => kind === 'damage'),
    );
    if (healed === undefined || expected === undefined) {
      assert.equal(healed, expected);
      return;
    }
    const { start, entries, hardState } = healed.contents;
    const text = entries.map(({ index, term }) => `${index}/${term}`).join(' ');
    const { fence } = healed.facts;
    assert.deepEqual({ start: start.index, entries: text, commit: hardState.commit, ...(fence && { fence }) }, expected);
    assert.equal(healed.mended, mended);
  });
}

test('the later vote counts, wherever it was written down', () => {
  const image = imageOf(begin(1, 1), write(4));
  const votes = [
    [
      { term: 3, vote: 2n },
      { term: 4, vote: 0n },
    ],
    [
      { term: 4, vote: 2n },
      { term: 4, vote: 2n },
    ],
    [
      { term: 5, vote: 3n },
      { term: 5, vote: 3n },
    ],
  ] as const;
  for (const [stored, expected] of votes) assert.deepEqual(heal(image, facts({ vote: stored }), false)?.facts.vote, expected);
});

test('a member without its state keeps its vote, and a fence at the end of what it had acknowledged', () => {
  const contents = imageOf(begin(1, 1), write(2, entry(2, 2), entry(3, 2))).contents({ index: 1, term: 1 });
  const { facts: kept, contents: log } = withoutState(
    new Membership(members, conf),
    contents,
    facts({ vote: { term: 6, vote: 3n } }),
  );
  assert.deepEqual(kept.applied, { index: 0, term: 0 });
  assert.deepEqual(kept.fence, { term: 2, index: 3 });
  assert.deepEqual(log.hardState, { term: 6, vote: 3n, commit: 0 });
  assert.equal(log.entries.length, 0);
});

test('who goes on alone keeps every entry, and lets go of changes to the membership', () => {
  const image = imageOf(begin(1, 1), write(2, entry(2, 2), { ...entry(3, 2), type: 'conf-change' }, entry(4, 2)));
  const healed = heal(image, facts({ fence: { term: 9, index: 9 } }), false);
  assert(healed !== undefined);
  const alone = aloneFrom(2n, healed);
  assert.deepEqual(alone.facts.membership.conf.voters, [2n]);
  assert.deepEqual(
    alone.facts.membership.list().map(({ name }) => name),
    ['n2'],
  );
  assert.deepEqual(
    alone.contents.entries.map(({ index, type }) => `${index} ${type}`),
    ['2 normal', '3 normal', '4 normal'],
  );
  assert.equal(alone.facts.fence, undefined);
});
