import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConditionLike, microTimestamp, timestamp, withCondition } from './index.js';

test('the transition time moves only with the status', () => {
  const first = withCondition<ConditionLike>([], { type: 'Ready', status: 'False', reason: 'A' }, 't1');
  const second = withCondition(first, { type: 'Ready', status: 'False', reason: 'B' }, 't2');
  const third = withCondition(second, { type: 'Ready', status: 'True', reason: 'B' }, 't3');
  assert.deepEqual(
    [first, second, third].map(([condition]) => condition?.lastTransitionTime),
    ['t1', 't1', 't3'],
  );
  assert.equal(withCondition(third, { type: 'Ready', status: 'True', reason: 'B' }, 't4'), third);
});

test('timestamps are as the API writes them', () => {
  assert.equal(timestamp(1_700_000_000_123), '2023-11-14T22:13:20Z');
  assert.equal(microTimestamp(1_700_000_000_123), '2023-11-14T22:13:20.123000Z');
});
