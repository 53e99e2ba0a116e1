import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ManualClock, silentLogger } from '@flotilla/base';
import { TestAuthority } from '@flotilla/process/testing';
import { Backend, type Transition } from './backend.js';
import { HealthChecker } from './health-checker.js';

const host = '127.71.0.2';

async function start(t: TestContext, trust: 'nobody' | 'the server' | 'another CA') {
  const authority = new TestAuthority();
  const { cert, key } = authority.issue({ commonName: 'test', hosts: [host] });
  const ready = { status: 200 };
  let connections = 0;
  const server = createServer({ cert, key }, (_request, response) => response.writeHead(ready.status).end('ok'));
  server.on('secureConnection', () => connections++);
  server.on('tlsClientError', () => {});
  server.listen(0, host);
  await once(server, 'listening');
  const clock = new ManualClock();
  const { port } = server.address() as AddressInfo;
  const backend = new Backend({ host, port }, { fall: 2, rise: 2 }, 0);
  const checked: ((transition: Transition | undefined) => void)[] = [];
  const ca = { nobody: undefined, 'the server': authority.pair.cert, 'another CA': new TestAuthority().pair.cert }[trust];
  const checker = new HealthChecker(
    backend,
    { path: '/readyz', intervalMs: 2_000, timeoutMs: 1_000, ca },
    { clock, log: silentLogger },
    (_backend, transition) => checked.shift()?.(transition),
  );
  t.after(async () => {
    await checker.close();
    server.closeAllConnections();
    server.close();
    assert.equal(clock.pending, 0);
  });
  const next = (trigger: () => void) =>
    new Promise<Transition | undefined>((resolve) => {
      checked.push(resolve);
      trigger();
    });
  return { backend, checker, clock, next, ready, server, connections: () => connections };
}

test('checks follow each other on one connection, faster while the state is in doubt', async (t) => {
  const { backend, checker, clock, next, ready, connections } = await start(t, 'nobody');
  await next(() => checker.run());
  assert.equal(backend.state, 'up');
  assert.equal(backend.lastCheck?.detail, '200 OK');
  ready.status = 500;
  assert.equal(await next(() => clock.advance(2_000)), undefined);
  assert.deepEqual(await next(() => clock.advance(500)), { from: 'up', to: 'down' });
  assert.equal(backend.lastCheck?.detail, '500 Internal Server Error');
  assert.equal(connections(), 1);
  ready.status = 200;
  assert.equal(await next(() => checker.run()), undefined);
  assert.deepEqual(await next(() => clock.advance(500)), { from: 'down', to: 'up' });
});

test('a backend that was never up is checked often at first', async (t) => {
  const { backend, checker, clock, next, ready } = await start(t, 'the server');
  ready.status = 500;
  await next(() => checker.run());
  await next(() => clock.advance(200));
  ready.status = 200;
  assert.deepEqual(await next(() => clock.advance(200)), { from: 'down', to: 'up' });
  assert.equal(backend.everUp, true);
});

test('a server that is gone is unreachable, and dead after a streak', async (t) => {
  const { backend, checker, clock, next, server } = await start(t, 'the server');
  await next(() => checker.run());
  assert.equal(backend.state, 'up');
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  await next(() => clock.advance(2_000));
  assert.equal(backend.dead, false);
  await next(() => clock.advance(500));
  assert.equal(backend.dead, true);
});

test('a certificate of another CA makes a backend unready, not dead', async (t) => {
  const { backend, checker, next } = await start(t, 'another CA');
  await next(() => checker.run());
  assert.equal(backend.state, 'down');
  assert.equal(backend.lastCheck?.outcome, 'unready');
});
