import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ManualClock, silentLogger } from '@flotilla/base';
import { createMetrics } from '@flotilla/process';
import { Backend } from './backend.js';
import { Balancer } from './balancer.js';
import { Pool } from './pool.js';
import { collectStats } from './stats.js';
import { registerStats } from './stats-metrics.js';
import { serveStats } from './stats-server.js';

test('the stats server tells people, scripts and Prometheus the same', async (t) => {
  const backend = new Backend({ host: '127.71.0.3', port: 6443 }, { fall: 3, rise: 2 }, 0);
  backend.observe({ outcome: 'unready', detail: '500 <etcd failed>', latencyMs: 1.23 }, 1_000);
  const pool = new Pool([backend], 'leastconn');
  const clock = new ManualClock();
  const balancer = new Balancer(
    { host: '127.71.0.3', port: 0, maxConnections: 1 },
    { pool, clock, log: silentLogger, suspect() {} },
  );
  const metrics = createMetrics();
  const read = () => collectStats(balancer, [backend]);
  registerStats(metrics, read);
  const checks = {
    backends: () => {
      throw new Error('no backend is up');
    },
  };
  const server = await serveStats({ host: '127.71.0.3', port: 0 }, { read, checks, metrics, log: silentLogger });
  t.after(() => server.close());
  const get = async (path: string) => {
    const response = await fetch(`http://127.71.0.3:${server.port}${path}`);
    return { status: response.status, text: await response.text() };
  };
  const page = await get('/');
  assert.match(page.text, /<td class="down">down<\/td>/);
  assert.match(page.text, /500 &#60;etcd failed&#62;/);
  const json = JSON.parse((await get('/stats.json')).text);
  assert.equal(json.backends[0].state, 'down');
  assert.equal(json.backends[0].since, '1970-01-01T00:00:01.000Z');
  assert.match((await get('/metrics')).text, /loadbalancer_backend_up\{backend="127.71.0.3:6443"\} 0/);
  assert.deepEqual(await get('/healthz'), { status: 200, text: 'ok' });
  assert.equal((await get('/readyz')).status, 500);
  assert.equal((await get('/nowhere')).status, 404);
});

test('a taken stats port is one clear sentence', async (t) => {
  const other = createServer();
  other.listen(0, '127.71.0.3');
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  await assert.rejects(
    serveStats(
      { host: '127.71.0.3', port },
      { read: () => assert.fail(), checks: {}, metrics: createMetrics(), log: silentLogger },
    ),
    { name: 'ConfigError', message: `listen tcp 127.71.0.3:${port}: bind: address already in use` },
  );
});
