import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeCommand, MemoryBackend, MvccStore } from '@flotilla/mvcc';
import { snapshotBlobBytes } from '../limits.js';
import { LoneMember } from '../server/lone-member.js';
import { decodeSnapshot } from './decode-snapshot.js';
import { encodeSnapshot } from './encode-snapshot.js';
import { TrailingDigest } from './trailing-digest.js';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const put = (member: LoneMember, key: string, value: string, lease = 0n) =>
  member.propose(encodeCommand({ put: { key: bytes(key), value: bytes(value), lease } }));

async function filled(): Promise<LoneMember> {
  const member = new LoneMember();
  for (let i = 0; i < 100; i++) await put(member, `key-${i % 40}`, `value ${i}`);
  await member.propose(encodeCommand({ leaseGrant: { id: 7n, ttlSeconds: 60 } }));
  await put(member, 'leased', 'x', 7n);
  await put(member, 'big', 'b'.repeat(3 * snapshotBlobBytes));
  await member.propose(encodeCommand({ deleteRange: { key: bytes('key-3') } }));
  await member.propose(encodeCommand({ compact: { revision: 50 } }));
  await member.propose(encodeCommand({ alarm: { action: 'activate', memberId: 9n, type: 'no-space' } }));
  return member;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) taken.push(item);
  return taken;
}

/** In pieces of `size`, as a stream may cut them. */
async function* pieces(file: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size);
}

const encoded = async (member: LoneMember) => Buffer.concat(await all((await encodeSnapshot(member)).blobs));

/** Reads a file as restore does. @throws SnapshotFormatError */
async function check(file: Buffer, size = 1_000): Promise<void> {
  const digest = new TrailingDigest();
  for await (const piece of pieces(file, size)) digest.update(piece);
  digest.verify();
}

async function storeOf(file: Buffer, size: number): Promise<MvccStore> {
  const backend = new MemoryBackend();
  const { entries } = await decodeSnapshot(pieces(file, size));
  for await (const [key, value] of entries) backend.write([{ key: new Uint8Array(key), value: new Uint8Array(value) }]);
  return MvccStore.open(backend, { defer: (work) => void setImmediate(work) });
}

test('what is read from a snapshot is the same store, however the stream is cut', async () => {
  const member = await filled();
  const { contentBytes, blobs } = await encodeSnapshot(member);
  const parts = await all(blobs);
  assert.ok(parts.every((part) => part.length <= snapshotBlobBytes));
  const file = Buffer.concat(parts);
  assert.equal(file.length, contentBytes + 32);
  assert.equal(file.length % 512, 32, 'etcdctl takes it for whole');
  for (const size of [1, 7, 512, 100_000, file.length]) {
    await check(file, size);
    const store = await storeOf(file, size);
    assert.deepEqual(await store.hash(), await member.store.hash());
    assert.equal(store.revision, member.store.revision);
    assert.deepEqual(store.alarms(), member.store.alarms());
    assert.deepEqual(store.leases(), member.store.leases());
    assert.equal(store.bytes, member.store.bytes);
  }
  const { header } = await decodeSnapshot(pieces(file, 100));
  const { raftAppliedIndex, raftTerm } = member.status();
  assert.deepEqual(header, {
    ...{ clusterId: member.clusterId, memberId: member.id, revision: member.store.revision },
    ...{ applied: { index: raftAppliedIndex, term: raftTerm }, members: member.members() },
  });
});

test('a snapshot shows one moment, though the member goes on', async () => {
  const member = await filled();
  const { revision } = member.store;
  const { hash } = await member.store.hash();
  const { blobs } = await encodeSnapshot(member);
  const iterator = blobs[Symbol.asyncIterator]();
  const first = await iterator.next();
  for (let i = 0; i < 50; i++) await put(member, `key-${i}`, 'later');
  const rest: Uint8Array[] = [first.value];
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) rest.push(next.value);
  const store = await storeOf(Buffer.concat(rest), 4_096);
  assert.equal(store.revision, revision);
  assert.equal((await store.hash()).hash, hash);
});

test('an empty store has a snapshot, too', async () => {
  const file = await encoded(new LoneMember());
  await check(file);
  assert.equal((await storeOf(file, 64)).revision, 1);
});

test('damage anywhere is found', async () => {
  const file = await encoded(await filled());
  for (let at = 0; at < file.length; at += 509) {
    const damaged = Buffer.from(file);
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    await assert.rejects(check(damaged), /^SnapshotFormatError: expected sha256 \[\d+( \d+){31}\], got \[/);
  }
  const missing = /^SnapshotFormatError: snapshot missing hash but --skip-hash-check=false$/;
  await assert.rejects(check(file.subarray(0, file.length - 32)), missing);
  await assert.rejects(check(file.subarray(0, 5_000)), missing);
  await assert.rejects(check(Buffer.alloc(0)), missing);
});

test('what is no snapshot, or cut, is refused in words', async () => {
  const file = await encoded(await filled());
  const read = async (damaged: Buffer) => all((await decodeSnapshot(pieces(damaged, 1_000))).entries);
  const later = Buffer.from(file);
  later.writeUInt32BE(2, 16);
  const huge = Buffer.from(file);
  huge.writeUInt32BE(0x7fff_ffff, 20);
  const noJson = Buffer.from(file);
  noJson.write('nonsense', 24);
  const end = file.indexOf(Buffer.from('value 99'));
  for (const [damaged, message] of [
    [Buffer.from('a database of something else, which is long enough'), 'not a snapshot of a Flotilla store'],
    [Buffer.alloc(3), 'not a snapshot of a Flotilla store'],
    [later, 'snapshot format 2 is not known here, only 1'],
    [huge, 'the header of the snapshot is damaged'],
    [noJson, 'the header of the snapshot is damaged'],
    [file.subarray(0, end), 'unexpected EOF: the snapshot is not whole'],
    [file.subarray(0, 40), 'unexpected EOF: the snapshot is not whole'],
  ] as const) {
    await assert.rejects(read(damaged), { name: 'SnapshotFormatError', message });
  }
});
