import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@flotilla/raft';
import { decodeMessages, encodeMessage } from './frame-codec.js';

const envelope = { from: 0xfedcba9876543210n, to: 7n, term: 12 };
const conf = { voters: [1n, 2n], votersOutgoing: [3n], learners: [], learnersNext: [4n] };
const entries = [
  { index: 6, term: 11, type: 'normal' as const, data: Buffer.from('x'.repeat(3_000)) },
  { index: 7, term: 12, type: 'conf-change' as const, data: Buffer.alloc(0) },
  { index: 8, term: 12, type: 'normal' as const, data: Buffer.from('y') },
];

const messages: readonly Message[] = [
  { ...envelope, type: 'append', prevIndex: 5, prevTerm: 10, commit: 4, entries },
  { ...envelope, type: 'append-response', index: 2 ** 40, reject: true, hintIndex: 3, hintTerm: 2, lost: true },
  { ...envelope, type: 'commit', index: 9, indexTerm: 11 },
  { ...envelope, type: 'vote', preVote: true, lastIndex: 5, lastTerm: 4, transfer: false },
  { ...envelope, type: 'vote-response', preVote: false, reject: true },
  { ...envelope, type: 'heartbeat', commit: 9, readRound: 3 },
  { ...envelope, type: 'heartbeat-response', readRound: 3 },
  { ...envelope, type: 'snapshot', snapshot: { index: 9, term: 8, conf } },
  { ...envelope, type: 'timeout-now' },
  { ...envelope, type: 'transfer-leader', target: 2n },
  { ...envelope, type: 'propose', entryType: 'normal', data: Buffer.from('command') },
  { ...envelope, type: 'read-index', context: 17 },
  { ...envelope, type: 'read-index-response', context: 17, index: 18 },
];

for (const message of messages) {
  test(`${message.type} survives the wire`, () => {
    const frame = encodeMessage(message);
    assert.deepEqual(decodeMessages(frame), [message]);
    assert.throws(() => decodeMessages(frame.subarray(0, frame.length - 1)), RangeError, 'cut short');
    assert.throws(() => decodeMessages(Buffer.concat([frame, Buffer.of(0)])), RangeError, 'too long');
  });
}

test('messages that were sent at once arrive in their order', () => {
  assert.deepEqual(decodeMessages(Buffer.concat(messages.map(encodeMessage))), messages);
});

test('a frame of an unknown type is refused', () => {
  assert.throws(() => decodeMessages(Buffer.alloc(40, 0xff)), RangeError);
});
