import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandResponse, encodeCommand, type KeyValue, type PlainCommand } from '@flotilla/mvcc';
import { type CommittedCommand, CommittedHistory, checkKv, type KvOperation, type KvOutcome } from './kv.js';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const put = (key: string, value: string): PlainCommand => ({ put: { key: bytes(key), value: bytes(value) } });
const log = (...commands: PlainCommand[]): CommittedCommand[] =>
  commands.map((command, i) => ({ index: i + 2, command: encodeCommand(command) }));

const kv = (key: string, value: string, modRevision: number): KeyValue => ({
  ...{ key: bytes(key), value: bytes(value), createRevision: modRevision, modRevision, version: 1, lease: 0n },
});

function operation(
  request: KvOperation['request'],
  [calledMs, returnedMs]: readonly [number, number],
  outcome: KvOutcome,
): KvOperation {
  return { client: 'client', request, calledMs, returnedMs, outcome };
}

const wrote = (command: PlainCommand, when: readonly [number, number], response: CommandResponse) =>
  operation({ command: encodeCommand(command) }, when, { response });
const answeredPut = (key: string, value: string, when: readonly [number, number], revision: number) =>
  wrote(put(key, value), when, { put: { revision } });

function read(
  key: string,
  when: readonly [number, number],
  revision: number,
  kvs: KeyValue[],
  serializable = false,
): KvOperation {
  const range = { revision, kvs, more: false, count: kvs.length };
  return operation({ range: { key: bytes(key), serializable } }, when, { response: { range } });
}

const never = Number.POSITIVE_INFINITY;
const two = log(put('a', '1'), put('b', '2'));

const good: readonly (readonly [string, readonly CommittedCommand[], readonly KvOperation[]])[] = [
  ['writes and a read in real order', two, [answeredPut('a', '1', [0, 1], 2), read('a', [2, 3], 2, [kv('a', '1', 2)])]],
  ['a read during a write may miss it', two, [answeredPut('a', '1', [0, 9], 2), read('a', [1, 2], 1, [])]],
  ['a serializable read may be old', two, [answeredPut('a', '1', [0, 1], 2), read('a', [5, 6], 1, [], true)]],
  ['an unknown write may be there', two, [operation({ command: encodeCommand(put('a', '1')) }, [0, never], 'unknown')]],
  ['an unknown write may not be there', two, [operation({ command: encodeCommand(put('c', '3')) }, [0, never], 'unknown')]],
  ['a refused write is not there', two, [operation({ command: encodeCommand(put('c', '3')) }, [0, 1], 'refused')]],
  [
    'the machine’s own no, at its place',
    log({ leaseRevoke: { id: 7n } }),
    [operation({ command: encodeCommand({ leaseRevoke: { id: 7n } }) }, [0, 1], { error: 'lease-not-found' })],
  ],
];

const bad: readonly (readonly [string, RegExp, readonly CommittedCommand[], readonly KvOperation[]])[] = [
  ['an acknowledged write is lost', /durability/, two, [answeredPut('c', '3', [0, 1], 4)]],
  ['a read sees what nobody wrote', /serializability/, two, [read('a', [2, 3], 2, [kv('a', '9', 2)])]],
  ['a read sees a revision that is gone', /durability/, two, [read('a', [2, 3], 9, [])]],
  ['an answer with another revision', /serializability/, two, [answeredPut('a', '1', [0, 1], 3)]],
  ['a stale read', /real time/, two, [answeredPut('a', '1', [0, 1], 2), read('a', [2, 3], 1, [])]],
  ['a write before an earlier one', /real time/, two, [answeredPut('b', '2', [0, 1], 3), answeredPut('a', '1', [2, 3], 2)]],
  ['a refused write is there', /refused/, two, [operation({ command: encodeCommand(put('a', '1')) }, [0, 1], 'refused')]],
  [
    'a write is there twice',
    /exactly once/,
    log(put('a', '1'), put('a', '1')),
    [operation({ command: encodeCommand(put('a', '1')) }, [0, never], 'unknown')],
  ],
  [
    'a deletion of a key that was there',
    /serializability/,
    two.concat(log({ deleteRange: { key: bytes('a') } })),
    [wrote({ deleteRange: { key: bytes('a') } }, [4, 5], { deleteRange: { revision: 4, deleted: 0, prevKvs: [] } })],
  ],
];

for (const [name, commands, operations] of good) {
  test(`good: ${name}`, () => checkKv(new CommittedHistory(commands), operations));
}
for (const [name, promise, commands, operations] of bad) {
  test(`bad: ${name}`, () => assert.throws(() => checkKv(new CommittedHistory(commands), operations), promise));
}
