import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@flotilla/base';
import { ControllerExpectations } from './index.js';

test('is satisfied once everything expected was seen', () => {
  const expectations = new ControllerExpectations(new ManualClock());
  assert.equal(expectations.satisfied('a'), true);
  expectations.expectCreations('a', 2);
  expectations.expectDeletions('a', ['u1', 'u2']);
  expectations.creationObserved('a');
  expectations.creationObserved('b');
  expectations.deletionObserved('a', 'u1');
  expectations.deletionObserved('a', 'u1');
  expectations.deletionObserved('a', 'other');
  assert.equal(expectations.satisfied('a'), false);
  expectations.creationObserved('a');
  assert.equal(expectations.satisfied('a'), false);
  expectations.deletionObserved('a', 'u2');
  assert.equal(expectations.satisfied('a'), true);
});

test('events that came before do not count for what is expected next', () => {
  const expectations = new ControllerExpectations(new ManualClock());
  expectations.expectCreations('a', 1);
  expectations.creationObserved('a');
  expectations.creationObserved('a');
  expectations.expectCreations('a', 1);
  assert.equal(expectations.satisfied('a'), false);
});

test('what is not seen within five minutes is given up', () => {
  const clock = new ManualClock();
  const expectations = new ControllerExpectations(clock);
  expectations.expectCreations('a', 1);
  clock.advance(5 * 60_000);
  assert.equal(expectations.satisfied('a'), false);
  clock.advance(1);
  assert.equal(expectations.satisfied('a'), true);
});
