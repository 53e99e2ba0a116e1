import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Entry } from '@flotilla/raft';
import { nodeFiles } from '../node-files.js';
import type { LogContents } from './log-image.js';
import { WriteAheadLog } from './write-ahead-log.js';

const identity = { clusterId: 'c', memberId: 'm', name: 'n' };
const start = { index: 1, term: 1 };
const nothingApplied = start;

function entry(index: number, term: number, text = `${index}/${term}`): Entry {
  return { index, term, type: 'normal', data: Buffer.from(text) };
}

function batch(term: number, ...entries: Entry[]) {
  return { hardState: { term, vote: 3n, commit: 1 }, entries };
}

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-wal-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function write(folder: string, ...batches: ReturnType<typeof batch>[]): Promise<void> {
  const log = await WriteAheadLog.create(nodeFiles(folder), identity, start, batch(1));
  for (const each of batches) await log.append(each);
  await log.close();
}

async function read(folder: string, applied = nothingApplied) {
  const opened = await WriteAheadLog.open(nodeFiles(folder));
  assert(opened !== undefined);
  await opened.log.close();
  return { ...opened, contents: opened.image.contents(applied) };
}

const told = ({ entries }: LogContents) => entries.map(({ data }) => Buffer.from(data).toString()).join(' ');
const segments = (folder: string) => readdirSync(folder).sort();

test('what was appended is read back; an entry takes the place of those from its index on', async (t) => {
  const folder = newFolder(t);
  await write(folder, batch(2, entry(2, 2), entry(3, 2), entry(4, 2)), batch(5, entry(3, 5)), batch(6));
  const { contents, damages, cutBytes, log } = await read(folder);
  assert.equal(told(contents), '2/2 3/5');
  assert.deepEqual(contents.hardState, { term: 6, vote: 3n, commit: 1 });
  assert.deepEqual([contents.start, contents.fence, damages.length, cutBytes], [start, undefined, 0, 0]);
  assert.deepEqual(log.identity, identity);
});

test('a write cut short at any byte was never acknowledged: it is taken off, and the log goes on', async (t) => {
  const original = newFolder(t);
  await write(original, batch(2, entry(2, 2)));
  const name = segments(original)[0] ?? '';
  const whole = statSync(join(original, name)).size;
  const again = await WriteAheadLog.open(nodeFiles(original));
  await again?.log.append(batch(2, entry(3, 2), entry(4, 2)));
  await again?.log.close();
  const bytes = readFileSync(join(original, name));
  for (let size = whole; size < bytes.length; size++) {
    const folder = newFolder(t);
    writeFileSync(join(folder, name), bytes.subarray(0, size));
    const { contents, damages } = await read(folder);
    assert.equal(told(contents), '2/2', `cut at ${size}`);
    assert.deepEqual([contents.fence, damages.length], [undefined, 0]);
    const opened = await WriteAheadLog.open(nodeFiles(folder));
    await opened?.log.append(batch(3, entry(3, 3)));
    await opened?.log.close();
    assert.equal(told((await read(folder)).contents), '2/2 3/3');
  }
});

test('no flipped bit goes unnoticed: what is read is a part of what was written, and a fence stands where it ended', async (t) => {
  const original = newFolder(t);
  await write(original, batch(2, entry(2, 2), entry(3, 2)), batch(3, entry(3, 3)), batch(3, entry(4, 3)), batch(4, entry(5, 4)));
  const name = segments(original)[0] ?? '';
  const bytes = readFileSync(join(original, name));
  const folder = newFolder(t);
  const header = bytes.readUInt32BE(0) + 40; // the segment's own record: without it there is no log
  for (let at = Math.ceil(header / 8) * 8; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (at % 8)), at);
    writeFileSync(join(folder, name), damaged);
    const { contents, damages } = await read(folder);
    assert.equal(damages.length, 1, `bit of byte ${at}`);
    const known = ['', '2/2', '2/2 3/3', '2/2 3/3 4/3', '2/2 3/3 4/3 5/4'];
    assert.ok(known.includes(told(contents)), `bit of byte ${at}: ${told(contents)}`);
    const fenced = contents.fence !== undefined && (contents.fence.term > 4 || contents.fence.index >= 5);
    assert.ok(fenced || told(contents) === known[4], `bit of byte ${at}: ${JSON.stringify(contents.fence)}`);
  }
});

test('what is lost is not missed where the state has it already', async (t) => {
  const folder = newFolder(t);
  await write(folder, batch(2, entry(2, 2)), batch(2, entry(3, 2)), batch(2, entry(4, 2)));
  const name = segments(folder)[0] ?? '';
  const bytes = readFileSync(join(folder, name));
  bytes.writeUInt8(0x55, bytes.lastIndexOf('3/2'));
  writeFileSync(join(folder, name), bytes);
  const missed = (await read(folder)).contents;
  assert.deepEqual([told(missed), missed.fence], ['2/2', { term: 2, index: 4 }]);
  const { contents, damages } = await read(folder, { index: 3, term: 2 });
  assert.deepEqual([told(contents), contents.start, contents.fence], ['4/2', { index: 3, term: 2 }, undefined]);
  assert.deepEqual(
    damages.map(({ segment, what, lost }) => ({ segment, what, first: lost?.firstIndex, last: lost?.lastIndex })),
    [{ segment: 1, what: 'body', first: 3, last: 3 }],
  );
});

test('a full segment is followed by another; compaction deletes whole ones; a missing one is damage', async (t) => {
  const folder = newFolder(t);
  const log = await WriteAheadLog.create(nodeFiles(folder), identity, start, batch(1));
  log.segmentBytes = 16_000_000;
  const big = 'x'.repeat(6_000_000);
  for (let index = 2; index <= 9; index++) await log.append(batch(2, entry(index, 2, big)));
  assert.deepEqual(segments(folder).length, 3);
  log.compact({ index: 3, term: 2 });
  await log.append(batch(2));
  assert.deepEqual(segments(folder).length, 3, 'the first still holds needed entries');
  log.compact({ index: 6, term: 2 });
  assert.deepEqual(segments(folder).length, 3, 'the disk does not know yet');
  await log.append(batch(2, entry(10, 2, 'last')));
  assert.deepEqual(segments(folder).length, 2);
  await log.close();
  const { contents } = await read(folder);
  const extent = [contents.start.index, contents.entries[0]?.index, contents.entries.at(-1)?.index];
  assert.deepEqual([extent, contents.fence], [[6, 7, 10], undefined]);
  const [first = ''] = segments(folder);
  rmSync(join(folder, first));
  const rest = (await read(folder, { index: 6, term: 2 })).contents;
  assert.deepEqual([rest.entries.length, rest.fence], [0, { term: 2, index: 10 }]);
});

test('a log that is told to gives all space back that it can, at once, and forgets nothing else', async (t) => {
  const folder = newFolder(t);
  const log = await WriteAheadLog.create(nodeFiles(folder), identity, start, batch(1));
  const big = 'x'.repeat(100_000);
  for (let index = 2; index <= 9; index++) await log.append(batch(2, entry(index, 2, big)));
  const onDisk = () => segments(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  assert.equal(log.sizeBytes, onDisk());
  log.compact({ index: 5, term: 2 });
  await log.rotate();
  assert.equal(log.sizeBytes, onDisk());
  assert.deepEqual(segments(folder).length, 2, 'some of what was there is still needed');
  log.compact({ index: 9, term: 2 });
  const racing = Promise.all([log.append(batch(7, entry(10, 7))), log.rotate(), log.append(batch(7, entry(11, 7)))]);
  await racing;
  log.compact({ index: 11, term: 7 });
  await log.rotate();
  const before = segments(folder);
  await log.rotate();
  assert.deepEqual(segments(folder), before, 'there is nothing more to give');
  assert.ok(onDisk() < 1_000, `${onDisk()} bytes`);
  assert.equal(log.sizeBytes, onDisk());
  await log.close();
  const { contents, log: again } = await read(folder, { index: 11, term: 7 });
  assert.deepEqual([contents.start, contents.entries], [{ index: 11, term: 7 }, []]);
  assert.deepEqual(contents.hardState, { term: 7, vote: 3n, commit: 1 });
  assert.equal(again.sizeBytes, onDisk());
});

test('a log that begins anew is all or nothing', async (t) => {
  const folder = newFolder(t);
  const log = await WriteAheadLog.create(nodeFiles(folder), identity, start, batch(2, entry(2, 2)));
  const [old = ''] = segments(folder);
  const before = readFileSync(join(folder, old));
  await log.reset({ index: 7, term: 3 }, batch(3, entry(8, 3), entry(9, 3)));
  await log.append(batch(3, entry(10, 3)));
  await log.close();
  const { contents } = await read(folder);
  assert.deepEqual([told(contents), contents.start], ['8/3 9/3 10/3', { index: 7, term: 3 }]);
  assert.deepEqual(segments(folder).length, 1);
  // A crash at any byte of its making, with the old one still there.
  const [fresh = ''] = segments(folder);
  const made = readFileSync(join(folder, fresh));
  for (let size = 0; size < 200; size++) {
    writeFileSync(join(folder, old), before);
    writeFileSync(join(folder, fresh), made);
    truncateSync(join(folder, fresh), size);
    const { contents: survived } = await read(folder);
    assert.equal(told(survived), '2/2', `cut at ${size}`);
  }
});

test('what a log begins with is unfinished as long as nothing has been promised, and damaged later', async (t) => {
  const folder = newFolder(t);
  await write(folder);
  const path = join(folder, segments(folder)[0] ?? '');
  const whole = readFileSync(path);
  const beginnings = {
    nothing: whole.subarray(0, 0),
    zeros: Buffer.alloc(whole.length),
    'no batch': whole.subarray(0, whole.length - 72),
  };
  for (const [name, bytes] of Object.entries(beginnings)) {
    writeFileSync(path, bytes);
    const opened = await WriteAheadLog.open(nodeFiles(folder), identity);
    assert(opened !== undefined, name);
    assert.deepEqual([opened.damages.length, opened.cutBytes, opened.log.identity], [1, 0, identity], name);
    assert.equal(opened.image.contents({ index: 9, term: 2 }).fence?.index, Number.POSITIVE_INFINITY, name);
    await opened.log.reset({ index: 9, term: 2 }, batch(3));
    await opened.log.close();
    assert.deepEqual((await read(folder)).contents.start, { index: 9, term: 2 }, name);
    for (const segment of segments(folder)) rmSync(join(folder, segment));
    writeFileSync(path, bytes);
    assert.equal(await WriteAheadLog.open(nodeFiles(folder)), undefined, name);
    assert.deepEqual(segments(folder), [], name);
  }
});

test('a log whose first record is damaged is known by whose it was', async (t) => {
  const folder = newFolder(t);
  await write(folder, batch(2, entry(2, 2), entry(3, 2)));
  const path = join(folder, segments(folder)[0] ?? '');
  const bytes = readFileSync(path);
  bytes.writeUInt8(0x55, bytes.indexOf('clusterId'));
  writeFileSync(path, bytes);
  assert.equal(await WriteAheadLog.open(nodeFiles(folder)), undefined, 'nobody knows');
  const opened = await WriteAheadLog.open(nodeFiles(folder), identity);
  assert(opened !== undefined);
  await opened.log.close();
  assert.equal(opened.damages.length, 1);
  const contents = opened.image.contents({ index: 2, term: 2 });
  assert.deepEqual([told(contents), contents.start, contents.fence], ['3/2', { index: 2, term: 2 }, undefined]);
});
