import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '@flotilla/api';
import { InFlight, isLongRunning } from './in-flight.js';
import { parseRequestInfo } from './request-info.js';

const info = (method: string, path: string, query = '') => parseRequestInfo(method, path, new URLSearchParams(query));
const get = info('GET', '/api/v1/pods');
const post = info('POST', '/api/v1/namespaces/a/pods');

test('reads and writes in flight are bounded apart, and leave room when they end', () => {
  const inFlight = new InFlight(2, 1);
  const refused = (error: unknown) =>
    error instanceof StatusError && error.code === 429 && error.details?.retryAfterSeconds === 1;
  inFlight.enter(get);
  inFlight.enter(get);
  assert.throws(() => inFlight.enter(get), refused);
  inFlight.enter(post);
  assert.throws(() => inFlight.enter(post), refused);
  inFlight.leave(get);
  inFlight.enter(get);
  assert.deepEqual([inFlight.reads, inFlight.writes], [2, 1]);
});

test('watches and streams are not counted', () => {
  assert.equal(isLongRunning(get), false);
  assert.equal(isLongRunning(info('GET', '/api/v1/pods', 'watch=1')), true);
  assert.equal(isLongRunning(info('GET', '/api/v1/namespaces/a/pods/b/log')), true);
});
