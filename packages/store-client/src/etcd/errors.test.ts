import assert from 'node:assert/strict';
import test from 'node:test';
import { storeErrorOf } from './errors.js';
import { answersProgressInOrder } from './progress-versions.js';

test('what etcd says becomes a code; what nobody knows the outcome of can be asked again only if it reads', () => {
  const cases = [
    [11, 'etcdserver: mvcc: required revision has been compacted', 'compacted', 'compacted'],
    [8, 'etcdserver: mvcc: database space exceeded', 'no-space', 'no-space'],
    [8, 'grpc: received message larger than max (3000000 vs. 2097152)', 'too-large', 'too-large'],
    [5, 'etcdserver: requested lease not found', 'lease-not-found', 'lease-not-found'],
    [3, 'etcdserver: duplicate key given in txn request', 'invalid', 'invalid'],
    [7, 'etcdserver: permission denied', 'permission-denied', 'permission-denied'],
    [16, 'etcdserver: invalid auth token', 'unauthenticated', 'unauthenticated'],
    [14, 'etcdserver: no leader', 'unavailable', 'unavailable'],
    [15, 'etcdserver: corrupt cluster', 'corrupt', 'corrupt'],
    [14, 'etcdserver: request timed out', 'unknown-outcome', 'unavailable'],
    [14, 'etcdserver: request timed out, possibly due to previous leader failure', 'unknown-outcome', 'unavailable'],
    [14, 'etcdserver: leader changed', 'unknown-outcome', 'unavailable'],
    [14, 'etcdserver: server stopped', 'unknown-outcome', 'unavailable'],
    [14, 'Connection dropped', 'unknown-outcome', 'unavailable'],
    [13, 'Received RST_STREAM with code 2', 'unknown-outcome', 'unavailable'],
    [4, 'Deadline exceeded', 'unknown-outcome', 'unavailable'],
  ] as const;
  for (const [code, details, write, read] of cases) {
    assert.equal(storeErrorOf({ code, details }, true).code, write, `${details}, of a write`);
    assert.equal(storeErrorOf({ code, details }, false).code, read, `${details}, of a read`);
  }
  const dropped = storeErrorOf({ code: 14, details: 'Connection dropped' }, true);
  assert.equal(dropped.message, 'etcdserver: connection lost: Connection dropped');
});

test('which servers answer progress requests in order', () => {
  for (const version of ['3.4.31', '3.5.13', '3.5.20', '3.6.0', '3.10.1', '4.0.0'])
    assert(answersProgressInOrder(version), version);
  for (const version of ['3.3.27', '3.4.23', '3.4.30', '3.5.0', '3.5.12', '', 'unknown'])
    assert(!answersProgressInOrder(version), version);
});
