import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Options, parseAddress, readConfig } from './config.js';

const options: Options = {
  bindAddress: '127.0.0.1',
  port: 6443,
  backends: ['127.11.1.1:6443', '[::1]:6443'],
  balance: 'leastconn',
  maxConnections: 10,
  healthCheckPath: '/readyz',
  healthCheckInterval: 2_000,
  healthCheckTimeout: 2_000,
  healthCheckFall: 3,
  healthCheckRise: 2,
  drainTimeout: 2_000,
  statsAddress: '127.0.0.1:8404',
};

test('addresses of both families are understood', () => {
  assert.deepEqual(readConfig(options).backends, [
    { host: '127.11.1.1', port: 6443 },
    { host: '::1', port: 6443 },
  ]);
  assert.deepEqual(parseAddress('--stats-address', 'localhost:0'), { host: 'localhost', port: 0 });
  assert.equal(readConfig({ ...options, statsAddress: '' }).stats, undefined);
});

for (const [change, message] of [
  [{ backends: [] }, /--backends: name at least one host:port/],
  [{ backends: ['127.0.0.1'] }, /--backends: want host:port, not "127.0.0.1"/],
  [{ backends: ['a:1', 'a:1'] }, /--backends: a backend is listed twice/],
  [{ backends: ['a:70000'] }, /--backends: want host:port/],
  [{ backends: ['https://a:1'] }, /--backends: want host:port/],
  [{ balance: 'random' }, /--balance: want roundrobin or leastconn, not "random"/],
  [{ healthCheckPath: 'readyz' }, /--health-check-path: must start with \//],
  [{ healthCheckInterval: 0 }, /--health-check-interval: must be more than 0/],
  [{ healthCheckCa: '/nowhere/ca.crt' }, /--health-check-ca: ENOENT/],
  [{ statsAddress: '8404' }, /--stats-address: want host:port, not "8404"/],
] as const) {
  test(`${JSON.stringify(change)} is refused`, () => {
    assert.throws(() => readConfig({ ...options, ...change }), { name: 'ConfigError', message });
  });
}
