import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@flotilla/base';
import { ControllerExpectations } from './index.js';

test('is satisfied once everything expected was seen', () => {
  const expectations = new ControllerExpectations(new ManualClock());
  assert.equal(expectations.satisfied('a', '1'), true);
  expectations.expectCreations('a', ['p', 'q']);
  expectations.expectDeletions('a', ['u1', 'u2']);
  expectations.creationObserved('a', 'p');
  expectations.creationObserved('a', 'p');
  expectations.creationObserved('b', 'q');
  expectations.deletionObserved('a', 'u1');
  expectations.deletionObserved('a', 'other');
  assert.equal(expectations.satisfied('a', '1'), false);
  assert.deepEqual([expectations.expectsCreation('a', 'p'), expectations.expectsCreation('a', 'q')], [false, true]);
  expectations.creationObserved('a', 'q');
  assert.equal(expectations.satisfied('a', '1'), false);
  expectations.deletionObserved('a', 'u2');
  assert.equal(expectations.satisfied('a', '1'), true);
});

test('an object that came and went unseen is not waited for, once the cache is past its creation', () => {
  const expectations = new ControllerExpectations(new ManualClock());
  expectations.expectCreations('a', ['p', 'q']);
  expectations.creationAnswered('a', 'p', '99');
  expectations.creationAnswered('a', 'q', '100');
  assert.equal(expectations.satisfied('a', '98'), false);
  assert.equal(expectations.satisfied('a', '99'), false);
  assert.equal(expectations.satisfied('a', '100'), true);
});

test('what is not seen within five minutes is given up', () => {
  const clock = new ManualClock();
  const expectations = new ControllerExpectations(clock);
  expectations.expectCreations('a', ['p']);
  clock.advance(5 * 60_000);
  assert.equal(expectations.satisfied('a', ''), false);
  clock.advance(1);
  assert.equal(expectations.satisfied('a', ''), true);
});
