import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import test from 'node:test';
import * as client from './index.js';

test('who has no etcd loads no gRPC', () => {
  assert.equal(typeof client.openDetected, 'function');
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  assert(
    loaded.some((path) => path.includes('/ws/')),
    'loaded modules are seen here',
  );
  assert.deepEqual(
    loaded.filter((path) => /grpc|protobufjs/.test(path)),
    [],
  );
});
