import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import { Backend } from './backend.js';
import { Balancer } from './balancer.js';
import { type Balance, Pool } from './pool.js';

const host = '127.71.0.1';

/** A backend that hands each connection to `serve`. */
async function startServer(t: TestContext, serve: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, port: (server.address() as { port: number }).port };
}

async function startBalancer(t: TestContext, ports: readonly number[], balance: Balance = 'roundrobin', maxConnections = 100) {
  const backends = ports.map((port) => new Backend({ host, port }, { fall: 3, rise: 2 }, 0));
  for (const backend of backends) backend.observe({ outcome: 'ok', detail: '200 OK', latencyMs: 1 }, 0);
  const suspected: Backend[] = [];
  const balancer = new Balancer(
    { host, port: 0, maxConnections },
    { pool: new Pool(backends, balance), clock: systemClock, log: silentLogger, suspect: (backend) => suspected.push(backend) },
  );
  const port = await balancer.listen();
  t.after(() => balancer.close(0));
  return { balancer, backends, suspected, port };
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

/** Everything until FIN; rejects on RST. */
function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('end', () => resolve(Buffer.concat(chunks).toString()));
    socket.once('error', reject);
  });
}

test('connections go round the backends, and a refused one is retried on the next and ejected', async (t) => {
  const [a, b, dead] = await Promise.all(['a', 'b', 'dead'].map((name) => startServer(t, (socket) => socket.end(name))));
  dead!.server.close();
  await once(dead!.server, 'close');
  const { port, backends, suspected, balancer } = await startBalancer(t, [a!.port, dead!.port, b!.port]);
  const answers: string[] = [];
  for (let i = 0; i < 6; i++) {
    const socket = await open(port);
    socket.end();
    answers.push(await readAll(socket));
  }
  assert.deepEqual(answers.sort(), ['a', 'a', 'a', 'b', 'b', 'b']);
  assert.equal(backends[1]!.state, 'down');
  assert.equal(backends[1]!.totals.connectFailures, 1);
  assert.deepEqual(suspected, [backends[1]]);
  assert.equal(balancer.totals.unserved, 0);
});

test('a FIN crosses alone: the answer to a half-closed request arrives whole', async (t) => {
  const server = await startServer(t, (socket) => {
    readAll(socket).then((request) => socket.end(`got ${request.length}`));
  });
  const { port } = await startBalancer(t, [server.port]);
  const socket = await open(port);
  socket.end('x'.repeat(100_000));
  assert.equal(await readAll(socket), 'got 100000');
});

test('a RST of either side becomes a RST of the other', async (t) => {
  const served: Socket[] = [];
  const server = await startServer(t, (socket) => {
    served.push(socket);
    socket.write('hello');
  });
  const { port } = await startBalancer(t, [server.port]);

  const first = await open(port);
  await once(first, 'data');
  served[0]!.resetAndDestroy();
  const [error] = await once(first, 'error');
  assert.equal(error.code, 'ECONNRESET');

  const second = await open(port);
  await once(second, 'data');
  const reset = once(served[1]!, 'error');
  served[1]!.resume();
  second.resetAndDestroy();
  assert.equal((await reset)[0].code, 'ECONNRESET');
});

test('a client that does not read stops its backend from sending: nothing piles up here', async (t) => {
  let sent = 0;
  const chunk = Buffer.alloc(256 * 1024);
  const server = await startServer(t, (socket) => {
    const push = () => {
      while (sent < 256 * 1024 * 1024 && socket.write(chunk)) sent += chunk.length;
    };
    socket.on('drain', push);
    push();
  });
  const { port, backends } = await startBalancer(t, [server.port]);
  const socket = await open(port);
  let relayed = -1;
  // Progress stops once every buffer on the way is full; two equal readings in a row, 50 ms apart, say so.
  for (;;) {
    const now = [...(backends[0]?.connections ?? [])][0]?.bytesFromBackend ?? 0;
    if (now > 0 && now === relayed) break;
    relayed = now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(relayed < 64 * 1024 * 1024, `stopped after ${relayed} bytes`);
  socket.destroy();
});

test('connections to a dead backend are cut, those to a merely unready one are not', async (t) => {
  const server = await startServer(t, (socket) => socket.write('watching'));
  const { port, backends, balancer } = await startBalancer(t, [server.port]);
  const backend = backends[0]!;
  const socket = await open(port);
  await once(socket, 'data');
  const check = (outcome: 'unready' | 'unreachable') =>
    balancer.checked(backend, backend.observe({ outcome, detail: outcome, latencyMs: 1 }, 0));
  for (let i = 0; i < 5; i++) check('unready');
  assert.equal(backend.state, 'down');
  assert.equal(backend.connections.size, 1);
  const cut = once(socket, 'error');
  for (let i = 0; i < 3; i++) check('unreachable');
  assert.equal((await cut)[0].code, 'ECONNRESET');
});

test('a dead backend is let go even while a client that reads nothing blocks its stream', async (t) => {
  const chunk = Buffer.alloc(1024 * 1024);
  const server = await startServer(t, (socket) => {
    for (let i = 0; i < 64; i++) socket.write(chunk);
  });
  const { port, backends, balancer } = await startBalancer(t, [server.port]);
  const backend = backends[0]!;
  const socket = await open(port);
  await once(socket, 'readable');
  assert.equal(balancer.active, 1);
  for (let i = 0; i < 3; i++) {
    balancer.checked(backend, backend.observe({ outcome: 'unreachable', detail: '', latencyMs: 1 }, 0));
  }
  await balancer.close(60_000); // ends only when the connection has
  assert.equal(backend.connections.size, 0);
  socket.destroy();
});

test('without any backend the client sees a RST', async (t) => {
  const gone = await startServer(t, () => {});
  gone.server.close();
  await once(gone.server, 'close');
  const { port, balancer } = await startBalancer(t, [gone.port]);
  const socket = connect({ host, port });
  assert.equal((await once(socket, 'error'))[0].code, 'ECONNRESET');
  assert.equal(balancer.totals.unserved, 1);
});

test('above the limit connections are refused, and counted', async (t) => {
  const server = await startServer(t, (socket) => socket.write('hello'));
  const { port, balancer } = await startBalancer(t, [server.port], 'leastconn', 1);
  const first = await open(port);
  await once(first, 'data');
  const second = connect({ host, port });
  await once(second, 'close');
  assert.deepEqual({ ...balancer.totals }, { accepted: 1, refused: 1, unserved: 0 });
  first.destroy();
});

test('draining lets a connection finish, and then resets what is left', async (t) => {
  const served: Socket[] = [];
  const server = await startServer(t, (socket) => {
    served.push(socket);
    socket.write('hello');
  });
  const { port, balancer } = await startBalancer(t, [server.port]);
  const finishing = await open(port);
  await once(finishing, 'data');
  const closed = balancer.close(60_000);
  served[0]!.end('bye');
  assert.equal(await readAll(finishing), 'bye');
  finishing.end();
  await closed;
  await assert.rejects(open(port), /ECONNREFUSED/);
});
