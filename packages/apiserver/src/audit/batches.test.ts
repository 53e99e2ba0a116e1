import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ManualClock } from '@flotilla/base';
import { Batches, type BatchLimits } from './batches.js';

describe('audit events in batches', () => {
  let clock: ManualClock;
  let sent: string[];
  beforeEach(() => {
    clock = new ManualClock();
    sent = [];
  });
  const keep = async (lines: readonly string[]): Promise<void> => {
    sent.push(lines.join(''));
  };
  const open = (limits: Partial<BatchLimits> = {}, send = keep) =>
    new Batches({ bufferSize: 10, batchMax: 3, waitMaxMs: 1_000, throttle: undefined, ...limits }, clock, send);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const add = (batches: Batches, lines: string) => [...lines].map((line) => batches.add(line));

  test('a full batch goes at once, others in time', async () => {
    const batches = open();
    add(batches, 'abcd');
    await settle();
    assert.deepEqual(sent, ['abc']);
    clock.advance(999);
    await settle();
    assert.deepEqual(sent, ['abc']);
    clock.advance(1);
    await settle();
    assert.deepEqual(sent, ['abc', 'd']);
    add(batches, 'e');
    clock.advance(1_000);
    await settle();
    assert.deepEqual(sent, ['abc', 'd', 'e']);
  });

  test('what does not fit is refused, and nobody waits for who is slow', async () => {
    const batches = open({ bufferSize: 4, throttle: { perSecond: 1, burst: 1 } }, () => new Promise(() => undefined));
    assert.deepEqual(add(batches, 'abc'), [true, true, true]);
    await settle();
    assert.deepEqual(add(batches, 'defghi'), [true, true, true, true, false, false]);
  });

  test('no more batches than allowed', async () => {
    const batches = open({ throttle: { perSecond: 2, burst: 2 } });
    add(batches, 'abcdefghi');
    await settle();
    assert.deepEqual(sent, ['abc', 'def']);
    clock.advance(499);
    await settle();
    assert.equal(sent.length, 2);
    clock.advance(1);
    await settle();
    assert.deepEqual(sent, ['abc', 'def', 'ghi']);
  });

  test('closing sends what waits, and waits until it has arrived', async () => {
    let arrive = () => {};
    const batches = open({}, (lines) => {
      sent.push(lines.join(''));
      return new Promise<void>((resolve) => {
        arrive = resolve;
      });
    });
    add(batches, 'ab');
    let closed = false;
    const closing = batches.close().then(() => {
      closed = true;
    });
    await settle();
    assert.deepEqual([sent, closed], [['ab'], false]);
    arrive();
    await closing;
    assert.equal(batches.add('c'), false);
  });
});
